/* run/banner: what is held back of mpirun's stderr, however it is cut into pieces, and that all else passes at once. */
#include "run/banner.h"
#include "support/test.h"

#define RULE_LINE "--------------------------------------------------------------------------\n"
#define PRIMARY                                                                                                        \
    RULE_LINE "Primary job  terminated normally, but 1 process returned\na non-zero exit code. Per user-direction, "   \
              "the job has been aborted.\n" RULE_LINE
#define DETECTED                                                                                                       \
    RULE_LINE                                                                                                          \
    "mpirun detected that one or more processes exited with non-zero status, thus causing\nthe job to be "             \
    "terminated. The first process to do so was:\n\n  Process name: [[1,1],0]\n  Exit code:    2\n" RULE_LINE
#define SLOTS RULE_LINE "There are not enough slots available in the system\n" RULE_LINE

static char out[8 * BANNER_ROOM];

/* Everything that passes of `text`, taken in pieces of `piece` bytes. */
static const char *pass(const char *text, size_t piece, bool show) {
    banner_t banner = {0};
    size_t used = 0, length = strlen(text);
    for (size_t at = 0; at < length; at += piece)
        used += banner_take(&banner, text + at, length - at < piece ? length - at : piece, out + used);
    used += banner_end(&banner, show, out + used);
    out[used] = '\0';
    return out;
}

TEST(banners_wait_for_the_end) {
    for (size_t piece = 1; piece < 200; piece += 3) {
        assert_string_equal(pass("a\n" PRIMARY DETECTED "b\n", piece, false), "a\nb\n");
        assert_string_equal(pass("a\n" PRIMARY DETECTED "b\n", piece, true), "a\nb\n" PRIMARY DETECTED);
        assert_string_equal(pass("a\nmpirun: Forwarding signal 10 to job\nb\n", piece, false), "a\nb\n");
    }
}

TEST(other_text_is_untouched) {
    static const char *const texts[] = {SLOTS,
                                        "-- short\n",
                                        "---\n\n\nmpi\n",
                                        "mpirun: Forwarding\n",
                                        "\n",
                                        "in a line " RULE_LINE "x\n",
                                        RULE_LINE "never closed",
                                        RULE_LINE,
                                        "no end of line",
                                        "a non-zero exit code.\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t piece = 1; piece < 100; piece += 7)
            assert_string_equal(pass(texts[i], piece, false), texts[i]);
}

TEST(a_progress_line_does_not_wait) {
    banner_t banner = {0};
    static const char line[] = "\r\033[K3 of 8 samples";
    assert_int_equal(banner_take(&banner, line, strlen(line), out), strlen(line));
    assert_memory_equal(out, line, strlen(line));
}

TEST(too_much_passes) {
    char text[3 * BANNER_ROOM] = RULE_LINE;
    size_t length = strlen(text);
    memset(text + length, 'x', 2 * BANNER_ROOM);
    snprintf(text + length + 2 * BANNER_ROOM, 64, "\nthe end\n");
    assert_string_equal(pass(text, 1000, false), text);
    memset(text, '-', 2 * BANNER_ROOM);
    snprintf(text + 2 * BANNER_ROOM, 64, "\nthe end\n");
    assert_string_equal(pass(text, 1000, false), text);
    text[0] = '\0';
    for (length = 0; length < 2 * BANNER_ROOM; length += strlen(DETECTED)) /* more banners than are kept */
        snprintf(text + length, sizeof text - length, "%s", DETECTED);
    assert_true(strlen(pass(text, 1000, false)) > 0);
    assert_int_equal(strlen(pass(text, 1000, true)), strlen(text));
}

int main(void) {
    return run_all(NULL, NULL);
}
