# Apache Arrow C++ as the target CrossrankArrow::parquet, from CROSSRANK_ARROW: a folder with include/ and lib/, by default build/arrow,
# where tools/install_arrow puts it. Two libraries are linked, by their full paths: libparquet, and libarrow below it.
set(CROSSRANK_ARROW "${PROJECT_SOURCE_DIR}/build/arrow" CACHE PATH "Folder with Apache Arrow C++ (include/, lib/); see tools/install_arrow")
set(CROSSRANK_ARROW_LIBRARIES "")
foreach(name arrow parquet)
  file(GLOB found ${CROSSRANK_ARROW}/lib/lib${name}.so.[0-9]*)
  list(APPEND CROSSRANK_ARROW_LIBRARIES ${found})
endforeach()
list(LENGTH CROSSRANK_ARROW_LIBRARIES found)

include(FindPackageHandleStandardArgs)
if(found EQUAL 2 AND EXISTS ${CROSSRANK_ARROW}/include/parquet/arrow/reader.h)
  set(CROSSRANK_ARROW_INCLUDE_DIR ${CROSSRANK_ARROW}/include)
endif()
find_package_handle_standard_args(CrossrankArrow REQUIRED_VARS CROSSRANK_ARROW_INCLUDE_DIR CROSSRANK_ARROW_LIBRARIES
                                  REASON_FAILURE_MESSAGE "Parquet is left out. To have it run tools/install_arrow, then cmake again.")

if(CrossrankArrow_FOUND AND NOT TARGET CrossrankArrow::parquet)
  set(libraries ${CROSSRANK_ARROW_LIBRARIES})
  foreach(name arrow parquet)
    list(POP_FRONT libraries library)
    add_library(CrossrankArrow::${name} SHARED IMPORTED)
    set_target_properties(CrossrankArrow::${name} PROPERTIES IMPORTED_LOCATION ${library} INTERFACE_INCLUDE_DIRECTORIES ${CROSSRANK_ARROW_INCLUDE_DIR})
  endforeach()
  target_link_libraries(CrossrankArrow::parquet INTERFACE CrossrankArrow::arrow)
endif()
