#include "base/version.h"

#include "version_build.h" /* made by cmake/version.cmake at every build */

const char version_software[] = BUILD_VERSION;
const char version_git[] = BUILD_GIT_REVISION;
const char version_compiler[] = BUILD_COMPILER;
const char version_mpirun[] = BUILD_MPIRUN;

void version_print(FILE *out) {
    fprintf(out, "harsanyi %s (git %s)\nbuilt with %s, HDF5 %s, MPI %s\n", version_software, version_git,
            version_compiler, BUILD_HDF5, BUILD_MPI);
}
