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
# What the installed documentation links to is there.
file(GLOB_RECURSE documents "${prefix}/*.md")
if(NOT documents)
  message(FATAL_ERROR "no documentation was installed")
endif()
foreach(document IN LISTS documents)
  get_filename_component(folder "${document}" DIRECTORY)
  file(READ "${document}" text)
  string(REPLACE "](" "<link>" text "${text}")  # brackets have a meaning in lists
  string(REGEX MATCHALL "<link>[^) #]+" links "${text}")
  foreach(link IN LISTS links)
    string(REPLACE "<link>" "" target "${link}")
    if(NOT target MATCHES "^[a-z]+:" AND NOT EXISTS "${folder}/${target}")
      message(FATAL_ERROR "${document} links to what is not installed: ${target}")
    endif()
  endforeach()
endforeach()
execute_process(COMMAND "${prefix}/bin/interleave" --help OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
