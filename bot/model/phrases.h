/* What zaide says, from data files: one phrase a key and language. Pure.
 *
 * Placeholders are {name}. Given values come first, then settings whose name starts with BRAND_. A
 * line of a phrase whose placeholder has no value is left out; so no placeholder is ever shown. */
#ifndef ZAIDE_MODEL_PHRASES_H
#define ZAIDE_MODEL_PHRASES_H

#include "bot/base/arena.h"
#include "bot/base/settings.h"
#include "bot/base/yaml.h"

struct phrases;

struct fill {
    const char *name, *value;
};

struct phrases *phrases_new(const struct settings *settings);
void phrases_set_file(struct phrases *p,
                      const char *file); /* for faults: "phrases.yaml" unless told; kept as given */
void phrases_free(struct phrases *p);

/* Add "<lang>/phrases.yaml": a map of key to text, nested maps joined by dots. -1: not text, or a
 * {BRAND_…} that is no setting. */
MUST_USE int phrases_add(struct phrases *p, const char *lang, const struct yaml *root,
                         struct buf *why);
/* What the program says, by group: "staff", "card claim …". Lists end with a NULL group. */
struct phrase_group {
    const char *group, *keys;
};
/* Does English have them all, and none empty? Every language falls back to it. -1: a line in `why`
 * for each that is missing. */
MUST_USE int phrases_complete(const struct phrases *p, const struct phrase_group *groups,
                              const char *dir, struct buf *why);
/* For `knowledge check`, a line each: keys of `en`, and {values} of them, that another language
 * lacks or has alone; keys of any language that are in no group. */
void phrases_missing(const struct phrases *p, struct buf *out);
void phrases_unsaid(const struct phrases *p, const struct phrase_group *groups, struct buf *out);

/* The phrase in `lang`, else in English; never NULL (an unknown key gives the key and an error in
 * the log: a bug that tests catch). `values` are name, value pairs. */
const char *phrase(const struct phrases *p, struct arena *a, const char *lang, const char *key,
                   const struct fill *values, size_t n);

/* Fill a text of ours (an FAQ answer) the same way. NULL when a placeholder had no value. */
char *phrases_fill(const struct phrases *p, struct arena *a, const char *text,
                   const struct fill *values, size_t n);
/* A setting that texts may name. */
bool phrases_is_brand(const struct settings *settings, const char *name, size_t len);
bool phrases_has(const struct phrases *p, const char *key); /* in English */
bool phrases_has_language(const struct phrases *p, const char *lang);

#endif
