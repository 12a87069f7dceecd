/* The values of keys: reading one from YAML into the field that its key stands for, writing it back, and saying what is
 * allowed. */
#ifndef HARSANYI_CONFIG_KINDS_H
#define HARSANYI_CONFIG_KINDS_H

#include "base/text.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/yaml.h"

/* Stores the value of `key` in the config; strings may point into the value, lists are kept in config->owned. `folder`
 * ("" for none) goes before relative paths. False when the value is not allowed. */
bool kind_read(const config_key_t *key, const value_t *value, const char *folder, config_t *config);

/* Adds the key's value in the config as YAML on one line, so that kind_read restores it. Numbers are in the
 * shortest exact form, strings in double quotes. */
void kind_write(const config_key_t *key, const config_t *config, text_t *out);

/* Adds the allowed values: "a whole number from 0 to 100". */
void kind_allowed(const config_key_t *key, text_t *out);

#endif
