# A room is a folder of src/: one static library of its sources, and one test program of its *_test.cc files.

add_library(crossrank_flags INTERFACE)
target_compile_options(crossrank_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type)
if(CROSSRANK_SANITIZE)
  target_compile_options(crossrank_flags INTERFACE -fsanitize=${CROSSRANK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(crossrank_flags INTERFACE -fsanitize=${CROSSRANK_SANITIZE})
endif()
if(CROSSRANK_FUZZ)
  target_compile_options(crossrank_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# crossrank_room(text ROOMS base LIBRARIES ICU::uc): the rooms and libraries that `text` may use.
function(crossrank_room name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(crossrank_${name} STATIC ${sources})
  target_include_directories(crossrank_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
                                                      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  list(TRANSFORM ARG_ROOMS PREPEND crossrank_)
  target_link_libraries(crossrank_${name} PUBLIC ${ARG_ROOMS} ${ARG_LIBRARIES} PRIVATE $<BUILD_INTERFACE:crossrank_flags>)
  set_property(GLOBAL APPEND PROPERTY CROSSRANK_ROOMS crossrank_${name})
  if(CROSSRANK_TESTS AND tests)
    crossrank_test(${name}_test SOURCES ${tests} LIBRARIES crossrank_${name})
  endif()
endfunction()

# crossrank_test(parity SOURCES a.cc LIBRARIES crossrank_rank): a GoogleTest program that ctest knows case by case.
# Tests run in the source folder, so that they name goldens by their path in the tree.
function(crossrank_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(crossrank_${name} ${ARG_SOURCES})
  target_link_libraries(crossrank_${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest_main crossrank_flags)
  gtest_discover_tests(crossrank_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 300)
endfunction()
