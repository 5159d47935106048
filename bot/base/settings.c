#include "bot/base/settings.h"
#include "bot/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE     (256 * 1024)
#define MAX_NAME_LEN 40
#define BLANKS       " \t\r" /* \r: files from Windows */

struct entry {
    const struct setting *row;
    const char *title;
    char *value; /* NULL: the row's fallback */
};

struct settings {
    struct entry *entries;
    size_t n, cap;
};

/* Lists */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next item of a comma-separated list, trimmed, from `*p` on; empty ones are passed over. */
static bool next_item(const char **p, const char **item, size_t *len)
{
    *item = *p += strspn(*p, "," BLANKS);
    *len = strcspn(*item, ",");
    *p += *len;
    while (*len && is_blank((*item)[*len - 1]))
        --*len;
    return *len > 0;
}

static bool is_choice(const char *choices, const char *item, size_t len)
{
    for (const char *p = choices; *p; p += *p == '|') {
        size_t choice_len = strcspn(p, "|");
        if (choice_len == len && memcmp(p, item, len) == 0)
            return true;
        p += choice_len;
    }
    return false;
}

/* What a row takes, in words and in checks */

static void add_duration(struct buf *out, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;
    while (ms % units[i].ms != 0 || (ms == 0 && units[i].ms != 1000))
        i++;
    buf_printf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

static void add_limits(struct buf *out, const struct setting *row)
{
    if (!row->min && !row->max)
        return;
    if (row->type == SETTING_DURATION) {
        buf_str(out, ", from ");
        add_duration(out, row->min);
        buf_str(out, " to ");
        add_duration(out, row->max);
    } else {
        buf_printf(out, ", from %" PRId64 " to %" PRId64, row->min, row->max);
    }
}

static void add_choices(struct buf *out, const char *before, const char *choices)
{
    buf_str(out, before);
    for (size_t len; *choices; choices += len + (choices[len] == '|')) {
        len = strcspn(choices, "|");
        buf_add(out, choices, len);
        buf_str(out, choices[len] ? ", " : "");
    }
}

/* "a whole number, from 1 to 9"; nothing for a text that may be anything. */
static void add_allowed(struct buf *out, const struct setting *row)
{
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_SECRET:
        break;
    case SETTING_INT:
        buf_str(out, "a whole number");
        add_limits(out, row);
        break;
    case SETTING_DURATION:
        buf_str(out, "a time like 250ms, 15s, 10m, 24h or 90d");
        add_limits(out, row);
        break;
    case SETTING_CHOICE:
        add_choices(out, "one of: ", row->choices);
        break;
    case SETTING_LIST:
        if (row->choices)
            add_choices(out, "one or more, with commas between, of: ", row->choices);
        else
            buf_str(out, "one or more, with commas between");
        break;
    case SETTING_URL:
        buf_str(out, "an address that begins with https:// or http://");
        break;
    }
}

static bool is_in_limits(const struct setting *row, int64_t value)
{
    return (!row->min && !row->max) || (value >= row->min && value <= row->max);
}

static bool is_url(const char *s)
{
    size_t scheme = starts_with(s, "https://") ? 8 : starts_with(s, "http://") ? 7 : 0;
    if (!scheme || !s[scheme] || strchr("/?#:", s[scheme]))
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || *s == 0x7f)
            return false;
    return true;
}

static bool is_allowed(const struct setting *row, const char *value)
{
    int64_t number;
    const char *item;
    size_t len, n = 0;
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_SECRET:
        return true;
    case SETTING_INT:
        return parse_i64(value, &number) == 0 && is_in_limits(row, number);
    case SETTING_DURATION:
        return parse_duration(value, &number) == 0 && is_in_limits(row, number);
    case SETTING_CHOICE:
        return is_choice(row->choices, value, strlen(value));
    case SETTING_LIST:
        for (; next_item(&value, &item, &len); n++)
            if (row->choices && !is_choice(row->choices, item, len))
                return false;
        return n > 0;
    case SETTING_URL:
        return is_url(value);
    }
    return false;
}

/* Rows */

struct settings *settings_new(void)
{
    return xcalloc(1, sizeof(struct settings));
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->entries[i].value);
    free(s->entries);
    free(s);
}

static struct entry *find(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(s->entries[i].row->name, name))
            return &s->entries[i];
    return NULL;
}

static const struct entry *must_find(const struct settings *s, const char *name)
{
    const struct entry *e = find(s, name);
    if (!e)
        die("no table of settings has a row %s", name);
    return e;
}

void settings_add(struct settings *s, const char *title, const struct setting *rows)
{
    for (const struct setting *row = rows; row->name; row++) {
        if (find(s, row->name) || strlen(row->name) > MAX_NAME_LEN)
            die("the setting %s is there twice, or its name is too long", row->name);
        if ((row->type == SETTING_CHOICE && !row->choices) || row->min > row->max)
            die("the setting %s has no choices, or limits that nothing can keep", row->name);
        if (row->fallback && !is_allowed(row, row->fallback))
            die("the setting %s does not allow its own fallback %s", row->name, row->fallback);
        ARRAY_GROW(s->entries, s->n, s->cap);
        s->entries[s->n++] = (struct entry){.row = row, .title = title};
    }
}

/* Values */

static int fail_unknown(const struct settings *s, const char *where, const char *name,
                        struct buf *why)
{
    const char *nearest = NULL;
    size_t best = strlen(name) / 3 + 1; /* farther than that it is another word */
    for (size_t i = 0; i < s->n; i++) {
        size_t distance = edit_distance(name, s->entries[i].row->name);
        if (distance < best) {
            best = distance;
            nearest = s->entries[i].row->name;
        }
    }
    if (nearest)
        return buf_fail(why, "%sno setting is named %s; did you mean %s?", where, name, nearest);
    return buf_fail(why, "%sno setting is named %s; `zaide --help` lists them all", where, name);
}

static void hide_secret(const char *value)
{
    const char *p = value, *item;
    size_t len;
    log_secret(value);
    while (next_item(&p, &item, &len)) {
        char *copy = xstrndup(item, len);
        log_secret(copy);
        free(copy);
    }
}

/* `where` ("file:line: " or "") opens the error text. */
static int set_entry(struct entry *e, const char *where, const char *value, struct buf *why)
{
    const struct setting *row = e->row;
    if (*value && !is_allowed(row, value)) {
        struct buf allowed = BUF_INIT(4096), shown = BUF_INIT(4096);
        add_allowed(&allowed, row);
        buf_str(&shown, value);
        log_mask(&shown); /* it may be a token in the wrong row */
        buf_fail(why, "%s%s takes %s, not \"%s\"", where, row->name, allowed.data, shown.data);
        buf_release(&allowed);
        buf_release(&shown);
        return -1;
    }
    free(e->value);
    e->value = *value ? xstrdup(value) : NULL;
    if (row->type == SETTING_SECRET)
        hide_secret(value);
    return 0;
}

int settings_set(struct settings *s, const char *name, const char *value, struct buf *why)
{
    struct entry *e = find(s, name);
    return e ? set_entry(e, "", value, why) : fail_unknown(s, "", name, why);
}

/* The file */

static char *skip_blanks(char *p)
{
    return p + strspn(p, BLANKS);
}

/* Cuts `NAME=value` into its two parts in place. 1: done, 0: nothing in this line, -1: neither. */
static int split_line(char *line, char **name, char **value)
{
    char *p = skip_blanks(line);
    if (!*p || *p == '#')
        return 0;
    if (starts_with(p, "export ") || starts_with(p, "export\t"))
        p = skip_blanks(p + 7);
    size_t len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    char *equals = skip_blanks(p + len);
    if (!len || *equals != '=')
        return -1;
    *name = p;
    p[len] = '\0';

    *value = p = skip_blanks(equals + 1);
    if (*p == '"' || *p == '\'') {
        char *end = strchr(p + 1, *p);
        char after = end ? *skip_blanks(end + 1) : '?';
        if (after && after != '#')
            return -1;
        *value = p + 1;
        *end = '\0';
        return 1;
    }
    while (*p && !(*p == '#' && is_blank(p[-1])))
        p++;
    while (p > *value && is_blank(p[-1]))
        p--;
    *p = '\0';
    return 1;
}

static int load_line(struct settings *s, const char *where, const char *path, mode_t mode,
                     char *line, struct buf *why)
{
    char *name, *value;
    int parts = split_line(line, &name, &value);
    if (parts == 0)
        return 0;
    if (parts < 0) /* the line itself is not shown: it may be half a token */
        return buf_fail(why, "%sexpected NAME=value, the name in capitals, quotes closed", where);
    struct entry *e = find(s, name);
    if (!e)
        return fail_unknown(s, where, name, why);
    if (e->row->type == SETTING_SECRET && *value && mode & 077)
        return buf_fail(why, "%s%s is secret, but others can read this file: chmod 600 %s", where,
                        name, path);
    return set_entry(e, where, value, why);
}

/* 0 with the whole file in `text` (empty where there is none) and its mode. */
static int read_file(const char *path, struct buf *text, mode_t *mode, struct buf *why)
{
    char chunk[4096];
    struct stat st;
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd >= 0 && fstat(fd, &st) == 0)
        while (!buf_over(text) && (n = read(fd, chunk, sizeof(chunk))) > 0)
            buf_add(text, chunk, (size_t)n);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return buf_fail(why, "cannot read %s: %s", path, strerror(error));
    if (buf_over(text) || strlen(text->data) != text->len)
        return buf_fail(why, "%s is no text file of at most %d KB", path, MAX_FILE / 1024);
    *mode = st.st_mode;
    return 0;
}

static int load_file(struct settings *s, const char *path, struct buf *why)
{
    struct buf text = BUF_INIT(MAX_FILE), where = BUF_INIT(4096);
    mode_t mode = 0;
    int rc = read_file(path, &text, &mode, why);
    char *line = text.data;
    if (starts_with(line, "\xef\xbb\xbf")) /* how some editors begin a file */
        line += 3;
    for (int number = 1; rc == 0 && *line; number++) {
        char *end = line + strcspn(line, "\n"), *next = *end ? end + 1 : end;
        *end = '\0';
        buf_clear(&where);
        buf_printf(&where, "%s:%d: ", path, number);
        rc = load_line(s, where.data, path, mode, line, why);
        line = next;
    }
    buf_release(&where);
    buf_release(&text);
    return rc;
}

int settings_load(struct settings *s, const char *path, char **environment, struct buf *why)
{
    if (path && load_file(s, path, why) < 0)
        return -1;
    for (char **p = environment; p && *p; p++) {
        char *equals = strchr(*p, '=');
        if (!equals)
            continue;
        char *name = xstrndup(*p, (size_t)(equals - *p));
        struct entry *e = find(s, name); /* the others are not ours */
        free(name);
        if (e && set_entry(e, "environment: ", equals + 1, why) < 0)
            return -1;
    }
    return 0;
}

/* Answers */

const char *settings_get(const struct settings *s, const char *name)
{
    const struct entry *e = must_find(s, name);
    return e->value ? e->value : e->row->fallback;
}

bool settings_has(const struct settings *s, const char *name)
{
    return settings_get(s, name) != NULL;
}

int64_t settings_int(const struct settings *s, const char *name)
{
    enum setting_type type = must_find(s, name)->row->type;
    const char *value = settings_get(s, name);
    int64_t number = 0;
    if (type != SETTING_INT && type != SETTING_DURATION)
        die("the setting %s is no number", name);
    if (!value)
        return 0;
    int rc = type == SETTING_INT ? parse_i64(value, &number) : parse_duration(value, &number);
    if (rc < 0)
        die("the setting %s was not checked", name);
    return number;
}

bool settings_is(const struct settings *s, const char *name, const char *choice)
{
    const struct setting *row = must_find(s, name)->row;
    if (row->type != SETTING_CHOICE || !is_choice(row->choices, choice, strlen(choice)))
        die("%s is no choice of the setting %s", choice, name);
    return str_eq(settings_get(s, name), choice);
}

bool settings_item(const struct settings *s, const char *name, size_t n, struct buf *out)
{
    const char *p = settings_get(s, name), *item;
    size_t len;
    buf_clear(out);
    while (p && next_item(&p, &item, &len)) {
        if (n-- == 0) {
            buf_add(out, item, len);
            return true;
        }
    }
    return false;
}

const char *settings_name(const struct settings *s, const char *prefix, size_t n)
{
    for (size_t i = 0; i < s->n; i++)
        if (starts_with(s->entries[i].row->name, prefix) && n-- == 0)
            return s->entries[i].row->name;
    return NULL;
}

/* Help */

static const char *shown_default(const struct setting *row)
{
    return row->fallback && row->type != SETTING_SECRET ? row->fallback : "";
}

static bool opens_group(const struct settings *s, size_t i)
{
    return i == 0 || !str_eq(s->entries[i].title, s->entries[i - 1].title);
}

/* `text` line by line: what stands before the first line, what before the others. */
static void print_lines(FILE *out, const char *text, const char *first, const char *others)
{
    for (const char *before = first; *text; before = others) {
        size_t len = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", before, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

void settings_print_help(const struct settings *s, FILE *out)
{
    char first[MAX_NAME_LEN + 5], others[MAX_NAME_LEN + 5];
    struct buf text = BUF_INIT(16 * 1024);
    size_t width = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t len = strlen(s->entries[i].row->name);
        width = len > width ? len : width;
    }
    snprintf(others, sizeof(others), "  %*s  ", (int)width, "");
    for (size_t i = 0; i < s->n; i++) {
        const struct setting *row = s->entries[i].row;
        if (opens_group(s, i))
            fprintf(out, "%s%s\n", i ? "\n" : "", s->entries[i].title);
        buf_clear(&text);
        buf_printf(&text, "%s\n", row->help);
        size_t help_len = text.len;
        add_allowed(&text, row);
        if (*shown_default(row))
            buf_printf(&text, "%sdefault: %s", text.len > help_len ? "; " : "", shown_default(row));
        snprintf(first, sizeof(first), "  %-*s  ", (int)width, row->name);
        print_lines(out, text.data, first, others);
    }
    buf_release(&text);
}

void settings_print_example(const struct settings *s, FILE *out)
{
    struct buf text = BUF_INIT(16 * 1024);
    fputs("# Copy this file to .env, uncomment what you change, and run: chmod 600 .env\n"
          "# A variable of the same name in the environment wins.\n",
          out);
    for (size_t i = 0; i < s->n; i++) {
        const struct setting *row = s->entries[i].row;
        if (opens_group(s, i))
            fprintf(out, "\n# == %s ==\n", s->entries[i].title);
        buf_clear(&text);
        buf_printf(&text, "%s\n", row->help);
        add_allowed(&text, row);
        fputc('\n', out);
        print_lines(out, text.data, "# ", "# ");
        const char *value = shown_default(row);
        const char *quote = !strpbrk(value, BLANKS "#'\"") ? "" : strchr(value, '"') ? "'" : "\"";
        fprintf(out, "# %s=%s%s%s\n", row->name, quote, value, quote);
    }
    buf_release(&text);
}
