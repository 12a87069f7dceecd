/* The value of a key as text, and its allowed values. */
#ifndef HARSANYI_CONFIG_KIND_TEXT_H
#define HARSANYI_CONFIG_KIND_TEXT_H

#include "base/text.h"
#include "config/config.h"
#include "config/keys.h"

/* Adds the key's value in the config as YAML on one line, so that kind_read restores it. Numbers are in the
 * shortest exact form, strings in double quotes. */
void kind_write(const config_key_t *key, const config_t *config, text_t *out);

/* Adds the allowed values: "a whole number from 0 to 100". */
void kind_allowed(const config_key_t *key, text_t *out);

#endif
