/* harsanyi doctor under MPI: every rank examines its machine (place/doctor.h), rank 0 collects the reports. */
#ifndef HARSANYI_RUN_DOCTOR_RUN_H
#define HARSANYI_RUN_DOCTOR_RUN_H

#include "place/doctor.h"

/* Calls MPI_Init and MPI_Finalize, so once per process. True: this process has the whole report in *out and prints it
 * (if the copies do not see each other: the first copy). Free with doctor_free. */
bool doctor_run(const char *folder, doctor_t *out);

#endif
