/* Packets from the process of a model: what is read of good ones, and that nothing else is taken for one. */
#include "engines/protocol.h"

#include "model/options.h"
#include "support/test.h"

static protocol_hello_t good_hello(void) {
    protocol_hello_t hello = {.header = protocol_header(PROTOCOL_HELLO, 0, 0, 0),
                              .takes = TAKES_MASKS,
                              .type = PROTOCOL_F64,
                              .outputs = 3,
                              .digest = {1, 2, 3}};
    snprintf(hello.engine, sizeof hello.engine, "torch");
    snprintf(hello.engine_version, sizeof hello.engine_version, "2.9\n\x1b[31m");
    return hello;
}

static protocol_result_t good_result(void) {
    return (protocol_result_t){
        .header = protocol_header(PROTOCOL_RESULT, 1, 512, 256), .type = PROTOCOL_F32, .columns = 10};
}

/* The layout is documented, and other programs are written after it. */
TEST(packets_lie_as_documented) {
    const protocol_header_t header = protocol_header(PROTOCOL_BATCH, 1, 0x0102030405060708, 256);
    const unsigned char bytes[] = {'H', 'R', 'S', 'Y', 1, 0, 4, 0, 1, 0, 0, 0, 0, 1, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1};
    assert_int_equal(sizeof header, sizeof bytes);
    assert_memory_equal(&header, bytes, sizeof bytes);
    assert_int_equal(offsetof(protocol_open_t, output), 40);
    assert_int_equal(offsetof(protocol_hello_t, digest), 40);
    assert_int_equal(offsetof(protocol_hello_t, engine), 72);
    assert_int_equal(offsetof(protocol_hello_t, output), 200);
    assert_int_equal(offsetof(protocol_hello_t, constants), 456);
    assert_int_equal(sizeof(protocol_hello_t), 1480);
    assert_int_equal(offsetof(protocol_sample_t, players), 56);
    assert_int_equal(offsetof(protocol_sample_t, shape), 72);
    assert_int_equal(offsetof(protocol_sample_t, input), 160);
    assert_int_equal(offsetof(protocol_sample_t, names), 192);
    assert_int_equal(sizeof(protocol_sample_t), 216);
    assert_int_equal(offsetof(protocol_constant_t, at), 136);
    assert_int_equal(sizeof(protocol_constant_t), 144);
    assert_int_equal(offsetof(protocol_failed_t, text), 28);
}

TEST(good_packets_are_read) {
    protocol_hello_t hello = good_hello();
    const protocol_result_t result = good_result();
    protocol_failed_t failed = {.header = protocol_header(PROTOCOL_FAILED, 0, 0, 4), .certain = 1};
    protocol_answer_t answer;
    failure_t why;
    assert_ok(protocol_read(&hello, sizeof hello, &answer, &why));
    assert_int_equal(answer.hello.outputs, 3);
    assert_int_equal(answer.hello.digest[2], 3);
    assert_string_equal(answer.hello.engine, "torch");
    assert_string_equal(answer.hello.engine_version, "2.9??[31m"); /* nothing that steers a terminal */
    memcpy(hello.constants, "keep\n\x1b", 6);
    assert_ok(protocol_read(&hello, offsetof(protocol_hello_t, constants) + 6, &answer, &why));
    assert_string_equal(answer.hello.constants, "keep\n?");
    assert_ok(protocol_read(&hello, offsetof(protocol_hello_t, constants), &answer, &why)); /* may be left out */
    assert_string_equal(answer.hello.constants, "");
    assert_ok(protocol_read(&result, sizeof result, &answer, &why));
    assert_int_equal(answer.header.first, 512);
    assert_int_equal(answer.result.columns, 10);
    memset(failed.text, 'x', sizeof failed.text); /* does not end */
    assert_ok(protocol_read(&failed, sizeof failed, &answer, &why));
    assert_int_equal(strlen(answer.failed.text), PROTOCOL_TEXT - 1);
    assert_ok(protocol_read(&failed, offsetof(protocol_failed_t, text) + 3, &answer, &why)); /* as long as it needs */
    assert_string_equal(answer.failed.text, "xxx");
}

static void refused(const void *packet, size_t size, const char *says) {
    protocol_answer_t answer;
    failure_t why;
    assert_fails(protocol_read(packet, size, &answer, &why), STATUS_CERTAIN, says);
}

TEST(other_packets_are_refused) {
    protocol_hello_t hello = good_hello();
    protocol_result_t result = good_result();
    char large[sizeof(protocol_answer_t) + 1] = "HRSY";
    refused(&hello, 23, "23 bytes");
    refused(large, sizeof large, "no packet");
    refused(&hello, offsetof(protocol_hello_t, constants) - 1, "HELLO has 455 bytes");
    refused(&result, sizeof result - 4, "RESULT has 28 bytes");
    hello.takes = 2;
    refused(&hello, sizeof hello, "takes 2");
    hello.takes = 0;
    hello.type = PROTOCOL_I64 + 1;
    refused(&hello, sizeof hello, "type 5");
    result.columns = 0;
    refused(&result, sizeof result, "columns 0");
    result.columns = PROTOCOL_COLUMNS_MAX + 1;
    refused(&result, sizeof result, "columns 16777217");
    result.header.kind = PROTOCOL_SAMPLE;
    refused(&result, sizeof result, "kind 3");
    result.header.version = 2;
    refused(&result, sizeof result, "version 2");
    result.header.magic++;
    refused(&result, sizeof result, "HRSY");
}

int main(void) {
    return run_all(NULL, NULL);
}
