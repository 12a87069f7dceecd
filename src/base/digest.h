/* SHA-256, the identity of models, samples and settings. */
#ifndef HARSANYI_BASE_DIGEST_H
#define HARSANYI_BASE_DIGEST_H

#include "base/failure.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_HEX = 65 }; /* 64 hexadecimal digits and the terminating NUL */

typedef struct evp_md_ctx_st digest_t; /* OpenSSL's EVP_MD_CTX */

/* Starts a digest; end it with digest_finish (or digest_discard), which frees it. */
status_t digest_start(digest_t **out, failure_t *why);
void digest_add(digest_t *digest, const void *data, size_t bytes);
void digest_finish(digest_t **digest, char hex[DIGEST_HEX]);
void digest_discard(digest_t **digest);

/* Adds the whole content of a file, preceded by its length. */
status_t digest_add_file(digest_t *digest, const char *path, failure_t *why);

/* ---- CRC32C (Castagnoli), the checksum of every stored block and row ---- */

/* The CRC32C of `bytes` bytes at `data`, continuing from `before` (0 at the start): crc(ab) = crc32c(crc32c(0,a),b).
 * crc32c(0, "123456789", 9) = 0xe3069283. */
uint32_t crc32c(uint32_t before, const void *data, size_t bytes);

#endif
