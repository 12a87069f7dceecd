# ONNX Runtime: its C header when building, its library when running (opened with dlopen, so one binary works with any
# version since 1.11). Looked for in this order: HARSANYI_ONNXRUNTIME_ROOT (a release archive, conda's prefix, or any folder with
# include/ and lib/; `none` finds nothing), Debian's package, .deps/onnxruntime (made by scripts/setup.sh).
#
# Without the header everything else is built, and opening an ONNX model says what is missing. Not finding the library is
# no error: the program looks for it again when it starts (src/engines/onnx_library.h).
set(HARSANYI_ONNXRUNTIME_ROOT "$ENV{HARSANYI_ONNXRUNTIME_ROOT}" CACHE PATH "Folder of ONNX Runtime, with include/ and lib/")

function(harsanyi_find_onnxruntime include_dir library)
  pkg_check_modules(ONNXRUNTIME_PACKAGE QUIET libonnxruntime)
  set(root ${CMAKE_CURRENT_SOURCE_DIR}/.deps/onnxruntime)
  if(HARSANYI_ONNXRUNTIME_ROOT)
    set(root ${HARSANYI_ONNXRUNTIME_ROOT})
  elseif(ONNXRUNTIME_PACKAGE_FOUND)
    pkg_get_variable(prefix libonnxruntime prefix)
    set(root ${prefix} ${ONNXRUNTIME_PACKAGE_INCLUDE_DIRS} ${ONNXRUNTIME_PACKAGE_LIBRARY_DIRS})
  endif()
  find_path(header onnxruntime_c_api.h PATHS ${root} NO_DEFAULT_PATH NO_CACHE
            PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session onnxruntime)
  find_file(file NAMES libonnxruntime.so.1 libonnxruntime.so PATHS ${root} NO_DEFAULT_PATH NO_CACHE
            PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE})
  # Debian has the name without a number in its -dev package alone. The one behind it will do when running.
  if(file MATCHES "^/usr/lib.*[.]so$" AND IS_SYMLINK ${file})
    get_filename_component(folder ${file} DIRECTORY)
    file(READ_SYMLINK ${file} file)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${folder})
  endif()
  set(${include_dir} ${header} PARENT_SCOPE)
  set(${library} ${file} PARENT_SCOPE)
endfunction()

harsanyi_find_onnxruntime(HARSANYI_ONNXRUNTIME_INCLUDE HARSANYI_ONNXRUNTIME_LIBRARY)
set(ONNX_SOURCES onnx.c onnx_constants.c onnx_library.c onnx_ports.c onnx_session.c)
list(TRANSFORM ONNX_SOURCES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/src/engines/)

if(HARSANYI_ONNXRUNTIME_INCLUDE)
  target_compile_definitions(harsanyi_lib PUBLIC HARSANYI_HAVE_ONNXRUNTIME)
  target_include_directories(harsanyi_lib SYSTEM PUBLIC ${HARSANYI_ONNXRUNTIME_INCLUDE})
else()
  set_source_files_properties(${ONNX_SOURCES} PROPERTIES HEADER_FILE_ONLY ON) # not compiled
  message(WARNING "Backend onnx is left out: onnxruntime_c_api.h was not found. Run scripts/setup.sh, install "
                  "libonnxruntime-dev (Debian 13), or give -DHARSANYI_ONNXRUNTIME_ROOT=<folder with include/ and lib/>.")
endif()

if(HARSANYI_ONNXRUNTIME_INCLUDE AND HARSANYI_ONNXRUNTIME_LIBRARY)
  message(STATUS "ONNX Runtime: ${HARSANYI_ONNXRUNTIME_LIBRARY}, header in ${HARSANYI_ONNXRUNTIME_INCLUDE}")
  set_source_files_properties(${ONNX_SOURCES} PROPERTIES COMPILE_DEFINITIONS
                              "HARSANYI_ONNXRUNTIME_DEFAULT=\"${HARSANYI_ONNXRUNTIME_LIBRARY}\"")
  # A library of the system is found by the installed program as it is; any other is installed beside it.
  if(NOT HARSANYI_ONNXRUNTIME_LIBRARY MATCHES "^/(usr/)?lib")
    file(REAL_PATH ${HARSANYI_ONNXRUNTIME_LIBRARY} HARSANYI_ONNXRUNTIME_REAL)
    install(FILES ${HARSANYI_ONNXRUNTIME_REAL} DESTINATION lib/harsanyi RENAME libonnxruntime.so.1)
    get_filename_component(folder ${HARSANYI_ONNXRUNTIME_LIBRARY} DIRECTORY)
    install(FILES ${folder}/../LICENSE ${folder}/../ThirdPartyNotices.txt DESTINATION lib/harsanyi OPTIONAL)
  endif()
elseif(HARSANYI_ONNXRUNTIME_INCLUDE)
  message(WARNING "ONNX Runtime's library was not found: it must be named when running (HARSANYI_ONNXRUNTIME=<file>).")
endif()

# The address sanitizer stands before __cxa_throw and wants the C++ library in place when the program starts; this program
# is C, and the engine, which throws, comes later.
if(HARSANYI_SANITIZE MATCHES "address")
  target_link_options(harsanyi_lib PUBLIC LINKER:--no-as-needed -l:libstdc++.so.6 LINKER:--as-needed)
endif()
