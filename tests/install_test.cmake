# Installs the build folder BUILD into a folder of its own and runs what was installed from there.
set(prefix "${BUILD}/install_test")
file(REMOVE_RECURSE "${prefix}")

execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

foreach(file bin/interleave share/interleave/scenarios)
  if(NOT EXISTS "${prefix}/${file}")
    message(FATAL_ERROR "not installed: ${file}")
  endif()
endforeach()
execute_process(COMMAND "${prefix}/bin/interleave" --help OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
