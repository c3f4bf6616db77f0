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
configure_package_config_file(cmake/crossrankConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/crossrankConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/crossrankConfigVersion.cmake cmake/Finddnnl.cmake
        DESTINATION ${package})

install(TARGETS crossrank RUNTIME)
install(DIRECTORY include/crossrank TYPE INCLUDE)
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/crossrank/models)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
