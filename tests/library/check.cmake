# Installs the library under WORK and uses it as a stranger would: the example by find_package, a C++ program by
# pkg-config. Given: BUILD (folder of this build), SOURCE (of the project), WORK, C_COMPILER.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE said)
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix --component library)
file(GLOB_RECURSE installed RELATIVE ${WORK}/prefix ${WORK}/prefix/*)
list(FILTER installed EXCLUDE REGEX "^[^ ]*/(libharsanyi\\.so[.0-9]*|harsanyi\\.pc|cmake/harsanyi/harsanyiConfig[-A-Za-z]*\\.cmake)$")
if(NOT installed STREQUAL "include/harsanyi.h")
  message(FATAL_ERROR "installed besides the library and its packages: ${installed}")
endif()

run(${CMAKE_COMMAND} -S ${SOURCE}/examples/library -B ${WORK}/example -DCMAKE_PREFIX_PATH=${WORK}/prefix
    -DCMAKE_C_COMPILER=${C_COMPILER} "-DCMAKE_C_FLAGS=-std=c99 -Wall -Wextra -Wpedantic -Werror")
run(${CMAKE_COMMAND} --build ${WORK}/example)
run(${WORK}/example/small_game)
file(READ ${SOURCE}/examples/library/small_game.txt wanted)
if(NOT said STREQUAL wanted)
  message(FATAL_ERROR "the example says\n${said}instead of\n${wanted}")
endif()

find_program(CXX c++)
find_program(PKG_CONFIG pkg-config)
if(CXX AND PKG_CONFIG)
  file(WRITE ${WORK}/version.cpp
       "#include <harsanyi.h>\n#include <cstdio>\nint main() { return std::puts(harsanyi_version()) < 0; }\n")
  file(GLOB_RECURSE package ${WORK}/prefix/*/harsanyi.pc)
  get_filename_component(folder ${package} DIRECTORY)
  set(ENV{PKG_CONFIG_PATH} ${folder})
  run(${PKG_CONFIG} --cflags --libs harsanyi)
  separate_arguments(flags UNIX_COMMAND "${said}")
  run(${CXX} -Wall -Wextra -Wpedantic -Werror ${WORK}/version.cpp ${flags} -Wl,-rpath,${folder}/.. -o ${WORK}/version)
  run(${WORK}/version)
endif()
