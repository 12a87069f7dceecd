/* Reading a YAML value into the field that its key stands for. */
#ifndef HARSANYI_CONFIG_KIND_READ_H
#define HARSANYI_CONFIG_KIND_READ_H

#include "base/failure.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/yaml.h"

/* Stores the value of `key` in the config; strings and lists are kept in config->owned. `folder` ("" for none) goes
 * before relative paths. STATUS_INPUT when the value is not allowed; then nothing is stored. */
status_t kind_read(const config_key_t *key, const value_t *value, const char *folder, config_t *config);

#endif
