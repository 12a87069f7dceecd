/* Memory of one configuration: its strings and lists, and the texts that it was read from, freed together. */
#ifndef HARSANYI_CONFIG_MEMORY_H
#define HARSANYI_CONFIG_MEMORY_H

#include <stddef.h>

/* A piece of `bytes` zeroed bytes, aligned for any type, that memory_free releases together with all others of *memory
 * (NULL at first). Never NULL (base/memory.h). */
void *memory_take(void **memory, size_t bytes);

/* printf into such a piece. */
char *memory_print(void **memory, const char *format, ...) __attribute__((format(printf, 2, 3)));

void memory_free(void **memory);

#endif
