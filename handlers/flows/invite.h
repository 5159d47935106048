/* Invite links that do not open: cleaned of what chat apps do to them, held to the exchange's hosts
 * (BRAND_HOSTS), and rebuilt around the same code for the region of whoever opens them
 * (BRAND_INVITE_RULES). A link of another host is nobody's business but security's: it is never
 * shown again. Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_INVITE_H
#define ZAIDE_HANDLERS_FLOWS_INVITE_H

#include "bot/ports/handler.h"
#include "handlers/extract/lexicon.h"

struct invite_link {
    const char *host;      /* in small letters */
    const char *rest;      /* from the first "/" on, cleaned; "" */
    const char *parameter; /* "inviteCode" where the code stands in the query; else "" */
    const char *code;      /* "" where there is none */
    bool is_ours;
};

/* The links of a message, at most `max`. */
size_t invite_links(const struct lexicon *lexicon, const struct settings *settings, struct arena *a,
                    const char *text, struct invite_link *out, size_t max);
bool invite_host_is_ours(const struct settings *settings, const char *host);

/* BRAND_INVITE_RULES, a YAML file: region: {host, locale, path}, or "region: no" where the exchange
 * does not serve; "default" is for all others. `path` may have {code}; else the code stands in the
 * query, as it did. */
struct invite_rule {
    const char *region, *host, *locale, *path;
    bool is_served;
};
struct invite_rules {
    struct invite_rule *items;
    size_t n;
};
/* Into the arena. -1: `why` has the fault. Unset: no rules. */
MUST_USE int invite_rules_load(const struct settings *settings, struct arena *a,
                               struct invite_rules *out, struct buf *why);
const struct invite_rule *invite_rule(const struct invite_rules *rules,
                                      const char *region); /* or NULL */

/* The link with the same code; by no rule: the link itself, clean. */
char *invite_build(struct arena *a, const struct invite_rule *rule, const struct invite_link *link);

#endif
