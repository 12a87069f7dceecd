# Writes OUTPUT, a header that says what is being built, and touches it only when something changed. Run at every build:
#   cmake -DSOURCE=... -DOUTPUT=... -DVERSION=... -DCOMPILER=... -DHDF5=... -DMPI=... -DMPIRUN=... -P version.cmake
# Without git, or outside a checkout, the revision is "unknown".
set(revision "")
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE}/.git)
  # Without optional locks: a build must not get in the way of a commit made at the same time.
  set(git ${GIT} --no-optional-locks -C ${SOURCE})
  execute_process(COMMAND ${git} rev-parse --short=12 HEAD OUTPUT_VARIABLE revision ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${git} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
  if(revision AND changes)
    string(APPEND revision -dirty)
  endif()
endif()
if(revision STREQUAL "")
  set(revision unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#define BUILD_VERSION "@VERSION@"
#define BUILD_GIT_REVISION "@revision@"
#define BUILD_COMPILER "@COMPILER@"
#define BUILD_HDF5 "@HDF5@"
#define BUILD_MPI "@MPI@"
#define BUILD_MPIRUN "@MPIRUN@"
]] @ONLY)
