/* The value of a key as text, and what may be given for it. */
#ifndef HARSANYI_CONFIG_KIND_TEXT_H
#define HARSANYI_CONFIG_KIND_TEXT_H

#include "base/text.h"
#include "config/config.h"
#include "config/keys.h"

/* Adds the key's value in the config as YAML on one line, such that kind_read gives the same back. Numbers are in the
 * shortest exact form, strings in double quotes. */
void kind_write(const config_key_t *key, const config_t *config, text_t *out);

/* Adds what may be given: "a whole number from 0 to 100". */
void kind_allowed(const config_key_t *key, text_t *out);

#endif
