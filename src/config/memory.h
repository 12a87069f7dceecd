/* Memory for the strings and lists of one configuration, freed together. */
#ifndef HARSANYI_CONFIG_MEMORY_H
#define HARSANYI_CONFIG_MEMORY_H

#include <stddef.h>

/* A piece of `bytes` zeroed bytes, aligned for any type, that memory_free releases together with all others of *memory
 * (NULL at first). Never NULL (base/memory.h). */
void *memory_take(void **memory, size_t bytes);

void memory_free(void **memory);

#endif
