#include "cli/completion.h"

#include "config/keys.h"

#include <string.h>

/* ---- what the tables say ---- */

static bool takes_key(const option_t *option) {
    return option->argument && strcmp(option->argument, "KEY=VALUE") == 0;
}

static bool takes_file(const option_t *option) {
    static const char *const NAMES[] = {"FILE", "OUT", "DIR"};
    for (size_t i = 0; option->argument && i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(option->argument, NAMES[i]) == 0)
            return true;
    return false;
}

/* The words that a key may be, ended by NULL; NULL: anything else. */
static const char *const *words_of(const config_key_t *key) {
    static const char *const TRUTH[] = {"true", "false", NULL};
    return key->rule.kind == KIND_BOOL ? TRUTH : key->rule.kind == KIND_WORD ? key->rule.words : NULL;
}

static void put_words(const char *const *words, FILE *out) {
    for (size_t i = 0; words[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", words[i]);
}

/* ---- bash: the options of each command, and `nothing`, those whose argument is neither a file nor a key ---- */

static void put_bash_command(const command_t *command, FILE *out) {
    fprintf(out, "    %s)\n        options='", command->name);
    for (const option_t *option = command->options; option->name; option++)
        fprintf(out, "--%s ", option->name);
    fprintf(out, "--%s'\n        nothing='", OPTION_HELP.name);
    for (const option_t *option = command->options; option->name; option++)
        if (option->argument && !takes_file(option) && !takes_key(option))
            fprintf(out, " --%s ", option->name);
    fprintf(out, "' ;;\n");
}

/* Readline breaks words at '=', so a value stands two words after its key. */
void completion_bash(const command_t *const *commands, FILE *out) {
    fprintf(out, "# What bash completes after harsanyi; made by the program from its tables.\n"
                 "_harsanyi() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} key options nothing\n"
                 "    local keys='");
    for (size_t i = 0; i < KEY_COUNT; i++)
        fprintf(out, "%s%s=", i ? " " : "", KEYS[i].name);
    fprintf(out, "'\n    COMPREPLY=()\n    if ((COMP_CWORD == 1)); then\n        COMPREPLY=($(compgen -W '");
    for (size_t i = 0; commands[i]; i++)
        fprintf(out, "%s ", commands[i]->name);
    fprintf(out, "--help --version' -- \"$word\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n");
    for (size_t i = 0; commands[i]; i++)
        put_bash_command(commands[i], out);
    fprintf(out, "    *) return ;;\n    esac\n"
                 "    key=$before\n"
                 "    [[ $word == = ]] && word= || key=\n"
                 "    [[ $before == = ]] && key=${COMP_WORDS[COMP_CWORD - 2]}\n"
                 "    case $key in\n");
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (words_of(&KEYS[i])) {
            fprintf(out, "    %s) COMPREPLY=($(compgen -W '", KEYS[i].name);
            put_words(words_of(&KEYS[i]), out);
            fprintf(out, "' -- \"$word\")) && return ;;\n");
        }
    fprintf(out, "    esac\n"
                 "    if [[ $before == --set ]]; then\n"
                 "        compopt -o nospace 2>/dev/null\n"
                 "        COMPREPLY=($(compgen -W \"$keys\" -- \"$word\"))\n"
                 "    elif [[ $nothing == *\" $before \"* ]]; then\n"
                 "        compopt +o default 2>/dev/null\n"
                 "    elif [[ $word == -* ]]; then\n"
                 "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                 "    fi\n}\n"
                 "complete -o default -F _harsanyi harsanyi\n");
}

/* ---- zsh ---- */

/* Inside single quotes, where brackets and colons separate. */
static void put_quoted(const char *text, FILE *out) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, "%s%c", strchr("[]:\\", *text) ? "\\" : "", *text);
}

static void put_zsh_option(const option_t *option, FILE *out) {
    fprintf(out, " \\\n            ");
    if (option->letter)
        fprintf(out, "'(-%c --%s)'{-%c,--%s}'[", option->letter, option->name, option->letter, option->name);
    else
        fprintf(out, "'%s--%s[", option->repeats ? "*" : "", option->name);
    put_quoted(option->help, out);
    fprintf(out, "]");
    if (option->argument) {
        fprintf(out, ":");
        put_quoted(option->argument, out);
        fprintf(out, ":%s", takes_key(option) ? "_harsanyi_keys" : takes_file(option) ? "_files" : " ");
    }
    fprintf(out, "'");
}

static void put_zsh_command(const command_t *command, FILE *out) {
    fprintf(out, "    %s)\n        _arguments", command->name);
    for (const option_t *option = command->options; option->name; option++)
        put_zsh_option(option, out);
    put_zsh_option(&OPTION_HELP, out);
    if (*command->operands)
        fprintf(out, " \\\n            '*:%s:_files'", command->operands);
    fprintf(out, " ;;\n");
}

static void put_zsh_keys(FILE *out) {
    fprintf(out, "_harsanyi_keys() {\n    _values -S = key");
    for (size_t i = 0; i < KEY_COUNT; i++) {
        fprintf(out, " \\\n        '%s[", KEYS[i].name);
        put_quoted(KEYS[i].help, out);
        fprintf(out, "]:value:(");
        if (words_of(&KEYS[i]))
            put_words(words_of(&KEYS[i]), out);
        fprintf(out, ")'");
    }
    fprintf(out, "\n}\n");
}

void completion_zsh(const command_t *const *commands, FILE *out) {
    fprintf(out, "#compdef harsanyi\n# What zsh completes; made by the program from its tables.\n");
    put_zsh_keys(out);
    fprintf(out, "_harsanyi() {\n    local -a commands=(");
    for (size_t i = 0; commands[i]; i++) {
        fprintf(out, "\n        '%s:", commands[i]->name);
        put_quoted(commands[i]->summary, out);
        fprintf(out, "'");
    }
    fprintf(out, ")\n    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n"
                 "    shift words\n    ((CURRENT--))\n    case $words[1] in\n");
    for (size_t i = 0; commands[i]; i++)
        put_zsh_command(commands[i], out);
    fprintf(out, "    esac\n}\n_harsanyi \"$@\"\n");
}
