#include "engines/process.h"

#include "base/clock.h"
#include "engines/child.h"
#include "engines/device.h"
#include "engines/protocol.h"
#include "model/masking.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ALIGNMENT = 64,
    COLUMNS_AT_FIRST = 1024, /* room for outputs; pages that are not written to cost nothing */
    STARTS = 5,              /* of a process that should start: it was killed, or did before */
    DEATHS = 2,              /* in a row, without a batch in between */
    PATH_TEXT = 4096,
    PYTHON_WORDS = 6
};

typedef struct {
    child_t child;
    const char *python[PYTHON_WORDS]; /* the command of a function or a pickle */
    const char *const *command;       /* borrowed, or python */
    char *path;                       /* PYTHONPATH; owned */

    protocol_hello_t hello; /* of the first start; magic 0: none yet */
    int deaths;             /* since the last batch */

    int file; /* of the memory */
    char *memory;
    size_t bytes;
    uint32_t columns;         /* room for the numbers of a row of outputs */
    size_t beside;            /* bytes of names and constants of a sample */
    protocol_sample_t sample; /* what is in memory, and where */
    bool told;                /* the child knows of it, and of the batches under way */

    masking_t masking[PROTOCOL_SLOTS];
    mask_t flight[PROTOCOL_SLOTS]; /* the chunks under way, by slot */
    unsigned put, taken;           /* how many, ever; the slot is the last bit */
} process_state_t;

_Static_assert((int)SAMPLE_NAME == (int)PROTOCOL_NAME, "names are copied as they are");

/* The types of the protocol. */
static const element_t ELEMENTS[] = {[PROTOCOL_F32] = ELEMENT_F32,
                                     [PROTOCOL_F64] = ELEMENT_F64,
                                     [PROTOCOL_I32] = ELEMENT_I32,
                                     [PROTOCOL_I64] = ELEMENT_I64};

/* ---- the memory ---- */

static size_t aligned(size_t place) {
    return (place + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Bytes of an array; false: too many. */
static bool array_bytes(size_t rows, size_t elements, size_t width, size_t *bytes) {
    return !__builtin_mul_overflow(rows, elements, bytes) && !__builtin_mul_overflow(*bytes, width, bytes) &&
           *bytes < SIZE_MAX / 16;
}

/* Makes the memory at least so large. What is in it stays, and so does its place there. */
static status_t reserve(model_t *model, size_t bytes, failure_t *why) {
    process_state_t *state = model->state;
    if (bytes <= state->bytes)
        return STATUS_OK;
    void *memory = MAP_FAILED;
    if (ftruncate(state->file, (off_t)bytes) == 0)
        memory = state->memory ? mremap(state->memory, state->bytes, bytes, MREMAP_MAYMOVE)
                               : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, state->file, 0);
    if (memory == MAP_FAILED)
        return failed(why, STATUS_INTERNAL, "%s: no memory for a batch of %zu bytes (%s): lower sweep.batch",
                      model->options.file, bytes, strerror(errno));
    state->memory = memory;
    state->bytes = bytes;
    return STATUS_OK;
}

/* Bytes in front of the numbers in an output slot. */
static size_t table_bytes(const model_t *model) {
    return model->options.outputs ? PROTOCOL_TABLE : 0;
}

static bool takes_inputs(const model_t *model) {
    return model->options.process.takes == TAKES_INPUTS;
}

/* Bytes of a sample's names and constants, which lie one after another; SIZE_MAX: too many. */
static size_t bytes_beside(const sample_t *sample) {
    size_t bytes = sample->names ? aligned((size_t)sample->n * PROTOCOL_NAME) : 0, one;
    bytes += aligned(sample->constants * sizeof(protocol_constant_t));
    for (size_t i = 0; i < sample->constants; i++)
        if (!array_bytes(1, sample->constant[i].elements, sizeof(double), &one) ||
            __builtin_add_overflow(bytes, aligned(one), &bytes))
            return SIZE_MAX;
    return bytes;
}

/* Says where everything of a sample and a batch of `rows` rows is to lie. */
static status_t lay_out(const model_t *model, protocol_sample_t *s, size_t elements, failure_t *why) {
    const process_state_t *state = model->state;
    const size_t width = element_bytes(ELEMENTS[state->hello.type]);
    size_t numbers, map, input, output;
    bool fits = array_bytes(1, state->beside, 1, &numbers) && array_bytes(1, elements, sizeof(double), &numbers) &&
                array_bytes(1, elements, sizeof(int32_t), &map) &&
                array_bytes(s->rows, state->columns, sizeof(double), &output) &&
                (takes_inputs(model) ? array_bytes(s->rows, elements, width, &input)
                                     : array_bytes(s->rows, s->players, 1, &input));
    if (!fits)
        return failed(why, STATUS_INPUT, "%s: a batch of %u rows of %zu elements does not fit into memory",
                      model->options.file, s->rows, elements);
    s->columns = state->columns;
    s->x = 0;
    s->baseline = aligned(numbers);
    s->map = s->baseline + aligned(numbers);
    const size_t beside = s->map + aligned(map);
    s->names = s->names ? beside : 0;
    s->constant = beside + (s->names ? aligned((size_t)s->players * PROTOCOL_NAME) : 0);
    s->input[0] = beside + state->beside;
    s->input[1] = s->input[0] + aligned(input);
    s->output[0] = s->input[1] + aligned(input);
    s->output[1] = s->output[0] + aligned(output) + table_bytes(model);
    s->memory = s->output[1] + aligned(output) + table_bytes(model);
    return STATUS_OK;
}

/* Puts the arrays of a sample where they belong. */
static bool copy_changed(void *to, const void *from, size_t bytes) {
    if (bytes == 0 || memcmp(to, from, bytes) == 0)
        return false;
    memcpy(to, from, bytes);
    return true;
}

static protocol_type_t type_of(element_t type) {
    protocol_type_t found = PROTOCOL_I64;
    while (found > PROTOCOL_F32 && ELEMENTS[found] != type)
        found--;
    return found;
}

static bool copy_beside(char *memory, const sample_t *sample, const protocol_sample_t *s) {
    bool changed = sample->names && copy_changed(memory + s->names, sample->names, (size_t)sample->n * PROTOCOL_NAME);
    size_t at = s->constant + aligned(sample->constants * sizeof(protocol_constant_t));
    for (size_t i = 0; i < sample->constants; i++) {
        const constant_t *from = &sample->constant[i];
        const size_t bytes = from->elements * sizeof(double);
        protocol_constant_t to = {.type = type_of(from->type), .rank = (uint32_t)from->rank, .at = at};
        snprintf(to.name, sizeof to.name, "%s", from->name);
        for (int k = 0; k < from->rank; k++)
            to.shape[k] = (uint64_t)from->shape[k];
        changed |= copy_changed(memory + s->constant + i * sizeof to, &to, sizeof to);
        changed |= copy_changed(memory + at, from->numbers, bytes);
        at += aligned(bytes);
    }
    return changed;
}

static status_t take_sample(model_t *model, const sample_t *sample, int baseline, protocol_sample_t *next,
                            failure_t *why) {
    process_state_t *state = model->state;
    const size_t count = sample->elements;
    TRY(reserve(model, next->memory, why));
    const bool moved = memcmp(next, &state->sample, sizeof *next) != 0,
               another = model->network.sample == 0 || next->index != state->sample.index;
    bool changed = false;
    for (int i = 0; i < PROTOCOL_SLOTS && takes_inputs(model); i++) {
        state->masking[i].filled &= next->input[i] == state->sample.input[i];
        state->masking[i].buffer = state->memory + next->input[i];
    }
    state->sample = *next;
    changed |= copy_changed(state->memory + next->x, sample->x, count * sizeof(double));
    changed |= copy_changed(state->memory + next->baseline, sample->baseline + (size_t)baseline * count,
                            count * sizeof(double));
    changed |= copy_changed(state->memory + next->map, sample->players, count * sizeof(int32_t));
    changed |= copy_beside(state->memory, sample, next);
    state->told &= !changed && !moved;
    model->network.sample += changed || another;
    return STATUS_OK;
}

/* More room for outputs; inputs stay where they are, so that the batches under way need not be filled again. */
static status_t widen(model_t *model, uint32_t columns, failure_t *why) {
    process_state_t *state = model->state;
    size_t elements = 1;
    for (uint32_t i = 0; i < state->sample.rank; i++)
        elements *= (size_t)state->sample.shape[i];
    state->columns = columns;
    TRY(lay_out(model, &state->sample, elements, why));
    TRY(reserve(model, state->sample.memory, why));
    for (int i = 0; i < PROTOCOL_SLOTS; i++)
        state->masking[i].buffer = state->memory + state->sample.input[i];
    state->told = false;
    return STATUS_OK;
}

/* ---- starting ---- */

/* What a child says of itself must be what was wanted, and what the first one said. */
static status_t check_hello(model_t *model, const protocol_hello_t *hello, failure_t *why) {
    process_state_t *state = model->state;
    const protocol_hello_t *first = &state->hello;
    if (hello->takes != (uint32_t)model->options.process.takes)
        return failed(why, STATUS_INPUT, "%s: it is made for model.takes: %s", model->options.file,
                      hello->takes == TAKES_INPUTS ? "inputs" : "masks");
    if (first->header.magic != 0 && memcmp(first, hello, sizeof *hello) != 0) {
        model->info.lost = true;
        return failed(why, STATUS_INPUT,
                      "%s: started again it is another model than before: its files have changed, "
                      "or it is made anew at each start without a fixed seed",
                      model->options.file);
    }
    state->hello = *hello;
    return STATUS_OK;
}

/* The outputs that are wanted, a line each; empty: the only one. */
static status_t name_outputs(const model_t *model, char names[PROTOCOL_NAME], failure_t *why) {
    const model_options_t *options = &model->options;
    size_t used = options->output ? (size_t)snprintf(names, PROTOCOL_NAME, "%s", options->output) : 0;
    for (int i = 0; options->outputs && i < options->output_count && used < PROTOCOL_NAME; i++)
        used += (size_t)snprintf(names + used, PROTOCOL_NAME - used, "%s%s", i ? "\n" : "", options->outputs[i]);
    return used < PROTOCOL_NAME ? STATUS_OK
                                : failed(why, STATUS_INPUT, "%s: model.output: the names are longer than %d bytes",
                                         options->file, PROTOCOL_NAME - 1);
}

/* Starts the process once, and hears what it is. */
static status_t greet(model_t *model, failure_t *why) {
    process_state_t *state = model->state;
    const process_options_t *options = &model->options.process;
    protocol_open_t open = {.header = protocol_header(PROTOCOL_OPEN, 0, 0, 0),
                            .takes = options->takes,
                            .x_type = type_of(model->options.x_type),
                            .device = model->options.device,
                            .local_rank = device_local_rank()};
    protocol_answer_t answer;
    char packet[sizeof answer + 1];
    size_t bytes;
    bool late;
    TRY(name_outputs(model, open.output, why));
    TRY(child_start(&state->child, state->command, state->file, state->path, why));
    child_send(&state->child, &open, sizeof open, NULL); /* child_receive says how it ended, as below */
    TRY(child_receive(&state->child, options->start_timeout, packet, sizeof packet, &bytes, &late, why));
    status_t status = protocol_read(packet, bytes, &answer, why);
    if (status == STATUS_OK && answer.header.kind != PROTOCOL_HELLO)
        status = failed(why, STATUS_CERTAIN, "its first packet is no HELLO");
    if (status != STATUS_OK)
        return child_kill(&state->child, why);
    status = check_hello(model, &answer.hello, why);
    if (status != STATUS_OK)
        child_end(&state->child);
    model->info.process = state->child.pid;
    return status;
}

static bool was_killed(const child_t *child) {
    return WIFSIGNALED(child->ended) && WTERMSIG(child->ended) == SIGKILL;
}

/* One that is killed while it starts gets another chance, and so does one that has started before: memory or a GPU may
 * not be free again at once. */
static status_t start(model_t *model, failure_t *why) {
    process_state_t *state = model->state;
    const bool again = state->hello.header.magic != 0;
    status_t status = STATUS_OK;
    failure_t how; /* *why stays as it is when the next one starts */
    state->told = false;
    for (int i = 0; i < STARTS; i++) {
        status = greet(model, &how);
        if (status != STATUS_TRANSIENT || !(again || was_killed(&state->child)))
            break;
    }
    if (status == STATUS_OK)
        return status;
    if (why)
        *why = how;
    if (status != STATUS_TRANSIENT)
        return status;
    model->info.lost = again;
    failed_within(why, "%s: %s", model->options.file, again ? "cannot be started again" : "cannot be started");
    if (why)
        why->status = again ? STATUS_INTERNAL : STATUS_INPUT;
    return again ? STATUS_INTERNAL : STATUS_INPUT;
}

/* ---- batches ---- */

static void send_batch(process_state_t *state, unsigned number) {
    const unsigned slot = number % PROTOCOL_SLOTS;
    const protocol_header_t header = protocol_header(PROTOCOL_BATCH, slot, state->flight[slot], state->sample.rows);
    child_send(&state->child, &header, sizeof header, NULL);
}

/* Makes sure that a child runs and knows of the sample and of all batches under way. */
static status_t tell(model_t *model, failure_t *why) {
    process_state_t *state = model->state;
    if (!state->child.pid)
        TRY(start(model, why));
    if (state->told)
        return STATUS_OK;
    state->sample.header = protocol_header(PROTOCOL_SAMPLE, 0, 0, 0);
    child_send(&state->child, &state->sample, sizeof state->sample, NULL);
    for (unsigned i = state->taken; i != state->put; i++)
        send_batch(state, i);
    state->told = true;
    return STATUS_OK;
}

/* One answer about the batch that was put first. A child that does not give one is dead afterwards. */
static status_t hear(model_t *model, protocol_answer_t *answer, failure_t *why) {
    process_state_t *state = model->state;
    const unsigned slot = state->taken % PROTOCOL_SLOTS;
    char packet[sizeof *answer + 1];
    size_t bytes;
    bool late;
    status_t status =
        child_receive(&state->child, model->options.process.batch_timeout, packet, sizeof packet, &bytes, &late, why);
    if (status != STATUS_OK) {
        state->deaths += late ? DEATHS : 1;
        return status;
    }
    status = protocol_read(packet, bytes, answer, why);
    const protocol_header_t *header = &answer->header;
    if (status == STATUS_OK && (header->kind == PROTOCOL_HELLO || header->slot != slot ||
                                header->first != state->flight[slot] || header->count != state->sample.rows))
        status = failed(why, STATUS_CERTAIN, "it answered about slot %u, mask 0x%llx, instead of slot %u, mask 0x%llx",
                        header->slot, (unsigned long long)header->first, slot, (unsigned long long)state->flight[slot]);
    if (status == STATUS_OK)
        return status;
    failed_within(why, "the model's process does not keep to the protocol");
    state->deaths = DEATHS;
    return child_kill(&state->child, why);
}

/* Waits for the answers to batches that nobody wants any more. */
static void drain(model_t *model) {
    process_state_t *state = model->state;
    protocol_answer_t answer;
    failure_t ignored;
    while (state->taken != state->put && state->child.pid && state->told && hear(model, &answer, &ignored) == STATUS_OK)
        state->taken++;
    state->taken = state->put;
    state->deaths = 0;
}

/* What the first batch that is under way gave, by a child that may have to be started again for it. */
static status_t answer_to_first(model_t *model, protocol_answer_t *answer, failure_t *why) {
    process_state_t *state = model->state;
    failure_t how; /* *why stays as it is when the next child answers */
    status_t status;
    do {
        TRY(tell(model, why));
        status = hear(model, answer, &how);
    } while (status != STATUS_OK && state->deaths < DEATHS);
    if (status == STATUS_OK)
        state->deaths = 0;
    else if (why)
        *why = how;
    return status;
}

/* The rows that were asked for want more room: all batches under way are answered, and come again. */
static status_t make_room(model_t *model, uint32_t columns, failure_t *why) {
    process_state_t *state = model->state;
    const unsigned taken = state->taken, put = state->put;
    state->taken++;
    drain(model);
    state->taken = taken;
    state->put = put;
    return widen(model, columns, why);
}

static status_t check_columns(model_t *model, int output, uint32_t columns, mask_t first, failure_t *why) {
    int64_t *width = &model->info.width[output];
    if (columns < 1 || (*width > 0 && columns != *width))
        return failed(why, STATUS_CERTAIN, "mask 0x%llx: the model gave %u numbers for a mask; %lld are expected",
                      (unsigned long long)first, columns, (long long)*width);
    *width = columns;
    return STATUS_OK;
}

/* The outputs in a slot of a batch that is answered. */
static status_t split_outputs(model_t *model, const protocol_result_t *result, unsigned slot,
                              network_outputs_t *outputs, failure_t *why) {
    const process_state_t *state = model->state;
    const char *at = state->memory + state->sample.output[slot];
    uint32_t table[2][OUTPUTS_MAX] = {{result->columns}, {result->type}};
    uint64_t columns = 0;
    if (model->options.outputs)
        memcpy(table, at, sizeof table);
    at += table_bytes(model);
    for (int i = 0; i < model->info.outputs; i++) {
        const size_t number = table[1][i] == PROTOCOL_F64 ? sizeof(double) : sizeof(float);
        const size_t bytes = (size_t)state->sample.rows * table[0][i] * number;
        columns += table[0][i];
        if (columns > result->columns)
            return failed(why, STATUS_CERTAIN, "the outputs have more numbers than the model's process said");
        TRY(check_columns(model, i, table[0][i], result->header.first, why));
        outputs[i] = (network_outputs_t){at, 8 * (int)number};
        at += (bytes + sizeof(double) - 1) / sizeof(double) * sizeof(double);
    }
    return STATUS_OK;
}

/* ---- operations of a network ---- */

static status_t begin(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why) {
    process_state_t *state = model->state;
    const double began = clock_seconds();
    protocol_sample_t next = {.header = protocol_header(PROTOCOL_SAMPLE, 0, 0, 0),
                              .index = sample->index,
                              .label = sample->label,
                              .target = sample->target,
                              .players = (uint32_t)sample->n,
                              .rank = sample->shape ? (uint32_t)sample->rank : 1,
                              .rows = (uint32_t)chunk,
                              .names = sample->names != NULL,
                              .constants = (uint32_t)sample->constants};
    for (uint32_t i = 0; i < next.rank; i++)
        next.shape[i] = sample->shape ? (uint64_t)sample->shape[i] : sample->elements;
    drain(model);
    state->beside = bytes_beside(sample);
    TRY(lay_out(model, &next, sample->elements, why));
    TRY(take_sample(model, sample, baseline, &next, why));
    for (int i = 0; i < PROTOCOL_SLOTS && takes_inputs(model); i++)
        TRY(masking_begin(&state->masking[i], sample, baseline, chunk, chunk, why));
    model->times.fill += clock_seconds() - began;
    return STATUS_OK;
}

static void fill_masks(const process_state_t *state, unsigned slot, mask_t first) {
    char *to = state->memory + state->sample.input[slot];
    for (mask_t mask = first; mask < first + state->sample.rows; mask++)
        for (uint32_t i = 0; i < state->sample.players; i++)
            *to++ = (char)(mask >> i & 1);
}

static status_t put(model_t *model, mask_t first, failure_t *why) {
    process_state_t *state = model->state;
    const unsigned slot = state->put % PROTOCOL_SLOTS;
    const double began = clock_seconds();
    if (takes_inputs(model))
        masking_fill(&state->masking[slot], first);
    else
        fill_masks(state, slot, first);
    model->times.fill += clock_seconds() - began;
    state->flight[slot] = first;
    state->put++;
    if (!state->told || !state->child.pid)
        return tell(model, why);
    send_batch(state, state->put - 1);
    return STATUS_OK;
}

static status_t take(model_t *model, mask_t first, network_outputs_t *outputs, failure_t *why) {
    process_state_t *state = model->state;
    const unsigned slot = state->taken % PROTOCOL_SLOTS;
    const double began = clock_seconds();
    protocol_answer_t answer;
    TRY(answer_to_first(model, &answer, why));
    if (answer.header.kind == PROTOCOL_RESULT && answer.result.columns > state->columns) {
        TRY(make_room(model, answer.result.columns, why));
        TRY(answer_to_first(model, &answer, why));
    }
    state->taken++;
    model->times.engine += clock_seconds() - began;
    if (answer.header.kind == PROTOCOL_FAILED) {
        if (why)
            why->mask = first;
        return failed(why, answer.failed.certain ? STATUS_CERTAIN : STATUS_TRANSIENT, "mask 0x%llx: %s",
                      (unsigned long long)first, answer.failed.text);
    }
    if (answer.result.columns > state->columns)
        return failed(why, STATUS_CERTAIN, "the model's process wants more room than it asked for");
    return split_outputs(model, &answer.result, slot, outputs, why);
}

/* ---- opening and closing ---- */

static void process_close(model_t *model) {
    process_state_t *state = model->state;
    child_end(&state->child);
    for (int i = 0; i < PROTOCOL_SLOTS; i++)
        masking_free(&state->masking[i]);
    if (state->memory)
        munmap(state->memory, state->bytes);
    if (state->file >= 0)
        close(state->file);
    free(state->path);
    free(state);
}

/* The Python package that comes with this program, installed or built in a folder of the sources; "": not found. */
static void find_package(char folder[PATH_TEXT]) {
    static const char *const PLACES[] = {"../share/harsanyi/analysis", "../../analysis", "../analysis"};
    char self[PATH_TEXT / 2], file[PATH_TEXT + 32];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    for (size_t i = 0; slash && i < sizeof PLACES / sizeof *PLACES; i++) {
        snprintf(folder, PATH_TEXT, "%.*s/%s", (int)(slash - self), self, PLACES[i]);
        snprintf(file, sizeof file, "%s/harsanyi/serving.py", folder);
        if (access(file, R_OK) == 0)
            return;
    }
    folder[0] = '\0';
}

/* Where Python looks for modules: the config's folder, the working folder, what the user says, our own package. */
static status_t find_path(model_t *model, failure_t *why) {
    process_state_t *state = model->state;
    const char *given = getenv("PYTHONPATH"), *near = model->options.process.folder;
    char here[PATH_TEXT] = "", own[PATH_TEXT], *full = near && *near ? realpath(near, NULL) : NULL;
    if (!getcwd(here, sizeof here))
        here[0] = '\0';
    find_package(own);
    int made = asprintf(&state->path, "%s%s%s%s%s%s%s", full ? full : "", full ? ":" : "", here,
                        given && *given ? ":" : "", given ? given : "", *own ? ":" : "", own);
    free(full);
    if (made >= 0)
        return STATUS_OK;
    state->path = NULL;
    return failed(why, STATUS_INTERNAL, "%s: out of memory", model->options.file);
}

static void find_command(model_t *model) {
    process_state_t *state = model->state;
    const process_options_t *options = &model->options.process;
    const char *const python[PYTHON_WORDS] = {options->python,
                                              "-m",
                                              "harsanyi.process",
                                              options->pickle ? "--pickle" : "--function",
                                              options->pickle ? options->pickle : options->function,
                                              NULL};
    memcpy(state->python, python, sizeof python);
    state->command = options->command ? options->command : state->python;
}

static void describe(model_t *model) {
    process_state_t *state = model->state;
    const protocol_hello_t *hello = &state->hello;
    const element_t type = ELEMENTS[hello->type];
    model_info_t *info = &model->info;
    network_set_batch(&model->network, model->options.batch);
    for (int i = 0; i < PROTOCOL_SLOTS; i++)
        state->masking[i] = (masking_t){.type = type, .lent = true};
    info->input_rank = -1;
    info->input_type = type;
    info->input_bits = element_is_whole(type) ? 64 : 8 * (int)element_bytes(type);
    info->free_batch = true;
    info->wants_all = true;
    info->uses = hello->constants;
    info->outputs = model->options.outputs ? model->options.output_count : 1;
    for (int i = 0; i < info->outputs; i++) {
        info->width[i] = hello->outputs > 0 && info->outputs == 1 ? (int64_t)hello->outputs : -1;
        info->output[i] = model->options.outputs ? model->options.outputs[i] : hello->output;
    }
    for (size_t i = 0; i < sizeof hello->digest; i++)
        snprintf(info->digest + 2 * i, 3, "%02x", (unsigned)hello->digest[i]);
    snprintf(info->engine, MODEL_TEXT, "%s", hello->engine[0] ? hello->engine : "process");
    snprintf(info->engine_version, MODEL_TEXT, "%s", hello->engine_version);
}

static status_t open_state(model_t *model, failure_t *why) {
    process_state_t *state = model->state;
    state->file = memfd_create("harsanyi", MFD_CLOEXEC);
    if (state->file < 0)
        return failed(why, STATUS_INTERNAL, "%s: no memory to share with a process: %s", model->options.file,
                      strerror(errno));
    find_command(model);
    TRY(find_path(model, why));
    TRY(start(model, why));
    describe(model);
    return STATUS_OK;
}

status_t process_open(model_t *model, failure_t *why) {
    static const network_ops_t ops = {
        .at_once = PROTOCOL_SLOTS, .begin = begin, .put = put, .take = take, .close = process_close};
    process_state_t *state = calloc(1, sizeof *state);
    if (!state)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", model->options.file);
    state->file = -1;
    state->columns = COLUMNS_AT_FIRST;
    model->state = state;
    network_set_ops(model, &ops);
    status_t status = open_state(model, why);
    if (status != STATUS_OK)
        process_close(model);
    return status;
}

/* ---- identity ---- */

static void add_text(digest_t *digest, const char *text) {
    digest_add(digest, text, strlen(text) + 1);
}

/* Whether a word of the command is a file of the user: it lies in the folder of the config. */
static bool is_own_file(const process_options_t *options, const char *word) {
    struct stat info;
    const size_t folder = strlen(options->folder ? options->folder : "");
    return word[0] != '/' && (folder == 0 || strncmp(word, options->folder, folder) == 0) && stat(word, &info) == 0 &&
           S_ISREG(info.st_mode);
}

status_t process_digest(const model_options_t *model, digest_t *digest, failure_t *why) {
    const process_options_t *options = &model->process;
    add_text(digest, options->function ? options->function : "");
    if (options->pickle)
        TRY(digest_add_file(digest, options->pickle, why));
    for (size_t i = 0; options->command && options->command[i]; i++) {
        const char *word = options->command[i], *slash = strrchr(word, '/');
        const bool own = is_own_file(options, word);
        add_text(digest, (own || i == 0) && slash ? slash + 1 : word);
        if (own)
            TRY(digest_add_file(digest, word, why));
    }
    for (size_t i = 0; options->files && options->files[i]; i++)
        TRY(digest_add_file(digest, options->files[i], why));
    return STATUS_OK;
}
