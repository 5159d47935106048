#include "bot/base/json.h"

#include "bot/base/text.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* cJSON is lenient about syntax and keeps numbers as doubles. So a text passes three steps: our
 * scan checks every byte of a copy, and rewrites in place what cJSON would lose (each number
 * becomes 0, its source text is noted; an escaped NUL or half surrogate pair becomes \uFFFD); cJSON
 * builds the tree; a walk in document order gives each number node its source text, as
 * `valuestring`, which cJSON_Delete frees. */

struct literal {
    size_t start, len;
};

struct scan {
    char *text; /* the copy, NUL at the end */
    size_t at, len;
    size_t nodes, max_nodes;
    struct literal *numbers;
    size_t n_numbers, cap_numbers;
    struct buf *why;
};

static int fail(const struct scan *s, const char *what)
{
    return buf_fail(s->why, "JSON, byte %zu: %s", s->at, what);
}

static void skip_space(struct scan *s)
{
    s->at += strspn(s->text + s->at, " \t\r\n");
}

static bool take(struct scan *s, char c)
{
    if (s->at == s->len || s->text[s->at] != c)
        return false;
    s->at++;
    return true;
}

static size_t take_digits(struct scan *s)
{
    size_t n = strspn(s->text + s->at, "0123456789");

    s->at += n;
    return n;
}

static int scan_number(struct scan *s)
{
    size_t start = s->at;

    take(s, '-');
    if (!take(s, '0') && !take_digits(s))
        return fail(s, "a value is expected here");
    if (take(s, '.') && !take_digits(s))
        return fail(s, "a digit is expected after the point");
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '-'))
            take(s, '+');
        if (!take_digits(s))
            return fail(s, "a digit is expected in the exponent");
    }
    ARRAY_GROW(s->numbers, s->n_numbers, s->cap_numbers);
    s->numbers[s->n_numbers++] = (struct literal){start, s->at - start};
    memset(s->text + start, ' ', s->at - start);
    s->text[start] = '0';
    return 0;
}

/* The four digits of a \u escape, or -1. */
static int hex4(const char *s)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = s[i];
        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* At the `u` of an escape. */
static int scan_unicode_escape(struct scan *s)
{
    char *digits = s->text + s->at + 1;
    int unit = hex4(digits);

    if (unit < 0)
        return fail(s, "four hexadecimal digits are expected after \\u");
    s->at += 5;
    if (unit >= 0xD800 && unit <= 0xDBFF && s->text[s->at] == '\\' && s->text[s->at + 1] == 'u') {
        int next = hex4(s->text + s->at + 2);
        if (next >= 0xDC00 && next <= 0xDFFF) {
            s->at += 6;
            return 0;
        }
    }
    if (unit == 0 || (unit >= 0xD800 && unit <= 0xDFFF))
        memcpy(digits, "FFFD", 4);
    return 0;
}

static int scan_string(struct scan *s)
{
    if (!take(s, '"'))
        return fail(s, "a string is expected here");
    while (!take(s, '"')) {
        const char *p = s->text + s->at, *end = s->text + s->len;
        if (p == end)
            return fail(s, "the text ends inside a string");
        if ((unsigned char)*p < 0x20)
            return fail(s, "a control character inside a string must be escaped");
        if (*p == '\\') {
            s->at++;
            if (p[1] == 'u') {
                if (scan_unicode_escape(s) < 0)
                    return -1;
            } else if (p[1] && strchr("\"\\/bfnrt", p[1])) {
                s->at++;
            } else {
                return fail(s, "unknown escape");
            }
        } else {
            if (text_next(&p, end) < 0)
                return fail(s, "the text is not UTF-8");
            s->at = (size_t)(p - s->text);
        }
    }
    return 0;
}

static int scan_scalar(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};

    if (s->text[s->at] == '"')
        return scan_string(s);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (starts_with(s->text + s->at, words[i])) {
            s->at += strlen(words[i]);
            return 0;
        }
    }
    return scan_number(s);
}

static int scan_name(struct scan *s)
{
    skip_space(s);
    if (scan_string(s) < 0)
        return -1;
    skip_space(s);
    return take(s, ':') ? 0 : fail(s, "a colon is expected after the name");
}

/* Not recursive: `closers` holds the bracket that ends each open array or object. */
static int scan_document(struct scan *s)
{
    char closers[JSON_MAX_DEPTH];
    size_t depth = 0;

    for (;;) { /* each turn reads one value */
        skip_space(s);
        if (++s->nodes > s->max_nodes)
            return fail(s, "too many values");
        if (s->text[s->at] == '[' || s->text[s->at] == '{') {
            if (depth == JSON_MAX_DEPTH)
                return fail(s, "nested too deeply");
            closers[depth++] = s->text[s->at++] == '[' ? ']' : '}';
            skip_space(s);
            if (!take(s, closers[depth - 1])) {
                if (closers[depth - 1] == '}' && scan_name(s) < 0)
                    return -1;
                continue;
            }
            depth--;
        } else if (scan_scalar(s) < 0) {
            return -1;
        }
        skip_space(s);
        while (depth && take(s, closers[depth - 1])) {
            depth--;
            skip_space(s);
        }
        if (depth == 0)
            return s->at == s->len ? 0 : fail(s, "the text goes on after the value");
        if (!take(s, ','))
            return fail(s, "a comma or a closing bracket is expected here");
        if (closers[depth - 1] == '}' && scan_name(s) < 0)
            return -1;
    }
}

/* `literals` moves past those that were given out. */
static void attach_numbers(cJSON *node, const char *text, const struct literal **literals)
{
    for (; node; node = node->next) {
        if (cJSON_IsNumber(node)) {
            node->valuestring = xstrndup(text + (*literals)->start, (*literals)->len);
            (*literals)++;
        }
        attach_numbers(node->child, text, literals);
    }
}

struct json *json_parse_limits(const char *text, size_t len, size_t max_bytes, size_t max_nodes,
                               struct buf *why)
{
    struct scan s = {.len = len, .max_nodes = max_nodes, .why = why};
    const struct literal *literals;
    cJSON *root = NULL;

    if (len > max_bytes) {
        buf_fail(why, "JSON: %zu bytes, at most %zu are read", len, max_bytes);
        return NULL;
    }
    s.text = xmalloc(len + 1);
    memcpy(s.text, text, len);
    s.text[len] = '\0';
    if (scan_document(&s) < 0)
        goto out;
    root = cJSON_ParseWithLengthOpts(s.text, len + 1, NULL, true);
    literals = s.numbers;
    if (root)
        attach_numbers(root, text, &literals);
    else
        buf_fail(why, "JSON: cJSON refuses the text");
out:
    free(s.numbers);
    free(s.text);
    return (struct json *)root;
}

struct json *json_parse(const char *text, size_t len, struct buf *why)
{
    return json_parse_limits(text, len, JSON_MAX_BYTES, JSON_MAX_NODES, why);
}

void json_free(struct json *root)
{
    cJSON_Delete((cJSON *)root);
}

/* struct json is never defined: a pointer to one is a pointer to a cJSON node. */
static const cJSON *node_of(const struct json *j)
{
    return (const cJSON *)j;
}

static const struct json *json_of(const cJSON *node)
{
    return (const struct json *)node;
}

static const cJSON *member(const cJSON *object, const char *name, size_t len)
{
    for (const cJSON *m = object->child; m; m = m->next)
        if (strlen(m->string) == len && memcmp(m->string, name, len) == 0)
            return m;
    return NULL;
}

static const cJSON *element(const cJSON *array, const char *index, size_t len)
{
    char digits[24];
    int64_t n;

    if (len >= sizeof(digits))
        return NULL;
    memcpy(digits, index, len);
    digits[len] = '\0';
    if (parse_i64(digits, &n) < 0)
        return NULL;
    if (n < 0)
        n += cJSON_GetArraySize(array);
    return n < 0 ? NULL : node_of(json_item(json_of(array), (size_t)n));
}

const struct json *json_at(const struct json *j, const char *path)
{
    const cJSON *node = node_of(j);

    while (node && *path) {
        size_t len = strcspn(path, ".");
        if (cJSON_IsObject(node))
            node = member(node, path, len);
        else if (cJSON_IsArray(node))
            node = element(node, path, len);
        else
            node = NULL;
        path += len;
        path += *path == '.';
    }
    return cJSON_IsNull(node) ? NULL : json_of(node);
}

size_t json_len(const struct json *j)
{
    return j ? (size_t)cJSON_GetArraySize(node_of(j)) : 0;
}

const struct json *json_item(const struct json *j, size_t n)
{
    const cJSON *node = j ? node_of(j)->child : NULL;

    while (node && n--)
        node = node->next;
    return json_of(node);
}

const char *json_name(const struct json *j)
{
    return j ? node_of(j)->string : NULL;
}

const char *json_str(const struct json *j, const char *path)
{
    return cJSON_GetStringValue(node_of(json_at(j, path)));
}

int64_t json_int(const struct json *j, const char *path, int64_t fallback)
{
    const cJSON *node = node_of(json_at(j, path));
    int64_t value;

    return cJSON_IsNumber(node) && parse_i64(node->valuestring, &value) == 0 ? value : fallback;
}

bool json_bool(const struct json *j, const char *path)
{
    return cJSON_IsTrue(node_of(json_at(j, path)));
}

bool json_is_array(const struct json *j)
{
    return cJSON_IsArray(node_of(j));
}

bool json_is_object(const struct json *j)
{
    return cJSON_IsObject(node_of(j));
}

const char *json_id(const struct json *j, const char *path, struct arena *a)
{
    const cJSON *node = node_of(json_at(j, path));

    if (cJSON_IsString(node))
        return arena_strdup(a, node->valuestring);
    if (cJSON_IsNumber(node) && !strpbrk(node->valuestring, ".eE"))
        return arena_strdup(a, node->valuestring);
    return NULL;
}

const char *json_number(const struct json *j, const char *path, struct arena *a)
{
    const cJSON *node = node_of(json_at(j, path));
    return cJSON_IsNumber(node) ? arena_strdup(a, node->valuestring) : NULL;
}

/* What JSON does not take as it is. */
static void put_escaped(struct buf *out, int32_t c)
{
    if (c < 0)
        buf_str(out, "\uFFFD");
    else if (c == '"' || c == '\\')
        buf_add(out, (const char[]){'\\', (char)c}, 2);
    else if (c == '\n')
        buf_str(out, "\\n");
    else
        buf_printf(out, "\\u%04x", (unsigned)c);
}

static bool is_plain(char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && (unsigned char)c < 0x80;
}

static void put_quoted(struct buf *out, const char *s)
{
    const char *end = s + strlen(s), *plain = s; /* from there on nothing is written yet */

    buf_char(out, '"');
    while (s < end) {
        if (is_plain(*s)) {
            s++;
            continue;
        }
        const char *start = s;
        int32_t c = text_next(&s, end);
        if (c >= 0x80)
            continue;
        buf_add(out, plain, (size_t)(start - plain));
        put_escaped(out, c);
        plain = s;
    }
    buf_add(out, plain, (size_t)(end - plain));
    buf_char(out, '"');
}

/* What stands before every value: the comma and the name. */
static void put_head(struct json_writer *w, const char *name)
{
    if (w->need_comma)
        buf_char(w->out, ',');
    w->need_comma = true;
    if (name) {
        put_quoted(w->out, name);
        buf_char(w->out, ':');
    }
}

void json_open(struct json_writer *w, const char *name, char bracket)
{
    put_head(w, name);
    buf_char(w->out, bracket);
    w->need_comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    buf_char(w->out, bracket);
    w->need_comma = true;
}

void json_put_str(struct json_writer *w, const char *name, const char *value)
{
    if (!value)
        return;
    put_head(w, name);
    put_quoted(w->out, value);
}

void json_put_int(struct json_writer *w, const char *name, int64_t value)
{
    put_head(w, name);
    buf_printf(w->out, "%lld", (long long)value);
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
    put_head(w, name);
    buf_str(w->out, value ? "true" : "false");
}

void json_put_raw(struct json_writer *w, const char *name, const char *json)
{
    put_head(w, name);
    buf_str(w->out, json);
}
