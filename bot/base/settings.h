/* Settings: rows in tables beside the code that uses them; values from .env and the environment
 * (which wins).
 *
 * --help, .env.example and every error text come from the rows. A setting asked for by a name that
 * no row has is a bug and ends the process. */
#ifndef ZAIDE_BASE_SETTINGS_H
#define ZAIDE_BASE_SETTINGS_H

#include "bot/base/buf.h"

#include <stdio.h>

enum setting_type {
    SETTING_TEXT,
    SETTING_INT,      /* min..max */
    SETTING_DURATION, /* 15m; min..max in ms */
    SETTING_CHOICE,   /* one of `choices`, "ask|on" */
    SETTING_LIST,     /* comma-separated, one item at least; with `choices` each is one of them */
    SETTING_URL,      /* http:// or https:// */
    SETTING_SECRET    /* text that is never printed; its comma-separated items go to log_secret */
};

struct setting {
    const char *name; /* capitals, digits and _, at most 40 */
    const char *help; /* one line or several */
    enum setting_type type;
    const char *fallback; /* NULL: unset */
    const char *choices;
    int64_t min, max; /* both 0: no limits */
};

struct settings;

struct settings *settings_new(void);
void settings_free(struct settings *s);

/* Add a table (ends with a row whose name is NULL). The rows must outlive the settings. `title`
 * heads them in --help. A name that is there twice, or a fallback not allowed, ends the process. */
void settings_add(struct settings *s, const char *title, const struct setting *rows);

/* Read `path` (may be absent or NULL) and then `environment`, whose other variables are not ours.
 * Lines: NAME=value, `#` comments, optional quotes (nothing is special between them), optional
 * `export `. An empty value means the fallback. -1: unknown name in the file, a wrong value, or a
 * file with a secret that group or others can read; `why` names the file and line, the setting, the
 * value (never a secret's) and what is allowed, or gives the command that mends it. The first fault
 * is told, and the settings are to be thrown away. */
MUST_USE int settings_load(struct settings *s, const char *path, char **environment,
                           struct buf *why);

/* Set one value (tests, command line); "" means the fallback again. -1 as above. */
MUST_USE int settings_set(struct settings *s, const char *name, const char *value, struct buf *why);

/* The text as written; NULL when unset. */
const char *settings_get(const struct settings *s, const char *name);
bool settings_has(const struct settings *s, const char *name);

/* An INT as is, a DURATION in ms; 0 when unset. */
int64_t settings_int(const struct settings *s, const char *name);

/* Of a CHOICE; `choice` must be one of its choices. */
bool settings_is(const struct settings *s, const char *name, const char *choice);

/* The n-th item of a comma-separated value, trimmed, in place of what `out` held; false past the
 * end. Empty items do not count. */
bool settings_item(const struct settings *s, const char *name, size_t n, struct buf *out);

/* Names of all settings that start with `prefix`, in table order: NULL past the end. */
const char *settings_name(const struct settings *s, const char *prefix, size_t n);

void settings_print_help(const struct settings *s, FILE *out);    /* for --help */
void settings_print_example(const struct settings *s, FILE *out); /* the text of .env.example */

#endif
