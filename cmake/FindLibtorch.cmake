# libtorch as the target Libtorch::torch: from CROSSRANK_TORCH, the folder of a PyTorch 2.x wheel (include/, lib/; of CUDA too), else
# Debian's libtorch-dev. Debian's own package file for CMake wants protobuf and more that crossrank never includes.
set(CROSSRANK_TORCH "" CACHE PATH "Folder of a PyTorch wheel (site-packages/torch); empty: the system's libtorch")
if(CROSSRANK_TORCH)
  set(LIBTORCH_SEARCH HINTS ${CROSSRANK_TORCH} NO_DEFAULT_PATH)
endif()
# Found anew each time: a folder that was left over from another libtorch would be built against in silence.
foreach(variable LIBTORCH_INCLUDE_DIR LIBTORCH_API_INCLUDE_DIR LIBTORCH_LIBRARY LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_CUDA_LIBRARY
                 LIBTORCH_C10_CUDA_LIBRARY)
  unset(${variable} CACHE)
endforeach()
find_path(LIBTORCH_INCLUDE_DIR ATen/core/Tensor.h PATH_SUFFIXES include ${LIBTORCH_SEARCH})
find_path(LIBTORCH_API_INCLUDE_DIR torch/serialize.h PATH_SUFFIXES include/torch/csrc/api/include torch/csrc/api/include ${LIBTORCH_SEARCH})
find_library(LIBTORCH_LIBRARY torch PATH_SUFFIXES lib ${LIBTORCH_SEARCH})
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATH_SUFFIXES lib ${LIBTORCH_SEARCH})
find_library(LIBTORCH_C10_LIBRARY c10 PATH_SUFFIXES lib ${LIBTORCH_SEARCH})
find_library(LIBTORCH_CUDA_LIBRARY torch_cuda PATH_SUFFIXES lib ${LIBTORCH_SEARCH})
find_library(LIBTORCH_C10_CUDA_LIBRARY c10_cuda PATH_SUFFIXES lib ${LIBTORCH_SEARCH})

# Version macros moved in 2.x.
foreach(header ${LIBTORCH_API_INCLUDE_DIR}/torch/version.h ${LIBTORCH_INCLUDE_DIR}/torch/headeronly/version.h)
  if(EXISTS ${header} AND NOT LIBTORCH_VERSION_LINES)
    file(STRINGS ${header} LIBTORCH_VERSION_LINES REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]")
  endif()
endforeach()
string(REGEX MATCHALL "[0-9]+" LIBTORCH_VERSION_PARTS "${LIBTORCH_VERSION_LINES}")
list(JOIN LIBTORCH_VERSION_PARTS "." Libtorch_VERSION)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch REQUIRED_VARS LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_INCLUDE_DIR LIBTORCH_API_INCLUDE_DIR
                                  VERSION_VAR Libtorch_VERSION)

# A wheel's include/ also carries fmt, oneDNN and protobuf of its own versions, which would be taken for the system's: only libtorch's folders
# are seen, by links.
if(Libtorch_FOUND AND CROSSRANK_TORCH)
  set(libtorch_links ${CMAKE_BINARY_DIR}/libtorch_include)
  file(REMOVE_RECURSE ${libtorch_links})
  file(MAKE_DIRECTORY ${libtorch_links})
  foreach(folder ATen c10 caffe2 torch)
    file(CREATE_LINK ${LIBTORCH_INCLUDE_DIR}/${folder} ${libtorch_links}/${folder} SYMBOLIC)
  endforeach()
  set(LIBTORCH_INCLUDE_DIR ${libtorch_links})
endif()

if(Libtorch_FOUND AND NOT TARGET Libtorch::torch)
  add_library(Libtorch::torch INTERFACE IMPORTED)
  target_include_directories(Libtorch::torch INTERFACE ${LIBTORCH_INCLUDE_DIR} ${LIBTORCH_API_INCLUDE_DIR})
  target_compile_definitions(Libtorch::torch INTERFACE AT_PER_OPERATOR_HEADERS CROSSRANK_LIBTORCH_VERSION="${Libtorch_VERSION}")
  set(libraries ${LIBTORCH_CPU_LIBRARY} ${LIBTORCH_C10_LIBRARY})
  if(LIBTORCH_CUDA_LIBRARY)
    # Nothing refers to it by name: it registers its kernels when it is loaded.
    list(APPEND libraries -Wl,--no-as-needed ${LIBTORCH_CUDA_LIBRARY} ${LIBTORCH_C10_CUDA_LIBRARY} -Wl,--as-needed)
    target_compile_definitions(Libtorch::torch INTERFACE CROSSRANK_CUDA)
  endif()
  target_link_libraries(Libtorch::torch INTERFACE ${libraries})
endif()
