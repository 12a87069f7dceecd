/* A configuration as text: for /config, for the hash that a resume compares, and for differences. */
#include "config/config.h"
#include "config/keys.h"
#include "config/kinds.h"

#include <string.h>

static unsigned backend_bit(const config_t *config) {
    return 1u << config->model.backend;
}

void config_canonical(const config_t *config, text_t *out) {
    const char *section = "";
    size_t length = 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const config_key_t *key = &KEYS[i];
        if (!(key->backends & backend_bit(config)))
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
        if (KEYS[i].decides & backend_bit(config)) {
            text_add(out, "%s=", KEYS[i].name);
            kind_write(&KEYS[i], config, out);
            text_add(out, "\n");
        }
}

status_t config_science_digest(const config_t *config, char hex[DIGEST_HEX], failure_t *why) {
    digest_t *digest;
    text_t text = {0};
    config_science(config, &text);
    status_t status = digest_start(&digest, why);
    if (status == STATUS_OK) {
        digest_add(digest, text.chars, text.length);
        digest_finish(&digest, hex);
    }
    text_free(&text);
    return status;
}

/* The value, or "not used" when it decides nothing with the config's backend. */
static void write_deciding(const config_key_t *key, const config_t *config, text_t *out) {
    if (key->decides & backend_bit(config))
        kind_write(key, config, out);
    else
        text_add(out, "not used");
}

void config_differences(const config_t *was, const config_t *is, text_t *out) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        text_t before = {0}, after = {0};
        write_deciding(&KEYS[i], was, &before);
        write_deciding(&KEYS[i], is, &after);
        if (strcmp(before.chars, after.chars) != 0)
            text_add(out, "%s: was %s, is %s\n", KEYS[i].name, before.chars, after.chars);
        text_free(&before);
        text_free(&after);
    }
}
