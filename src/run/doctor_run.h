/* harsanyi doctor under MPI: every rank looks around (place/doctor.h), rank 0 hears of it. */
#ifndef HARSANYI_RUN_DOCTOR_RUN_H
#define HARSANYI_RUN_DOCTOR_RUN_H

#include "place/doctor.h"

/* Calls MPI_Init and MPI_Finalize, so once per process. *speaks: this is the process whose *out is whole and to be told
 * (of copies that do not see each other, the first). Free with doctor_free. */
status_t doctor_run(const char *folder, doctor_t *out, bool *speaks, failure_t *why);

#endif
