# Installs crossrank into an empty folder, builds a program of its own against it with find_package, and runs both programs.
file(MAKE_DIRECTORY ${BUILD}/install_test)
set(prefix ${BUILD}/install_test/prefix)
set(consumer ${BUILD}/install_test/consumer)
file(REMOVE_RECURSE ${prefix} ${consumer})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
set(flags "")
if(SANITIZE)
  set(flags "-fsanitize=${SANITIZE}")
endif()
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/install/consumer -B ${consumer} -G ${GENERATOR} -D CMAKE_PREFIX_PATH=${prefix}
    -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_FLAGS=${flags})
run(${CMAKE_COMMAND} --build ${consumer})
run(${consumer}/consumer ${prefix}/share/crossrank/models/crossrank-minilm-l6-v1)
if(NOT output MATCHES "^1 ")
  message(FATAL_ERROR "the consumer ranked another document first:\n${output}")
endif()

# The installed program finds the installed model.
run(${prefix}/bin/crossrank inspect)
if(NOT output MATCHES "${prefix}/share/crossrank/models")
  message(FATAL_ERROR "the installed program took another model:\n${output}")
endif()
