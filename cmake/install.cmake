# `cmake --install`: the program, the public headers, the rooms as static libraries, the bundled model, and what find_package reads.
include(CMakePackageConfigHelpers)

# crossrank::crossrank is what users link: the public headers, and the rooms behind them.
add_library(crossrank_library INTERFACE)
add_library(crossrank::crossrank ALIAS crossrank_library)
target_compile_features(crossrank_library INTERFACE cxx_std_20)
target_link_libraries(crossrank_library INTERFACE crossrank_rank)
target_include_directories(crossrank_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(crossrank_library PROPERTIES EXPORT_NAME crossrank)

get_property(rooms GLOBAL PROPERTY CROSSRANK_ROOMS)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/crossrank)
install(TARGETS crossrank_library ${rooms} EXPORT crossrankTargets)
install(EXPORT crossrankTargets NAMESPACE crossrank:: DESTINATION ${package})
set(crossrank_private_libraries ${CMAKE_INSTALL_LIBDIR}/crossrank)
configure_package_config_file(cmake/crossrankConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/crossrankConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfigVersion.cmake cmake/Finddnnl.cmake
        cmake/Findfaiss.cmake
        DESTINATION ${package})

# Arrow's libraries go along, into a folder of their own: no other program should find them. The program knows the way from where it is.
if(CrossrankArrow_FOUND)
  file(RELATIVE_PATH from_program ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/crossrank)
  set_target_properties(crossrank PROPERTIES INSTALL_RPATH "$ORIGIN/${from_program}")
  install(FILES ${CROSSRANK_ARROW_LIBRARIES} DESTINATION ${crossrank_private_libraries})
  if(EXISTS ${CROSSRANK_ARROW}/licenses)
    install(DIRECTORY ${CROSSRANK_ARROW}/licenses/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/arrow)
  endif()
endif()
install(TARGETS crossrank RUNTIME)
install(DIRECTORY include/crossrank TYPE INCLUDE)
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/crossrank/models)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
