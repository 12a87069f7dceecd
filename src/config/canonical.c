/* A configuration as text: for /config, for the hash that a resume compares, and for differences; its keys for --help.
 */
#include "base/memory.h"
#include "config/config.h"
#include "config/keys.h"

#include <string.h>

/* Whether a key plays a part: it does not without sparse.kinds, when it says how to solve for them. */
static bool is_used(const config_t *config, const config_key_t *key, unsigned backends) {
    return (backends & 1u << config->model.backend) &&
           (config->statistics.sparse.kinds != SPARSE_NONE || !keys_is_sparse(key));
}

void config_canonical(const config_t *config, text_t *out) {
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const config_key_t *key = &KEYS[i];
        if (!is_used(config, key, key->backends))
            continue;
        if (strncmp(key->name, section, length + 1) != 0 || length == 0) {
            section = key->name;
            length = strcspn(section, ".");
            text_add(out, "%.*s:\n", (int)length, section);
        }
        text_add(out, "  %s: ", key->name + length + 1);
        kind_write(key, config, out);
        text_add(out, "\n");
    }
}

void config_science(const config_t *config, text_t *out) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (is_used(config, &KEYS[i], KEYS[i].decides)) {
            text_add(out, "%s=", KEYS[i].name);
            kind_write(&KEYS[i], config, out);
            text_add(out, "\n");
        }
}

status_t config_science_digest(const config_t *config, char hex[DIGEST_HEX], failure_t *why) {
    digest_t *digest;
    text_t text CLEANUP(text_free) = {0};
    config_science(config, &text);
    TRY(digest_start(&digest, why));
    digest_add(digest, text.chars, text.length);
    digest_finish(&digest, hex);
    return STATUS_OK;
}

/* The value, or "not used" when it decides nothing with the config's backend. */
static void write_deciding(const config_key_t *key, const config_t *config, text_t *out) {
    if (is_used(config, key, key->decides))
        kind_write(key, config, out);
    else
        text_add(out, "not used");
}

void config_differences(const config_t *was, const config_t *is, text_t *out) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        text_t before CLEANUP(text_free) = {0}, after CLEANUP(text_free) = {0};
        write_deciding(&KEYS[i], was, &before);
        write_deciding(&KEYS[i], is, &after);
        if (strcmp(before.chars, after.chars) != 0)
            text_add(out, "%s: was %s, is %s\n", KEYS[i].name, before.chars, after.chars);
    }
}

/* ---- --help ---- */

enum { HELP_WIDTH = 100, HELP_INDENT = 6 };

/* Words of `text` in lines of at most HELP_WIDTH columns. */
static void print_wrapped(const char *text, FILE *out) {
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column == 0 || column + 1 + word > HELP_WIDTH) {
            fprintf(out, "%s%*s", column == 0 ? "" : "\n", HELP_INDENT, "");
            column = HELP_INDENT;
        } else {
            column += (size_t)fprintf(out, " ");
        }
        column += (size_t)fprintf(out, "%.*s", (int)word, text);
        text += word + (text[word] == ' ');
    }
    fprintf(out, "\n");
}

void config_print_help(FILE *out) {
    fprintf(out, "\nKeys of the configuration, their defaults, and what may be given:\n");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        text_t allowed CLEANUP(text_free) = {0};
        kind_allowed(&KEYS[i], &allowed);
        fprintf(out, "  %s: %s   (%s)\n", KEYS[i].name, KEYS[i].fallback ? KEYS[i].fallback : "required",
                allowed.chars);
        print_wrapped(KEYS[i].help, out);
    }
}
