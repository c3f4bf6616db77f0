# FAISS as the target faiss. Debian's own package file links the reference BLAS and LAPACK, which are an order of magnitude slower than
# oneDNN's products and which exact search does not otherwise need: src/cpu/blas.cc gives FAISS its one BLAS routine. OpenMP is
# libgomp by name, because oneDNN runs on it: a compiler with an OpenMP of its own (clang) would load a second one.
find_path(FAISS_INCLUDE_DIR faiss/utils/distances.h)
find_library(FAISS_LIBRARY faiss)
if(FAISS_INCLUDE_DIR AND EXISTS ${FAISS_INCLUDE_DIR}/faiss/Index.h)
  file(STRINGS ${FAISS_INCLUDE_DIR}/faiss/Index.h FAISS_VERSION_LINES REGEX "define FAISS_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX MATCHALL "[0-9]+" FAISS_VERSION_PARTS "${FAISS_VERSION_LINES}")
  list(JOIN FAISS_VERSION_PARTS "." faiss_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(faiss REQUIRED_VARS FAISS_LIBRARY FAISS_INCLUDE_DIR VERSION_VAR faiss_VERSION)
mark_as_advanced(FAISS_INCLUDE_DIR FAISS_LIBRARY)

if(faiss_FOUND AND NOT TARGET faiss)
  add_library(faiss UNKNOWN IMPORTED)
  set_target_properties(faiss PROPERTIES IMPORTED_LOCATION "${FAISS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${FAISS_INCLUDE_DIR}"
                                         INTERFACE_LINK_LIBRARIES gomp)
endif()
