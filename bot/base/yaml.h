/* YAML files as a tree that remembers lines. The only user of libyaml.
 *
 * Mappings, sequences and scalars; anchors and tags are refused, duplicate keys are refused. At
 * most 4 MB a file, 200,000 nodes (a key is one too) and 32 levels. */
#ifndef ZAIDE_BASE_YAML_H
#define ZAIDE_BASE_YAML_H

#include "bot/base/buf.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    int line;           /* 1-based; inside a map: the key's */
    const char *key;    /* inside a map: its key, else NULL */
    const char *text;   /* of a scalar, else NULL; "" where nothing is written */
    struct yaml *items; /* of a list or map, in file order */
    size_t n;
};

/* NULL on error; `why` reads "file:line: what", or "file: what" where it cannot be read. An empty
 * file is an empty map. Everything is freed by yaml_tree_free(root). */
struct yaml *yaml_load(const char *path, struct buf *why);
struct yaml *yaml_parse(const char *name, const char *data, size_t len, struct buf *why);
void yaml_tree_free(struct yaml *root); /* libyaml exports a yaml_free, and would call ours */

/* The member of a map: NULL when absent or `map` is no map. */
const struct yaml *yaml_get(const struct yaml *map, const char *key);
const char *yaml_str(const struct yaml *map, const char *key); /* scalar member, or NULL */
bool yaml_bool(const struct yaml *map, const char *key);       /* yes/true/on */
int64_t yaml_int(const struct yaml *map, const char *key, int64_t fallback);

#endif
