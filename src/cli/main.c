/* The program: a table of commands. To add one: cmd_NAME.{h,c} with its command_t, and a line here. */
#include "cli/cmd_analyze.h"
#include "cli/cmd_plan.h"
#include "cli/cmd_run.h"
#include "cli/cmd_show.h"
#include "cli/cmd_status.h"
#include "cli/cmd_verify.h"
#include "cli/dispatch.h"

int main(int argc, char **argv) {
    static const command_t *const commands[] = {&COMMAND_RUN,    &COMMAND_SHOW,   &COMMAND_PLAN, &COMMAND_ANALYZE,
                                                &COMMAND_STATUS, &COMMAND_VERIFY, NULL};
    return dispatch(commands, argc, argv);
}
