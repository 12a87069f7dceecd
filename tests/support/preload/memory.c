/* Memory that runs out: LD_PRELOAD it into the program (what starts it, mpirun, is left alone). The places where the
 * program asks for memory are told apart by the functions on the stack (requests of libraries are left alone: many
 * crash over it), and numbered from 1 on in the order in which they come. At one of them the first request is refused.
 *
 *   HARSANYI_MEMORY_AT    the number of that place; 0 (the default): none
 *   HARSANYI_MEMORY_LOG   a file to which a line is added for each place: "failed" or "-", and the stack, as addresses
 * in the program for addr2line; not set: nothing is touched
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 12, PLACES_MAX = 1 << 14 };

/* glibc's own; dlsym would itself ask for memory. */
void *__libc_malloc(size_t bytes);                     /* NOLINT(cert-dcl51-cpp): its names */
void *__libc_calloc(size_t count, size_t bytes);       /* NOLINT(cert-dcl51-cpp) */
void *__libc_realloc(void *old, size_t bytes);         /* NOLINT(cert-dcl51-cpp) */
void *__libc_memalign(size_t alignment, size_t bytes); /* NOLINT(cert-dcl51-cpp) */

static uintptr_t base, end; /* where the program lies */

/* For dl_iterate_phdr, which begins with the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            base + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz > end)
            end = base + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    return 1;
}

/* The child process that looks at files first (hdf5/look.h) is left alone: it has places and numbers of its own. */
__attribute__((constructor)) static void begin(int argc, char **argv) {
    bool child = argc > 1 && strcmp(argv[1], "__look") == 0;
    if (!child && strcmp(program_invocation_short_name, "harsanyi") == 0)
        dl_iterate_phdr(find_program, NULL);
}

static bool in_program(const void *address) {
    return (uintptr_t)address >= base && (uintptr_t)address < end;
}

/* The number of a stack that is seen for the first time; 0: it was there before. */
static long number_of(uint64_t stack) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t seen[PLACES_MAX];
    static long count;
    pthread_mutex_lock(&mutex);
    long i = 0;
    while (i < count && seen[i] != stack)
        i++;
    bool is_new = i == count && count < PLACES_MAX;
    if (is_new)
        seen[count++] = stack;
    pthread_mutex_unlock(&mutex);
    return is_new ? i + 1 : 0;
}

static void note(bool fails, void *const *frames, int count) {
    char line[DEPTH * 20 + 20];
    int length = snprintf(line, sizeof line, fails ? "failed" : "-");
    for (int i = 0; i < count; i++)
        if (in_program(frames[i]))
            length += snprintf(line + length, sizeof line - (size_t)length, " 0x%zx",
                               (size_t)((uintptr_t)frames[i] - base - 1));
    line[length++] = '\n';
    int fd = open(getenv("HARSANYI_MEMORY_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, line, (size_t)length) != length)
        abort();
    close(fd);
}

static bool refused(const void *caller) {
    void *frames[DEPTH];
    uint64_t stack = 0;
    if (!in_program(caller) || !getenv("HARSANYI_MEMORY_LOG"))
        return false;
    int count = backtrace(frames, DEPTH);
    for (int i = 0; i < count; i++)
        if (in_program(frames[i]))
            stack = (stack ^ ((uintptr_t)frames[i] - base)) * 0x9E3779B97F4A7C15;
    const char *at = getenv("HARSANYI_MEMORY_AT");
    long number = number_of(stack);
    bool fails = number > 0 && at && number == strtol(at, NULL, 10);
    if (number > 0)
        note(fails, frames, count);
    if (fails)
        errno = ENOMEM;
    return fails;
}

#define REFUSED() refused(__builtin_return_address(0))

void *malloc(size_t bytes) {
    return REFUSED() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    return REFUSED() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes) {
    return REFUSED() ? NULL : __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    return REFUSED() ? NULL : __libc_memalign(alignment, bytes);
}

static char *copy_of(const char *text, size_t length) {
    char *copy = __libc_malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *strdup(const char *text) {
    return REFUSED() ? NULL : copy_of(text, strlen(text));
}

char *strndup(const char *text, size_t length) {
    return REFUSED() ? NULL : copy_of(text, strnlen(text, length));
}

static int print(char **out, const char *format, va_list values) {
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *out = length < 0 ? NULL : __libc_malloc((size_t)length + 1);
    return *out ? vsnprintf(*out, (size_t)length + 1, format, values) : -1;
}

int vasprintf(char **out, const char *format, va_list values) {
    return REFUSED() ? -1 : print(out, format, values);
}

int asprintf(char **out, const char *format, ...) {
    if (REFUSED())
        return -1;
    va_list values;
    va_start(values, format);
    int length = print(out, format, values);
    va_end(values);
    return length;
}
