/* What the bot knows: items.yaml (what is true of an item in every language), teams.yaml (whom a
 * team's new case is told to) and <language>/<area>.yaml (its words: title, answer, followups,
 * examples, near misses), checked and made ready; the examples of <language>/kinds.yaml (messages
 * that no item answers) and <language>/slang.yaml. Other files are somebody else's. */
#ifndef ZAIDE_HANDLERS_FAQ_KNOWLEDGE_H
#define ZAIDE_HANDLERS_FAQ_KNOWLEDGE_H

#include "bot/ports/handler.h"
#include "handlers/faq/matcher.h"
#include "handlers/faq/slang.h"

#define KNOWLEDGE_HUMAN "human_request" /* the item of those who want a person, whatever it is about */

struct string_list {
    const char **items;
    size_t n;
};

/* One step or thought of an answer. {BRAND_…} in text and url are still to be filled. */
struct answer_entry {
    const char *text;
    const char *label, *url; /* a link button, or NULL */
    const char *picture;     /* path of a file that was there at loading, or NULL */
};

struct item_words {
    const char *lang, *title;
    struct answer_entry *answer;
    size_t n_answer;
    struct string_list followups; /* ids that a person asks next */
};

struct item {
    const char *id, *area, *team;
    const char *from, *until;  /* "2026-11-22", the first and last day that it holds; "": always */
    struct string_list owners; /* agents, by their names in the registry: named in its cases */
    int priority;              /* 1 money or safety at stake, 2 blocked, 3 information */
    bool always_human;
    struct string_list collect; /* what a person needs to know */
    struct string_list needs;   /* settings without which the item goes to a person */
    struct item_words *words;   /* one a language */
    size_t n_words;
};

struct knowledge {
    struct arena arena; /* holds all strings */
    struct item *items; /* in the order of items.yaml */
    size_t n, cap;
    struct example *examples; /* for the matcher: titles, examples, near misses and kinds */
    size_t n_examples, cap_examples;
    struct slang *slang; /* for the matcher, too */
};

/* NULL: `why` has every fault, "file:line: what" a line each. The files may go afterwards. */
struct knowledge *knowledge_load(const struct handler_files *files, const struct settings *settings,
                                 struct buf *why);
void knowledge_free(struct knowledge *k);

const struct item *knowledge_item(const struct knowledge *k, const char *id); /* or NULL */

/* The item's words in this language, else in English, else NULL. */
const struct item_words *item_words(const struct item *item, const char *lang);
enum validity { VALID_NOT_YET, VALID_NOW, VALID_NO_MORE };
enum validity item_validity(const struct item *item, const char *today); /* "2026-11-22" */
/* Items that have no words in one of LANGUAGES, a line each: there English stands in, or a person.
 * That is no fault, for the words of a new item come after it. */
void knowledge_gaps(const struct knowledge *k, const struct settings *settings, struct buf *out);
/* Are all settings there that the item needs? */
bool item_is_complete(const struct item *item, const struct settings *settings);

#endif
