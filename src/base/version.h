/* The version of this program and of its libraries. */
#ifndef HARSANYI_BASE_VERSION_H
#define HARSANYI_BASE_VERSION_H

#include <stdio.h>

/* "1.2.3", from analysis/pyproject.toml. */
extern const char version_software[];
/* The commit it was built from, with "-dirty" when files differed from it; "unknown" outside a git checkout. */
extern const char version_git[];
/* "GNU 12.2.0". */
extern const char version_compiler[];

/* The mpirun of the MPI it was built with, "/usr/bin/mpiexec"; "" without MPI. */
extern const char version_mpirun[];

/* All of that, and the libraries it was built with, for --version. */
void version_print(FILE *out);

#endif
