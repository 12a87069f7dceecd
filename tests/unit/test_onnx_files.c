/* External data files of ONNX models: found wherever tensors may stand, refused outside the model's folder; and no
 * damaged file leads out of its bytes. Models are written here, field by field. */
#include "engines/model_open.h"
#include "engines/onnx_files.h"
#include "support/test.h"

#include <sys/stat.h>

/* ---- a small protobuf writer ---- */

typedef struct {
    unsigned char bytes[4096];
    size_t length;
} message_t;

static void put_varint(message_t *message, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        message->bytes[message->length++] = (unsigned char)(value | 0x80);
    message->bytes[message->length++] = (unsigned char)value;
}

static void put_number(message_t *message, unsigned field, uint64_t value) {
    put_varint(message, (uint64_t)field << 3);
    put_varint(message, value);
}

static void put_bytes(message_t *message, unsigned field, const void *data, size_t length) {
    put_varint(message, (uint64_t)field << 3 | 2);
    put_varint(message, length);
    memcpy(message->bytes + message->length, data, length);
    message->length += length;
}

static message_t wrap(unsigned field, message_t inner) {
    message_t outer = {.length = 0};
    put_bytes(&outer, field, inner.bytes, inner.length);
    return outer;
}

/* A TensorProto whose data lies in `location`. */
static message_t external_tensor(const char *location) {
    message_t tensor = {.length = 0}, key = {.length = 0}, offset = {.length = 0};
    put_number(&tensor, 1, 4);
    put_number(&tensor, 2, 1);
    put_bytes(&tensor, 8, "w", 1);
    put_bytes(&offset, 1, "offset", 6);
    put_bytes(&offset, 2, "0", 1);
    put_bytes(&key, 1, "location", 8);
    put_bytes(&key, 2, location, strlen(location));
    put_bytes(&tensor, 13, offset.bytes, offset.length);
    put_bytes(&tensor, 13, key.bytes, key.length);
    put_number(&tensor, 14, 1);
    return tensor;
}

static message_t graph_with(message_t part) {
    message_t model = {.length = 0};
    put_number(&model, 1, 7); /* ir_version */
    put_bytes(&model, 2, "by hand", 7);
    put_bytes(&model, 7, part.bytes, part.length);
    return model;
}

/* ---- a folder to write them into ---- */

static char folder[TEMPORARY_PATH], model_path[128];

static void path_in(const char *name, char path[256]) {
    snprintf(path, 256, "%s/%s", folder, name);
}

static void write_file(const char *name, const void *data, size_t length) {
    char path[256];
    path_in(name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    fclose(file);
}

static int set_up(void **state) {
    char sub[256];
    if (make_temporary_folder(folder))
        return -1;
    path_in("sub", sub);
    snprintf(model_path, sizeof model_path, "%s/m.onnx", folder);
    return mkdir(sub, 0700);
}

static int tear_down(void **state) {
    return remove_temporary_folder(folder);
}

static status_t list(message_t model, onnx_files_t *files, failure_t *why) {
    write_file("m.onnx", model.bytes, model.length);
    return onnx_files_list(model_path, files, why);
}

/* ---- tests ---- */

static void check_found(message_t model, const char *what) {
    onnx_files_t files;
    failure_t why = {0};
    if (list(model, &files, &why) != STATUS_OK || files.count != 1)
        fail_msg("%s: %zu files, %s", what, files.count, why.text);
    assert_string_equal(files.paths[0] + files.folder, "a.bin");
    char want[256];
    path_in("a.bin", want);
    assert_string_equal(files.paths[0], want);
    onnx_files_free(&files);
    assert_int_equal(files.count, 0);
}

static message_t node_with(message_t attribute) {
    return wrap(1, wrap(5, attribute));
}

TEST(tensors_are_found_wherever_they_stand) {
    write_file("a.bin", "1234", 4);
    message_t tensor = external_tensor("a.bin");
    check_found(graph_with(wrap(5, tensor)), "initializer");
    check_found(graph_with(wrap(15, wrap(1, tensor))), "sparse initializer's values");
    check_found(graph_with(wrap(15, wrap(2, tensor))), "sparse initializer's indices");
    check_found(graph_with(node_with(wrap(5, tensor))), "attribute");
    check_found(graph_with(node_with(wrap(10, tensor))), "attribute of tensors");
    check_found(graph_with(node_with(wrap(22, wrap(1, tensor)))), "sparse attribute");
    check_found(graph_with(node_with(wrap(23, wrap(1, tensor)))), "attribute of sparse tensors");
    check_found(graph_with(node_with(wrap(6, wrap(5, tensor)))), "subgraph's initializer");
    check_found(graph_with(node_with(wrap(11, node_with(wrap(6, wrap(5, tensor)))))), "subgraph in a subgraph");
    message_t function = graph_with((message_t){.length = 0}), body = wrap(7, wrap(5, wrap(5, tensor)));
    put_bytes(&function, 25, body.bytes, body.length);
    check_found(function, "function");
    message_t training = graph_with((message_t){.length = 0}), start = wrap(1, wrap(5, tensor));
    put_bytes(&training, 20, start.bytes, start.length);
    check_found(training, "training's initialization");
}

/* Each file once, in the order of the first mention; tensors with their data inside are passed over. */
TEST(files_are_listed_once) {
    write_file("a.bin", "1", 1);
    write_file("b.bin", "2", 1);
    write_file("sub/c.bin", "3", 1);
    const char *const order[] = {"b.bin", "sub/c.bin", "b.bin", "./a.bin", "sub/c.bin"};
    message_t graph = {.length = 0}, inside = external_tensor("absent.bin");
    inside.bytes[inside.length - 1] = 0; /* data_location = DEFAULT */
    put_bytes(&graph, 5, inside.bytes, inside.length);
    for (size_t i = 0; i < 5; i++) {
        message_t tensor = external_tensor(order[i]);
        put_bytes(&graph, 5, tensor.bytes, tensor.length);
    }
    onnx_files_t files;
    failure_t why;
    assert_int_equal(list(graph_with(graph), &files, &why), STATUS_OK);
    assert_int_equal(files.count, 3);
    assert_string_equal(files.paths[0] + files.folder, "b.bin");
    assert_string_equal(files.paths[1] + files.folder, "sub/c.bin");
    assert_string_equal(files.paths[2] + files.folder, "./a.bin");
    onnx_files_free(&files);
}

static void check_refused(message_t model, const char *text) {
    onnx_files_t files;
    failure_t why;
    assert_fails(list(model, &files, &why), STATUS_INPUT, text);
    assert_non_null(strstr(why.text, model_path));
    assert_int_equal(files.count, 0);
    assert_null(files.paths);
}

TEST(files_elsewhere_are_refused) {
    static const struct {
        const char *location, *text;
    } cases[] = {
        {"/etc/passwd", "outside the model's folder"},
        {"..", "outside the model's folder"},
        {"../a.bin", "outside the model's folder"},
        {"sub/../../a.bin", "outside the model's folder"},
        {"sub/..", "outside the model's folder"},
        {"absent.bin", "absent.bin: No such file"},
        {"..a/b", "No such file"}, /* dots within names are fine */
        {"", "no proper location"},
    };
    write_file("a.bin", "1", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refused(graph_with(wrap(5, external_tensor(cases[i].location))), cases[i].text);
}

TEST(what_is_not_a_model_is_refused) {
    message_t text = {.length = 0}, nested = external_tensor("a.bin");
    check_refused(text, "the file is empty");
    put_number(&text, 1, 7);
    check_refused(text, "it has no graph");
    const char words[] = "This is a text file about networks.\n";
    memcpy(text.bytes, words, sizeof words - 1);
    text.length = sizeof words - 1;
    check_refused(text, "not an ONNX model");
    message_t wrong = {.length = 0};
    put_number(&wrong, 7, 1); /* a number where the graph should be */
    check_refused(wrong, "a field has the wrong type");
    nested = wrap(5, nested);
    for (int depth = 0; depth < 100; depth++)
        nested = node_with(wrap(6, nested));
    check_refused(graph_with(nested), "nested too deep");
    failure_t why;
    onnx_files_t files;
    assert_fails(onnx_files_list(folder, &files, &why), STATUS_INPUT, "not a regular file");
}

/* Scans a copy that ends where its memory ends, so that the address sanitizer sees any step beyond. */
static status_t scan_copy(const message_t *message) {
    onnx_files_t files;
    failure_t why;
    unsigned char *copy = malloc(message->length);
    assert_non_null(copy);
    memcpy(copy, message->bytes, message->length);
    status_t status = onnx_files_scan(model_path, copy, message->length, &files, &why);
    onnx_files_free(&files);
    free(copy);
    return status;
}

/* Cut anywhere, or with any byte changed in several ways: refused or read, never beyond the bytes. */
TEST(damaged_models_do_no_harm) {
    const unsigned char flips[] = {0x01, 0x02, 0x04, 0x08, 0x20, 0x80, 0x7f, 0xff};
    message_t whole = graph_with(node_with(wrap(6, wrap(5, external_tensor("a.bin")))));
    size_t refused = 0;
    write_file("a.bin", "1", 1);
    assert_int_equal(scan_copy(&whole), STATUS_OK);
    for (size_t length = 1; length < whole.length; length++) {
        message_t cut = whole;
        cut.length = length;
        refused += scan_copy(&cut) == STATUS_INPUT;
    }
    assert_int_equal(refused, whole.length - 1);
    for (size_t at = 0; at < whole.length; at++)
        for (size_t f = 0; f < sizeof flips; f++) {
            message_t changed = whole;
            changed.bytes[at] ^= flips[f];
            status_t status = scan_copy(&changed);
            assert_true(status == STATUS_OK || status == STATUS_INPUT);
        }
}

static void digest_hex(char hex[DIGEST_HEX]) {
    model_options_t options = {.backend = BACKEND_ONNX, .file = model_path};
    failure_t why;
    digest_t *digest;
    assert_ok(digest_start(&digest, &why));
    assert_ok(model_digest(&options, digest, &why));
    digest_finish(&digest, hex);
}

TEST(the_digest_covers_the_external_data) {
    char before[DIGEST_HEX], after[DIGEST_HEX], again[DIGEST_HEX];
    message_t model = graph_with(wrap(5, external_tensor("a.bin")));
    write_file("m.onnx", model.bytes, model.length);
    write_file("a.bin", "1234", 4);
    digest_hex(before);
    write_file("a.bin", "1235", 4);
    digest_hex(after);
    assert_string_not_equal(before, after);
    write_file("a.bin", "1234", 4);
    digest_hex(again);
    assert_string_equal(before, again);
}

/* Models written by the onnx package. */
TEST(real_models_are_understood) {
    onnx_files_t files;
    failure_t why;
    assert_int_equal(onnx_files_list(TEST_DATA_DIR "/mlp.onnx", &files, &why), STATUS_OK);
    assert_int_equal(files.count, 0);
    onnx_files_free(&files);
    assert_int_equal(onnx_files_list(TEST_DATA_DIR "/external.onnx", &files, &why), STATUS_OK);
    assert_int_equal(files.count, 1);
    assert_string_equal(files.paths[0], TEST_DATA_DIR "/external.bin");
    onnx_files_free(&files);
}

int main(void) {
    return run_all(set_up, tear_down);
}
