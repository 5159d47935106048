#include "bot/base/json.h"

#include "bot/base/text.h"

#include <stdlib.h>
#include <string.h>

/* One walk over a copy of the text checks every byte and makes the tree. Strings stay where they
 * are, decoded in place, for no escape is shorter than what it stands for. A number is moved by one
 * byte, over what stood before it, so that its end can be marked, too. */

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    struct json *next; /* in the same array or object */
    const char *name;
    union {
        const char *text;   /* of a string; of a number as it was written */
        struct json *first; /* of an array or object */
    };
    size_t n; /* elements or members */
    enum json_type type;
};

struct document {     /* lives in its own arena */
    struct json root; /* first: a root is a document */
    struct arena arena;
};

struct scan {
    char *text; /* the copy, NUL at the end; one byte before it is ours, too */
    size_t at, len;
    size_t nodes, max_nodes;
    struct arena *arena;
    struct buf *why;
};

static int fail(const struct scan *s, const char *what)
{
    return buf_fail(s->why, "JSON, byte %zu: %s", s->at, what);
}

static void skip_space(struct scan *s)
{
    const char *p = s->text + s->at;
    while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
        p++;
    s->at = (size_t)(p - s->text);
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
    size_t start = s->at;
    while (is_digit(s->text[s->at]))
        s->at++;
    return s->at - start;
}

static int read_number(struct scan *s, struct json *node)
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
    char *text = s->text + start - 1;
    memmove(text, text + 1, s->at - start);
    text[s->at - start] = '\0';
    node->type = JSON_NUMBER;
    node->text = text;
    return 0;
}

/* The four digits of a \u escape, or -1. */
static int hex4(const char *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(s[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static char *put_utf8(char *to, int c)
{
    int tail = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(marks[tail] | (c >> (6 * tail)));
    while (tail-- > 0)
        *to++ = (char)(0x80 | ((c >> (6 * tail)) & 0x3F));
    return to;
}

/* At the `u` of an escape. */
static int read_unicode_escape(struct scan *s, char **to)
{
    int c = hex4(s->text + s->at + 1);
    if (c < 0)
        return fail(s, "four hexadecimal digits are expected after \\u");
    s->at += 5;
    if (c >= 0xD800 && c <= 0xDBFF && s->text[s->at] == '\\' && s->text[s->at + 1] == 'u') {
        int next = hex4(s->text + s->at + 2);
        if (next >= 0xDC00 && next <= 0xDFFF) {
            s->at += 6;
            c = 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00);
        }
    }
    if (c == 0 || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    *to = put_utf8(*to, c);
    return 0;
}

static int read_escape(struct scan *s, char **to)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = s->text[++s->at];
    const char *letter = c ? strchr(letters, c) : NULL;
    if (c == 'u')
        return read_unicode_escape(s, to);
    if (!letter)
        return fail(s, "unknown escape");
    *(*to)++ = meanings[letter - letters];
    s->at++;
    return 0;
}

/* ASCII that stands for itself in a string. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

/* Past what stands for itself. false: at *p it is not UTF-8. */
static bool skip_plain(const char **p, const char *end)
{
    for (;;) {
        while (is_plain(**p))
            ++*p;
        if ((unsigned char)**p < 0x80)
            return true;
        const char *next = *p;
        if (text_next(&next, end) < 0)
            return false;
        *p = next;
    }
}

static int read_string(struct scan *s, const char **text)
{
    if (!take(s, '"'))
        return fail(s, "a string is expected here");
    char *to = s->text + s->at;
    *text = to;
    for (;;) {
        const char *start = s->text + s->at, *p = start, *end = s->text + s->len;
        bool is_utf8 = skip_plain(&p, end);
        s->at = (size_t)(p - s->text);
        if (!is_utf8)
            return fail(s, "the text is not UTF-8");
        if (to != start)
            memmove(to, start, (size_t)(p - start));
        to += p - start;
        if (take(s, '"'))
            break;
        if (p == end)
            return fail(s, "the text ends inside a string");
        if (*p != '\\')
            return fail(s, "a control character inside a string must be escaped");
        if (read_escape(s, &to) < 0)
            return -1;
    }
    *to = '\0';
    return 0;
}

static int read_scalar(struct scan *s, struct json *node)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};

    node->type = JSON_STRING;
    if (s->text[s->at] == '"')
        return read_string(s, &node->text);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (starts_with(s->text + s->at, words[i].word)) {
            s->at += strlen(words[i].word);
            node->type = words[i].type;
            return 0;
        }
    }
    return read_number(s, node);
}

/* One more element or, where names are, member. NULL: its name is none. */
static struct json *add_node(struct scan *s, struct json *parent)
{
    struct json *node = arena_alloc(s->arena, sizeof(*node));
    parent->n++;
    if (parent->type == JSON_ARRAY)
        return node;
    skip_space(s);
    if (read_string(s, &node->name) < 0)
        return NULL;
    skip_space(s);
    if (take(s, ':'))
        return node;
    fail(s, "a colon is expected after the name");
    return NULL;
}

static bool take_close(struct scan *s, const struct json *node)
{
    return take(s, node->type == JSON_ARRAY ? ']' : '}');
}

/* Not recursive: `open` are the arrays and objects that `node` is in. */
static int read_document(struct scan *s, struct json *node)
{
    struct json *open[JSON_MAX_DEPTH];
    size_t depth = 0;

    for (;;) { /* each turn reads one value */
        skip_space(s);
        if (++s->nodes > s->max_nodes)
            return fail(s, "too many values");
        if (s->text[s->at] == '[' || s->text[s->at] == '{') {
            if (depth == JSON_MAX_DEPTH)
                return fail(s, "nested too deeply");
            node->type = s->text[s->at++] == '[' ? JSON_ARRAY : JSON_OBJECT;
            node->first = NULL;
            skip_space(s);
            if (!take_close(s, node)) {
                open[depth++] = node;
                if (!(node = node->first = add_node(s, node)))
                    return -1;
                continue;
            }
        } else if (read_scalar(s, node) < 0) {
            return -1;
        }
        skip_space(s);
        while (depth && take_close(s, open[depth - 1])) {
            node = open[--depth];
            skip_space(s);
        }
        if (depth == 0)
            return s->at == s->len ? 0 : fail(s, "the text goes on after the value");
        if (!take(s, ','))
            return fail(s, "a comma or a closing bracket is expected here");
        if (!(node = node->next = add_node(s, open[depth - 1])))
            return -1;
    }
}

struct json *json_parse_limits(const char *text, size_t len, size_t max_bytes, size_t max_nodes,
                               struct buf *why)
{
    struct arena arena = ARENA_INIT;
    if (len > max_bytes) {
        buf_fail(why, "JSON: %zu bytes, at most %zu are read", len, max_bytes);
        return NULL;
    }
    struct document *document = arena_alloc(&arena, sizeof(*document));
    char *copy = arena_alloc(&arena, len + 2);
    memcpy(copy + 1, text, len);
    struct scan s = {
        .text = copy + 1, .len = len, .max_nodes = max_nodes, .arena = &arena, .why = why};
    int failed = read_document(&s, &document->root);
    document->arena = arena;
    if (!failed)
        return &document->root;
    json_free(&document->root);
    return NULL;
}

struct json *json_parse(const char *text, size_t len, struct buf *why)
{
    return json_parse_limits(text, len, JSON_MAX_BYTES, JSON_MAX_NODES, why);
}

void json_free(struct json *root)
{
    if (!root)
        return;
    struct arena arena = ((struct document *)root)->arena;
    arena_release(&arena);
}

static const struct json *member(const struct json *object, const char *name, size_t len)
{
    for (const struct json *m = object->first; m; m = m->next)
        if (*m->name == *name && strncmp(m->name, name, len) == 0 && m->name[len] == '\0')
            return m;
    return NULL;
}

static const struct json *element(const struct json *array, const char *index, size_t len)
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
        n += (int64_t)array->n;
    return n < 0 ? NULL : json_item(array, (size_t)n);
}

const struct json *json_at(const struct json *j, const char *path)
{
    while (j && *path) {
        size_t len = (size_t)(strchrnul(path, '.') - path);
        if (j->type == JSON_OBJECT)
            j = member(j, path, len);
        else if (j->type == JSON_ARRAY)
            j = element(j, path, len);
        else
            j = NULL;
        path += len;
        path += *path == '.';
    }
    return j && j->type != JSON_NULL ? j : NULL;
}

size_t json_len(const struct json *j)
{
    return j ? j->n : 0;
}

const struct json *json_item(const struct json *j, size_t n)
{
    const struct json *item = json_len(j) > n ? j->first : NULL;
    while (n-- && item)
        item = item->next;
    return item;
}

const char *json_name(const struct json *j)
{
    return j ? j->name : NULL;
}

/* The text of the value there, if it is of this type. */
static const char *text_of(const struct json *j, const char *path, enum json_type type)
{
    j = json_at(j, path);
    return j && j->type == type ? j->text : NULL;
}

const char *json_str(const struct json *j, const char *path)
{
    return text_of(j, path, JSON_STRING);
}

const char *json_text(const struct json *j, const char *path, struct arena *a)
{
    const char *s = json_str(j, path);

    return s ? arena_strdup(a, s) : "";
}

int64_t json_int(const struct json *j, const char *path, int64_t fallback)
{
    const char *number = text_of(j, path, JSON_NUMBER);
    int64_t value;
    return number && parse_i64(number, &value) == 0 ? value : fallback;
}

bool json_bool(const struct json *j, const char *path)
{
    j = json_at(j, path);
    return j && j->type == JSON_TRUE;
}

bool json_is_array(const struct json *j)
{
    return j && j->type == JSON_ARRAY;
}

bool json_is_object(const struct json *j)
{
    return j && j->type == JSON_OBJECT;
}

const char *json_id(const struct json *j, const char *path, struct arena *a)
{
    const char *number = text_of(j, path, JSON_NUMBER);
    if (!number)
        return arena_strdup(a, json_str(j, path));
    return strpbrk(number, ".eE") ? NULL : arena_strdup(a, number);
}

const char *json_number(const struct json *j, const char *path, struct arena *a)
{
    return arena_strdup(a, text_of(j, path, JSON_NUMBER));
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
    char text[INT_TEXT];
    buf_str(w->out, int_text(text, value));
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
