#include "engines/protocol.h"

#include "base/numbering.h"
#include "base/text.h"
#include "model/options.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packets lie in memory as they travel");
_Static_assert(sizeof(protocol_header_t) == 24, "docs/protocol.md");
_Static_assert(sizeof(protocol_open_t) == 296, "docs/protocol.md");
_Static_assert(offsetof(protocol_hello_t, constants) == 456, "docs/protocol.md");
_Static_assert(sizeof(protocol_sample_t) == 216, "docs/protocol.md");
_Static_assert(sizeof(uint32_t) * 2 * OUTPUTS_MAX == PROTOCOL_TABLE, "docs/protocol.md");
_Static_assert(sizeof(protocol_result_t) == 32, "docs/protocol.md");

protocol_header_t protocol_header(protocol_kind_t kind, uint32_t slot, uint64_t first, uint32_t count) {
    return (protocol_header_t){.magic = PROTOCOL_MAGIC,
                               .version = PROTOCOL_VERSION,
                               .kind = (uint16_t)kind,
                               .slot = slot,
                               .count = count,
                               .first = first};
}

static void clean(char *text, size_t room, bool lines) {
    text[room - 1] = '\0';
    text_clean(text, lines);
}

static bool is_real(uint32_t type) {
    return type == PROTOCOL_F32 || type == PROTOCOL_F64;
}

static status_t check_hello(protocol_hello_t *hello, size_t size, failure_t *why) {
    if (size < offsetof(protocol_hello_t, constants))
        return failed(why, STATUS_CERTAIN, "its HELLO has %zu bytes instead of %zu", size,
                      offsetof(protocol_hello_t, constants));
    const bool known = hello->type >= PROTOCOL_F32 && hello->type <= PROTOCOL_I64;
    if (hello->takes > TAKES_MASKS || !known || hello->outputs > PROTOCOL_COLUMNS_MAX)
        return failed(why, STATUS_CERTAIN, "its HELLO holds takes %u, type %u, outputs %u, which do not exist",
                      hello->takes, hello->type, hello->outputs);
    clean(hello->engine, sizeof hello->engine, false);
    clean(hello->engine_version, sizeof hello->engine_version, false);
    clean(hello->output, sizeof hello->output, false);
    clean(hello->constants, sizeof hello->constants, true);
    return STATUS_OK;
}

static status_t check_result(const protocol_result_t *result, size_t size, failure_t *why) {
    if (size != sizeof *result)
        return failed(why, STATUS_CERTAIN, "its RESULT has %zu bytes instead of %zu", size, sizeof *result);
    if (!is_real(result->type) || result->columns < 1 || result->columns > PROTOCOL_COLUMNS_MAX)
        return failed(why, STATUS_CERTAIN, "its RESULT holds type %u, columns %u, which do not exist", result->type,
                      result->columns);
    return STATUS_OK;
}

status_t protocol_read(const void *packet, size_t size, protocol_answer_t *answer, failure_t *why) {
    protocol_header_t *header = &answer->header;
    memset(answer, 0, sizeof *answer);
    if (size < sizeof *header || size > sizeof *answer)
        return failed(why, STATUS_CERTAIN, "it sent %zu bytes, which is no packet of the protocol", size);
    memcpy(answer, packet, size);
    if (header->magic != PROTOCOL_MAGIC)
        return failed(why, STATUS_CERTAIN, "it sent a packet that does not begin with \"HRSY\"");
    if (header->version != PROTOCOL_VERSION)
        return failed(why, STATUS_CERTAIN, "it speaks version %u of the protocol, harsanyi version %d",
                      (unsigned)header->version, (int)PROTOCOL_VERSION);
    switch (header->kind) {
    case PROTOCOL_HELLO:
        return check_hello(&answer->hello, size, why);
    case PROTOCOL_RESULT:
        return check_result(&answer->result, size, why);
    case PROTOCOL_FAILED:
        clean(answer->failed.text, sizeof answer->failed.text, false);
        return STATUS_OK;
    default:
        return failed(why, STATUS_CERTAIN, "it sent a packet of kind %u, which a model never sends",
                      (unsigned)header->kind);
    }
}
