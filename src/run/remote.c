#include "run/remote.h"

#include "run/comm.h"

#include <limits.h>

/* Whether a message with this tag waits. */
static bool waits(int tag) {
    int flag = 0;
    MPI_Iprobe(0, tag, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    return flag != 0;
}

/* Waits for a unit; false when it is time to stop. A stop overtakes units that wait. */
static bool next_unit(unit_t *unit, nap_t *nap) {
    int source, tag, bytes;
    while (!comm_probe(&source, &tag, &bytes))
        comm_nap(nap);
    comm_wake(nap);
    if (waits(TAG_STOP))
        return false;
    comm_receive(unit, (int)sizeof *unit, 0, TAG_UNIT);
    return true;
}

/* A result is sent while the next unit is evaluated: two messages take turns. */
static status_t work(worker_t *worker, message_t messages[2], MPI_Request *sending, failure_t *why) {
    unit_t unit;
    nap_t nap = {0};
    for (int turn = 0; next_unit(&unit, &nap); turn = 1 - turn) {
        message_t *message = &messages[turn];
        TRY(worker_do(worker, &unit, message, why));
        if (message->length > INT_MAX)
            return failed(why, STATUS_INTERNAL, "a result of %zu bytes is too large for a message", message->length);
        comm_wait(sending);
        MPI_Isend(message->bytes, (int)message->length, MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD, sending);
    }
    return STATUS_OK;
}

void remote_run(worker_t *worker, const failure_t *no_worker) {
    message_t messages[2] = {{0}, {0}};
    MPI_Request sending = MPI_REQUEST_NULL;
    failure_t why = *no_worker;
    unit_t dropped;
    nap_t nap = {0};
    status_t status = worker ? work(worker, messages, &sending, &why) : why.status;
    comm_wait(&sending);
    if (status != STATUS_OK)
        comm_send(&why, (int)sizeof why, 0, TAG_BROKEN);
    while (!waits(TAG_STOP))
        comm_nap(&nap);
    comm_receive(NULL, 0, 0, TAG_STOP);
    while (waits(TAG_UNIT))
        comm_receive(&dropped, (int)sizeof dropped, 0, TAG_UNIT);
    comm_send(NULL, 0, 0, TAG_BYE);
    message_free(&messages[0]);
    message_free(&messages[1]);
}
