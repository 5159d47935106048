/* What the flows are: the files below flows/ in the knowledge, the same in every language, in any
 * division over files:
 *
 *     flows:
 *       wrong_chain_deposit:            an id of items.yaml, whose team and priority the case gets
 *         opening: 3                    so many entries of the item's answer are said first
 *         pages: yes                    or all of them, one at a time, with next and back; or those of a list: [0, 3, 1]
 *         form: [coin, {field: status, options: [pending, sent]}, …]      asked in this order
 *           - { field: seen, options: [failed], heard: yes }   never asked, taken where it is told
 *           - { field: cancel, options: [done, failed], when: {status: pending}, ends: [done] }
 *         steps: { product: 4h mia, … } what staff does then, each with its time and, if known, its owner
 *         offer: twofa_bind             an item whose button stands below the end
 *         end: answered                 no case at the end ("" or absent: a case)
 *         needs: [BRAND_HOSTS]          settings without which the item has its plain answer
 *         tool: invite                  what answers when the form is filled (handlers/flows/tools.h)
 *         classes:                      what is said at the end: the first that fits
 *           - { class: evm, network_sent: [evm, served], network_expected: evm, ask: [link],
 *               team: wallet, pending: 3d }
 *           - { class: failed, seen: failed, end: answered }   said as soon as it holds; no case
 *     sets:       name: [values]        for the conditions of classes; an exchange writes its own
 *     minimums:   COIN or COIN NETWORK: the least amount that is credited
 *     tokens:                         what the exchange knows of tokens and their contracts
 *       COIN NETWORK: { listed: CONTRACT, old: [CONTRACTS], fake: [CONTRACTS] }
 *       COIN NETWORK: listed | delisted          without a contract; NETWORK may be left out
 *     cues:       field: { before: [words], after: [words] }   tell network_sent and _expected
 *     explorers:  chain: start of a transaction's address
 *     regions:    code: [what people call it]
 *
 * A condition holds when all its words hold: the name of a set (the value is in it), "none"
 * (nothing was given), "same FIELD", "below minimums", "not …", or the value itself. Addresses
 * that begin with 0x are the same in small and capital letters. "token WORD" is what `tokens` says
 * of a coin or contract: listed, old, delisted, fake, "other" (a contract that is none of those of
 * its coin), "unlisted" (a coin that is not in the set `listed`, where that holds any).
 *
 * The texts are <language>/flows.yaml: keys as in phrases; handlers/flows/say.h has their names. */
#ifndef ZAIDE_HANDLERS_FLOWS_BOOK_H
#define ZAIDE_HANDLERS_FLOWS_BOOK_H

#include "bot/ports/handler.h"
#include "handlers/extract/extract.h"
#include "handlers/flows/invite.h"

struct words {
    const char **items;
    size_t n;
};

struct flow_field {
    const char *name;
    enum field kind; /* FIELDS: the extractor does not know it; its answer is the whole message */
    struct words options;
    const char *when, *when_value; /* asked only where that field has this value; or NULL */
    struct words ends;             /* options after which nothing is left to do */
    bool is_heard;                 /* an option is taken where its words are told; never asked */
};

struct condition {
    const char *field;
    struct words all;
};

struct flow_class {
    const char *name, *team, *pending; /* "" where nothing is said */
    struct condition *conditions;
    size_t n;
    struct words ask; /* more fields */
    bool is_answered; /* said as soon as it holds; no case */
};

struct flow {
    const char *id;
    int opening;
    bool pages, is_answered, is_invite;
    struct words page_order; /* numbers; empty: all in order */
    const char *offer, *steps; /* "product 4h\nrisk 4h\n"; "" */
    struct words needs;
    struct flow_field *fields;
    size_t n_fields;
    struct flow_class *classes;
    size_t n_classes;
};

struct cues {
    const char *field;
    struct words before, after;
};

struct named_words {
    const char *name;
    struct words words;
};

struct token {
    const char *coin, *network;   /* network "": any */
    const char *contract, *class; /* contract "": the coin itself */
};

struct book {
    struct arena arena;
    struct flow *flows;
    size_t n_flows, cap_flows;
    struct named_words *sets, *regions;
    size_t n_sets, cap_sets, n_regions, cap_regions;
    struct cues *cues;
    size_t n_cues, cap_cues;
    struct token *tokens;
    size_t n_tokens, cap_tokens;
    struct fill *explorers, *minimums;
    size_t n_explorers, cap_explorers, n_minimums, cap_minimums;
    struct invite_rules invites;
    struct phrases *texts;
    struct lexicon *lexicon; /* NULL: the knowledge has none, and no flows */
};

/* NULL: `why` has every fault. The files may go afterwards. */
struct book *book_load(const struct handler_files *files, const struct settings *settings,
                       struct buf *why);
void book_free(struct book *b); /* NULL is fine */

const struct flow *book_flow(const struct book *b, const char *id);          /* or NULL */
const struct flow_field *flow_field(const struct flow *f, const char *name); /* or NULL */
const struct named_words *book_set(const struct book *b, const char *name);  /* or NULL */
const struct cues *book_cues(const struct book *b, const char *field);       /* or NULL */
const char *book_explorer(const struct book *b, const char *chain);          /* or NULL */
const char *book_minimum(const struct book *b, const char *of);              /* or NULL */
bool words_hold(const struct words *w, const char *word);

#endif
