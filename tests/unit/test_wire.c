/* run/wire: what is written is read back; anything else is refused, never read past its end. */
#include "run/wire.h"
#include "support/test.h"

static message_t two_parts(void) {
    message_t m = {0};
    result_head_t head = {.unit_id = 7, .parts = 2, .masks = 3, .seconds = 0.5};
    part_head_t ok = {.row = 4, .doubles = 3, .info = {.target = 1, .input_crc = 77, .noise_why = 5}};
    part_head_t bad = {
        .row = 5, .bad_mask = 9, .info = {.error_kind = OUTCOME_CERTAIN, .error = "mask 0x9: output is NaN"}};
    double data[3] = {1, 2, 3};
    memcpy(message_grow(&m, sizeof head), &head, sizeof head);
    memcpy(message_grow(&m, sizeof ok), &ok, sizeof ok);
    memcpy(message_grow(&m, sizeof data), data, sizeof data);
    memcpy(message_grow(&m, sizeof bad), &bad, sizeof bad);
    return m;
}

static status_t read_all(const void *bytes, size_t length, part_head_t parts[2], const double *data[2],
                         failure_t *why) {
    reader_t reader;
    result_head_t head;
    TRY(wire_read_head(&reader, bytes, length, &head, why));
    for (int64_t i = 0; i < head.parts; i++)
        TRY(wire_read_part(&reader, &parts[i & 1], &data[i & 1], why));
    return STATUS_OK;
}

TEST(a_result_is_read_back) {
    message_t m = two_parts();
    part_head_t parts[2];
    const double *data[2];
    failure_t why;
    assert_int_equal(read_all(m.bytes, m.length, parts, data, &why), STATUS_OK);
    assert_int_equal(parts[0].row, 4);
    assert_true(parts[0].info.input_crc == 77 && parts[0].info.noise_why == 5);
    assert_true(data[0][0] == 1 && data[0][2] == 3);
    assert_null(data[1]);
    assert_int_equal(parts[1].bad_mask, 9);
    assert_string_equal(parts[1].info.error, "mask 0x9: output is NaN");
    message_free(&m);
}

/* Each prefix is copied into a block of its own size, so that ASan and valgrind see a read past the end. */
TEST(every_prefix_is_refused) {
    message_t m = two_parts();
    part_head_t parts[2];
    const double *data[2];
    failure_t why;
    for (size_t length = 0; length < m.length; length++) {
        char *prefix = malloc(length + 1);
        memcpy(prefix, m.bytes, length);
        assert_int_equal(read_all(prefix, length, parts, data, &why), STATUS_INTERNAL);
        free(prefix);
    }
    message_free(&m);
}

TEST(lies_about_sizes_are_refused) {
    part_head_t parts[2];
    const double *data[2];
    failure_t why;
    const uint64_t lies[] = {4, 1u << 20, UINT64_MAX / 8 + 2, UINT64_MAX};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        message_t m = two_parts();
        part_head_t part;
        memcpy(&part, m.bytes + sizeof(result_head_t), sizeof part);
        part.doubles = lies[i] == 4 ? 1000 : lies[i];
        memcpy(m.bytes + sizeof(result_head_t), &part, sizeof part);
        assert_int_equal(read_all(m.bytes, m.length, parts, data, &why), STATUS_INTERNAL);
        result_head_t head = {.parts = (int64_t)lies[i]};
        memcpy(m.bytes, &head, sizeof head);
        assert_int_equal(read_all(m.bytes, m.length, parts, data, &why), STATUS_INTERNAL);
        message_free(&m);
    }
}

TEST(error_texts_are_terminated) {
    message_t m = {0};
    result_head_t head = {.parts = 1};
    part_head_t part = {.info.error_kind = OUTCOME_TRANSIENT}, parts[2];
    const double *data[2];
    failure_t why;
    memset(part.info.error, 'x', sizeof part.info.error);
    memcpy(message_grow(&m, sizeof head), &head, sizeof head);
    memcpy(message_grow(&m, sizeof part), &part, sizeof part);
    assert_int_equal(read_all(m.bytes, m.length, parts, data, &why), STATUS_OK);
    assert_int_equal(strlen(parts[0].info.error), RESULTS_ERROR_TEXT - 1);
    message_free(&m);
}

int main(void) {
    return run_all(NULL, NULL);
}
