# A room is a folder of src/: one static library of its sources, and one test program of its *_test.cc files.

add_library(crossrank_flags INTERFACE)
target_compile_options(crossrank_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror=return-type)
if(CROSSRANK_SANITIZE)
  target_compile_options(crossrank_flags INTERFACE -fsanitize=${CROSSRANK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(crossrank_flags INTERFACE -fsanitize=${CROSSRANK_SANITIZE})
  if(CROSSRANK_SANITIZE MATCHES "undefined")
    # Their checks before each access are half of a compilation, and find little that AddressSanitizer does not. The fuzz targets, where bytes are
    # foreign, keep the cheaper ones.
    target_compile_options(crossrank_flags INTERFACE -fno-sanitize=null,vptr)
    if(NOT CROSSRANK_FUZZ)
      target_compile_options(crossrank_flags INTERFACE -fno-sanitize=alignment,object-size,pointer-overflow)
    endif()
  endif()
endif()
if(CROSSRANK_FUZZ)
  target_compile_options(crossrank_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Reading the same headers for each file is half of what a test build waits for, so those builds precompile them. The builds of what users
# run do not: there a file that forgets an #include does not compile.
set(CROSSRANK_COMMON_HEADERS <algorithm> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <span> <string> <string_view>
                             <vector> <fmt/format.h> <nlohmann/json.hpp>)
set(CROSSRANK_TORCH_HEADERS <ATen/core/Tensor.h> <ATen/TensorOperators.h> <ATen/Context.h>)

# nlohmann-json's literals are functions, not templates, so each file that sees them compiles a whole parser, a second a file. Nobody here uses them:
# test builds read a copy of the header without.
function(crossrank_json_without_literals)
  find_file(CROSSRANK_JSON_HEADER nlohmann/json.hpp)
  if(NOT CROSSRANK_JSON_HEADER)
    return()  # find_package says so later
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CROSSRANK_JSON_HEADER})
  file(READ ${CROSSRANK_JSON_HEADER} header)
  string(FIND "${header}" "inline namespace literals\n" begin)
  string(FIND "${header}" "}  // namespace literals\n" end)
  if(begin EQUAL -1 OR end LESS begin)
    return()  # another version: slower, but the same
  endif()
  string(LENGTH "}  // namespace literals\n" closing)
  math(EXPR end "${end} + ${closing}")
  string(SUBSTRING "${header}" 0 ${begin} before)
  string(SUBSTRING "${header}" ${end} -1 after)
  file(CONFIGURE OUTPUT json/nlohmann/json.hpp CONTENT "${before}${after}" @ONLY)
  target_include_directories(crossrank_flags SYSTEM BEFORE INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/json)
  target_compile_definitions(crossrank_flags INTERFACE JSON_USE_GLOBAL_UDLS=0)
endfunction()
if(CROSSRANK_PRECOMPILED_HEADERS)
  crossrank_json_without_literals()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(crossrank_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")  # or ccache finds nothing the next time
  endif()
endif()

# crossrank_precompile(crossrank_text ROOM): the first target of a kind (ROOM, PROGRAM, TEST, TRAINER, TRAINER_TEST) compiles the headers, the others
# of that kind take what it made. Kinds differ in what they are compiled with.
function(crossrank_precompile target kind)
  if(NOT CROSSRANK_PRECOMPILED_HEADERS)
    return()
  endif()
  get_property(owner GLOBAL PROPERTY CROSSRANK_HEADERS_OF_${kind})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    return()
  endif()
  set(headers ${CROSSRANK_COMMON_HEADERS})
  if(kind MATCHES "TRAINER")
    list(APPEND headers ${CROSSRANK_TORCH_HEADERS})
  endif()
  if(kind MATCHES "TEST")
    list(APPEND headers <gtest/gtest.h>)
  endif()
  target_precompile_headers(${target} PRIVATE ${headers})
  set_property(GLOBAL PROPERTY CROSSRANK_HEADERS_OF_${kind} ${target})
endfunction()

# crossrank_about_threads(VARIABLE): of a list of files, those that speak of threads. Under ThreadSanitizer no other test is run.
function(crossrank_about_threads files)
  set(kept "")
  foreach(file IN LISTS ${files})
    file(STRINGS ${file} lines REGEX "[Tt]hread" LIMIT_COUNT 1)
    if(lines)
      list(APPEND kept ${file})
    endif()
  endforeach()
  set(${files} ${kept} PARENT_SCOPE)
endfunction()

# crossrank_room(text ROOMS base LIBRARIES ICU::uc): the rooms and libraries that `text` may use.
function(crossrank_room name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(CROSSRANK_SANITIZE STREQUAL "thread")
    crossrank_about_threads(tests)
  endif()
  add_library(crossrank_${name} STATIC ${sources})
  target_include_directories(crossrank_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
                                                      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  list(TRANSFORM ARG_ROOMS PREPEND crossrank_)
  target_link_libraries(crossrank_${name} PUBLIC ${ARG_ROOMS} ${ARG_LIBRARIES} PRIVATE $<BUILD_INTERFACE:crossrank_flags>)
  set_property(GLOBAL APPEND PROPERTY CROSSRANK_ROOMS crossrank_${name})
  set(kind ROOM)
  if("Libtorch::torch" IN_LIST ARG_LIBRARIES OR "crossrank_torch" IN_LIST ARG_ROOMS)
    set(kind TRAINER)
  endif()
  crossrank_precompile(crossrank_${name} ${kind})
  if(CROSSRANK_TESTS AND tests)
    crossrank_test(${name}_test SOURCES ${tests} LIBRARIES crossrank_${name})
  endif()
endfunction()

# crossrank_test(parity SOURCES a.cc LIBRARIES crossrank_rank): a GoogleTest program that ctest knows case by case (label: case).
# Tests run in the source folder, so that they name goldens by their path in the tree.
function(crossrank_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(crossrank_${name} ${ARG_SOURCES})
  target_link_libraries(crossrank_${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest_main crossrank_flags)
  set(kind TEST)
  if("crossrank_torch" IN_LIST ARG_LIBRARIES OR "crossrank_train" IN_LIST ARG_LIBRARIES)
    set(kind TRAINER_TEST)
  endif()
  crossrank_precompile(crossrank_${name} ${kind})
  gtest_discover_tests(crossrank_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_MODE PRE_TEST
                       PROPERTIES TIMEOUT 300 LABELS case)
endfunction()
