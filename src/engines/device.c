#include "engines/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEVICES_MAX = 1024 };

uint32_t device_local_rank(void) {
    static const char *const NAMES[] = {"OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *text = getenv(NAMES[i]);
        if (text)
            return (uint32_t)strtoul(text, NULL, 10);
    }
    return 0;
}

/* "0,1,GPU-8f2e": CUDA ignores what follows an invalid entry ("-1"). */
static uint32_t count_listed(const char *list) {
    uint32_t count = 0;
    while (*list && *list != '-') {
        count++;
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return count;
}

static uint32_t count_in(const char *folder) {
    uint32_t count = 0;
    char path[4096];
    while (count < DEVICES_MAX) {
        snprintf(path, sizeof path, "%s/nvidia%u", folder, (unsigned)count);
        if (access(path, F_OK) != 0)
            break;
        count++;
    }
    return count;
}

uint32_t device_number(const char *folder) {
    const char *listed = getenv("CUDA_VISIBLE_DEVICES");
    const uint32_t count = listed ? count_listed(listed) : count_in(folder);
    return count > 0 ? device_local_rank() % count : 0;
}
