/* Packets from the process of a model: one that is taken holds values that exist and texts that end. */
#include "fuzz/fuzz.h"

#include "engines/protocol.h"
#include "model/options.h"

#include <string.h>

static void check_hello(const protocol_hello_t *hello) {
    fuzz_expect(hello->takes <= TAKES_MASKS, "takes");
    fuzz_expect(hello->type >= PROTOCOL_F32 && hello->type <= PROTOCOL_I64, "the type of rows");
    fuzz_expect(strlen(hello->engine) < sizeof hello->engine, "the name of the engine ends");
    fuzz_expect(strlen(hello->engine_version) < sizeof hello->engine_version, "its version ends");
    fuzz_expect(strlen(hello->output) < sizeof hello->output, "the name of the output ends");
    fuzz_expect(strlen(hello->constants) < sizeof hello->constants, "the names of constants end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    protocol_answer_t answer;
    failure_t why;
    if (protocol_read(data, size, &answer, &why) != STATUS_OK)
        return 0;
    if (answer.header.kind == PROTOCOL_HELLO)
        check_hello(&answer.hello);
    else if (answer.header.kind == PROTOCOL_RESULT)
        fuzz_expect(answer.result.columns >= 1 && answer.result.columns <= PROTOCOL_COLUMNS_MAX, "columns");
    else
        fuzz_expect(strlen(answer.failed.text) < sizeof answer.failed.text, "the text of a failure ends");
    return 0;
}
