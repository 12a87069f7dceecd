/* Whether the structures of an HDF5 file are what HDF5 can be trusted with. HDF5 1.10 believes much of what it reads: a
 * damaged heap makes it loop, a wrong offset makes it read past a buffer. So what it is about to parse is looked at
 * here first, byte by byte: lengths, addresses and counts lead nowhere but into the file, and nothing goes in circles.
 *
 *   superblock -> object header -- messages --> group: names' heap, B-tree, symbol nodes; or links
 *                                          --> dataset: space, type, layout, filters, B-tree of chunks
 *                                          --> attributes
 *
 * Not followed: indices of chunks of the format of 1.10 (libver "latest"). They carry checksums, which HDF5 compares:
 * those tell damage, but not intent.
 *
 * STATUS_INPUT: damaged, or something that no reader here needs (docs/file-format.md lists what is refused);
 * STATUS_INTERNAL: the disk or the memory failed, and nothing is known of the file.
 */
#ifndef HARSANYI_HDF5_SOUND_H
#define HARSANYI_HDF5_SOUND_H

#include "base/failure.h"

#include <stdbool.h>
#include <stdint.h>

/* The superblock and the root group. fd: the file, open for reading. */
status_t sound_file(int fd, const char *file_name, failure_t *why);

/* The group or dataset `path` (for messages), whose header is at `address` as HDF5 counts; its attributes are passed
 * over. chunks: those that a dataset has are looked at as well, which reads and inflates all of it. */
status_t sound_object(int fd, const char *file_name, const char *path, uint64_t address, bool chunks, failure_t *why);

/* The attributes of the root group. */
status_t sound_root_attributes(int fd, const char *file_name, failure_t *why);

/* Strings of variable length: `count` references from byte `offset` of the file on, and the heaps that they lead to. */
status_t sound_strings(int fd, const char *file_name, const char *path, uint64_t offset, uint64_t count,
                       failure_t *why);

#endif
