/* Strict JSON in and out.
 *
 * Parsing accepts exactly RFC 8259 (JSONTestSuite's y files pass, its n files fail), well-formed
 * UTF-8, at most 1 MB, 64 levels and 10,000 values. An escaped NUL (our strings end there) or half
 * a surrogate pair is read as U+FFFD: it is valid JSON, and must not make a whole batch of messages
 * unreadable. Numbers keep their source text, so ids above 2^53 keep every digit. Of members with
 * one name the first counts.
 *
 * A path is member names and indexes joined by dots: "message.photo.-1.file_id" (-1 is the last
 * element). Every function that takes a value takes NULL for one that is absent. */
#ifndef ZAIDE_BASE_JSON_H
#define ZAIDE_BASE_JSON_H

#include "bot/base/arena.h"
#include "bot/base/buf.h"

#define JSON_MAX_BYTES (1024 * 1024)
#define JSON_MAX_DEPTH 64
#define JSON_MAX_NODES 10000

struct json; /* one value inside a document */

/* NULL on error, with the byte offset and the reason (never a piece of the text) in `why`. Free the
 * root with json_free. */
struct json *json_parse(const char *text, size_t len, struct buf *why);
/* The same with own limits, for what we wrote ourselves or for spec files in tests. */
struct json *json_parse_limits(const char *text, size_t len, size_t max_bytes, size_t max_nodes,
                               struct buf *why);
void json_free(struct json *root);

/* NULL when absent or null; "" is j itself. */
const struct json *json_at(const struct json *j, const char *path);
size_t json_len(const struct json *j); /* elements or members; 0 for others */
/* n-th element or member value, or NULL past the end. Walks n steps. */
const struct json *json_item(const struct json *j, size_t n);
const char *json_name(const struct json *j); /* member name of this value, or NULL */

/* NULL unless a string; lives with the root. */
const char *json_str(const struct json *j, const char *path);
/* A string to keep, as a text of ours: "" unless it is one. */
const char *json_text(const struct json *j, const char *path, struct arena *a);
/* Digits that fit int64, else fallback (so for 1.0 and 1e3). */
int64_t json_int(const struct json *j, const char *path, int64_t fallback);
bool json_bool(const struct json *j, const char *path); /* true only for true */
bool json_is_array(const struct json *j);
bool json_is_object(const struct json *j);
/* Integer or string as text, of any length; NULL for others. */
const char *json_id(const struct json *j, const char *path, struct arena *a);
/* Any number as it was written; NULL for others. */
const char *json_number(const struct json *j, const char *path, struct arena *a);

/* Writing: call in order, commas are put for you. Names and strings are escaped; bytes that are not
 * UTF-8 become U+FFFD. `name` is NULL inside arrays and at the root. Ask buf_over() at the end. */
struct json_writer {
    struct buf *out;
    bool need_comma;
};

#define JSON_WRITER(buf) {(buf), false}

void json_open(struct json_writer *w, const char *name, char bracket);         /* '{' or '[' */
void json_close(struct json_writer *w, char bracket);                          /* '}' or ']' */
void json_put_str(struct json_writer *w, const char *name, const char *value); /* NULL: nothing */
void json_put_int(struct json_writer *w, const char *name, int64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
/* A value that is JSON already. */
void json_put_raw(struct json_writer *w, const char *name, const char *json);

#endif
