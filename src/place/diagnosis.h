/* Judges what the doctor found (place/doctor.h), and depends on nothing else. */
#ifndef HARSANYI_PLACE_DIAGNOSIS_H
#define HARSANYI_PLACE_DIAGNOSIS_H

#include "base/problems.h"
#include "place/doctor.h"

/* The ranks of one machine. */
typedef struct {
    const char *name;
    const doctor_rank_t *first; /* its lowest rank */
    int ranks;
    int cores;         /* that its ranks may use, all of them together */
    double processors; /* of them, as far as control groups grant their time */
} doctor_host_t;

/* The machines in the order of their first ranks: an array of *count, freed by the caller. */
doctor_host_t *diagnosis_hosts(const doctor_t *doctor, int *count);

/* Adds what would make a run fail, and what could be better: a line each, with what to change. Machines with the same
 * problem are counted, not listed. */
void diagnosis_make(const doctor_t *doctor, problems_t *wrong, problems_t *warnings);

#endif
