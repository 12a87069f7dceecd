/* The two fixed records of the results file, packed and little-endian: provenance/runs and progress/heartbeat
 * (docs/file-format.md).
 *
 * One table per record gives the HDF5 compound type and converts between the struct and its bytes.
 */
#ifndef HARSANYI_RESULTS_RESULTS_RECORDS_H
#define HARSANYI_RESULTS_RESULTS_RECORDS_H

#include "results/results.h"

#include <hdf5.h>

enum { RUN_BYTES = 544, HEARTBEAT_BYTES = 52 };

/* The compound types as they are in files; negative on failure, closed by the caller. */
hid_t results_run_type(void);
hid_t results_heartbeat_type(void);

void results_run_encode(const results_run_t *run, unsigned char bytes[RUN_BYTES]);
void results_run_decode(const unsigned char bytes[RUN_BYTES], results_run_t *run);
void results_heartbeat_encode(const results_heartbeat_t *beat, unsigned char bytes[HEARTBEAT_BYTES]);
void results_heartbeat_decode(const unsigned char bytes[HEARTBEAT_BYTES], results_heartbeat_t *beat);

#endif
