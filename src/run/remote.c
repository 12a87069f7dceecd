#include "run/remote.h"

#include "run/comm.h"

#include <limits.h>
#include <string.h>

/* Whether a message with this tag waits. */
static bool waits(int tag) {
    int flag = 0;
    MPI_Iprobe(0, tag, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    return flag != 0;
}

/* A unit that waits, with its row. */
static void receive_unit(message_t *unit) {
    MPI_Status status;
    int bytes;
    MPI_Probe(0, TAG_UNIT, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    unit->length = 0;
    comm_receive(message_grow(unit, (size_t)bytes), bytes, 0, TAG_UNIT);
}

/* Waits for a unit; false when it is time to stop. A stop overtakes units that wait. */
static bool next_unit(message_t *unit, nap_t *nap) {
    int source, tag, bytes;
    while (!comm_probe(&source, &tag, &bytes))
        comm_nap(nap);
    comm_wake(nap);
    if (waits(TAG_STOP))
        return false;
    receive_unit(unit);
    return true;
}

/* A result is sent while the next unit is evaluated: two messages take turns. */
static status_t work(worker_t *worker, message_t *unit, message_t messages[2], MPI_Request *sending, failure_t *why) {
    nap_t nap = {0};
    for (int turn = 0; next_unit(unit, &nap); turn = 1 - turn) {
        message_t *message = &messages[turn];
        unit_t head;
        memcpy(&head, unit->bytes, sizeof head);
        TRY(worker_do(worker, &head, unit->bytes + sizeof head, message, why));
        if (message->length > INT_MAX)
            return failed(why, STATUS_INTERNAL, "a result of %zu bytes is too large for a message", message->length);
        comm_wait(sending);
        MPI_Isend(message->bytes, (int)message->length, MPI_BYTE, 0, TAG_RESULT, MPI_COMM_WORLD, sending);
    }
    return STATUS_OK;
}

void remote_run(worker_t *worker, const failure_t *no_worker) {
    message_t unit = {0}, messages[2] = {{0}, {0}};
    MPI_Request sending = MPI_REQUEST_NULL;
    failure_t why = *no_worker;
    nap_t nap = {0};
    status_t status = worker ? work(worker, &unit, messages, &sending, &why) : why.status;
    comm_wait(&sending);
    if (status != STATUS_OK)
        comm_send(&why, (int)sizeof why, 0, TAG_BROKEN);
    while (!waits(TAG_STOP)) /* rank 0 waits until a long row is received */
        if (waits(TAG_UNIT))
            receive_unit(&unit);
        else
            comm_nap(&nap);
    comm_receive(NULL, 0, 0, TAG_STOP);
    while (waits(TAG_UNIT))
        receive_unit(&unit);
    comm_send(NULL, 0, 0, TAG_BYE);
    message_free(&unit);
    message_free(&messages[0]);
    message_free(&messages[1]);
}
