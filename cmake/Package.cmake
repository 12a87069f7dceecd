# cpack makes a Debian package and a tarball of what is installed; `cpack --config CPackSourceConfig.cmake` one of the source.
# A Debian package fits the release that it was built on: its name says which.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_PACKAGE_VENDOR "the harsanyi authors")
set(CPACK_PACKAGE_CONTACT "the harsanyi authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "every interaction that a deep network encodes on a sample")
set(CPACK_PACKAGE_DESCRIPTION "Evaluates a model on all 2^n masked versions of each sample, transforms the outputs into Harsanyi
dividends, and writes them with their statistics to one HDF5 file. Runs on one core, or on a cluster with MPI.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_SOURCE_PACKAGE_FILE_NAME harsanyi-${PROJECT_VERSION})
set(here "^${CMAKE_CURRENT_SOURCE_DIR}")
set(CPACK_SOURCE_IGNORE_FILES "/\\\\.git/" "/\\\\.git$" "/\\\\.venv" "/\\\\.deps" "/\\\\.[a-z]+_cache/" "\\\\.egg-info" __pycache__
    ${here}/build/ ${here}/results/ ${here}/configs/[a-z]+/results/[^.])

cmake_host_system_information(RESULT distribution QUERY DISTRIB_ID)
cmake_host_system_information(RESULT release QUERY DISTRIB_VERSION_ID)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1~${distribution}${release})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-numpy, python3-venv") # models in Python; share/harsanyi/analysis
# The engine is opened when a model needs it, so what the program is linked with does not tell.
if(HARSANYI_ONNXRUNTIME_LIBRARY MATCHES "^/usr/lib" AND EXISTS /usr/bin/dpkg-query)
  execute_process(COMMAND dpkg-query --search ${HARSANYI_ONNXRUNTIME_LIBRARY} OUTPUT_VARIABLE owner)
  string(REGEX REPLACE ":.*" "" owner "${owner}")
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", ${owner}")
endif()
include(CPack)
