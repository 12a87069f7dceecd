#include "base/digest.h"

#include <errno.h>
#include <isa-l.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

status_t digest_start(digest_t **out, failure_t *why) {
    *out = EVP_MD_CTX_new();
    if (*out && EVP_DigestInit_ex(*out, EVP_sha256(), NULL) == 1)
        return STATUS_OK;
    digest_discard(out);
    return failed(why, STATUS_INTERNAL, "cannot start SHA-256 (out of memory?)");
}

void digest_add(digest_t *digest, const void *data, size_t bytes) {
    EVP_DigestUpdate(digest, data, bytes);
}

void digest_finish(digest_t **digest, char hex[DIGEST_HEX]) {
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(*digest, raw, &length);
    for (unsigned int i = 0; i < length && i < 32; i++)
        snprintf(hex + (size_t)2 * i, 3, "%02x", raw[i]);
    digest_discard(digest);
}

void digest_discard(digest_t **digest) {
    EVP_MD_CTX_free(*digest);
    *digest = NULL;
}

status_t digest_add_file(digest_t *digest, const char *path, failure_t *why) {
    char buffer[1 << 16];
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) {
        int error = errno;
        if (file)
            fclose(file);
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(error));
    }
    int64_t size = info.st_size;
    digest_add(digest, &size, sizeof size);
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        digest_add(digest, buffer, got);
    bool broken = ferror(file) != 0;
    fclose(file);
    return broken ? failed(why, STATUS_INPUT, "%s: read error", path) : STATUS_OK;
}

uint32_t crc32c(uint32_t before, const void *data, size_t bytes) {
    /* ISA-L works without the customary inversions and takes an int length. */
    unsigned char *at = (unsigned char *)(uintptr_t)data;
    uint32_t crc = ~before;
    while (bytes > 0) {
        int step = bytes > (1 << 30) ? (1 << 30) : (int)bytes;
        crc = crc32_iscsi(at, step, crc);
        at += step;
        bytes -= (size_t)step;
    }
    return ~crc;
}
