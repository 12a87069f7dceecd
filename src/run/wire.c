#include "run/wire.h"

#include "base/memory.h"
#include "plan/plan_time.h"

#include <stdlib.h>
#include <string.h>

void *message_grow(message_t *message, size_t length) {
    size_t total = message->length + length;
    if (total > message->capacity) {
        message->capacity = total + total / 4;
        message->bytes = memory_grow(message->bytes, message->capacity, 1, "the result of a unit");
    }
    void *at = message->bytes + message->length;
    message->length = total;
    return at;
}

void message_free(message_t *message) {
    free(message->bytes);
    *message = (message_t){0};
}

static status_t take(reader_t *reader, void *to, size_t length, failure_t *why) {
    if (reader->length - reader->at < length)
        return failed(why, STATUS_INTERNAL, "a message from a worker ends early, after %zu bytes", reader->length);
    memcpy(to, reader->bytes + reader->at, length);
    reader->at += length;
    return STATUS_OK;
}

status_t wire_read_head(reader_t *reader, const void *bytes, size_t length, result_head_t *head, failure_t *why) {
    *reader = (reader_t){.bytes = bytes, .length = length};
    TRY(take(reader, head, sizeof *head, why));
    if (head->parts < 0 || (uint64_t)head->parts > length / sizeof(part_head_t))
        return failed(why, STATUS_INTERNAL, "a message from a worker announces %lld parts in %zu bytes",
                      (long long)head->parts, length);
    return STATUS_OK;
}

status_t wire_read_part(reader_t *reader, part_head_t *part, const double **data, failure_t *why) {
    TRY(take(reader, part, sizeof *part, why));
    part->info.error[sizeof part->info.error - 1] = '\0';
    if (part->doubles > (reader->length - reader->at) / sizeof(double))
        return failed(why, STATUS_INTERNAL, "a message from a worker announces %llu numbers, but only %zu bytes follow",
                      (unsigned long long)part->doubles, reader->length - reader->at);
    const outcome_t outcome = part->info.error_kind;
    if (outcome != OUTCOME_OK && outcome != OUTCOME_CERTAIN && outcome != OUTCOME_TRANSIENT)
        return failed(why, STATUS_INTERNAL, "a message from a worker has the unknown outcome %d", (int)outcome);
    /* Heads are multiples of 8 bytes long and messages are malloc'ed, so the doubles are aligned. */
    *data = part->doubles ? (const double *)(const void *)(reader->bytes + reader->at) : NULL;
    reader->at += part->doubles * sizeof(double);
    return STATUS_OK;
}

_Static_assert(sizeof(result_head_t) % sizeof(double) == 0, "doubles behind it must be aligned");
_Static_assert(sizeof(part_head_t) % sizeof(double) == 0, "doubles behind it must be aligned");
_Static_assert(sizeof(part_head_t) <= PART_HEAD_BYTES, "plan/units.h counts on it");
