/* harsanyi doctor: whether this place is fit for a run, and what to change. */
#ifndef HARSANYI_CLI_CMD_DOCTOR_H
#define HARSANYI_CLI_CMD_DOCTOR_H

#include "cli/options.h"

extern const command_t COMMAND_DOCTOR;

#endif
