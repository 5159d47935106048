/* The form on the case's card, and which other cases have the same transaction. A transaction is a
 * subject of its own, "fact:txid:<hash>": each case with it tells it its number, and it is
 * forgotten like any other subject, RETENTION after the last. */
#include "handlers/flows/card.h"

#include "handlers/flows/flows.h"
#include "handlers/flows/say.h"

#include <ctype.h>
#include <inttypes.h>

#define FACT      "fact:"
#define MAX_CASES 10
#define TOLD      "form.told" /* the transaction that knows of this case */

/* --- the index --- */

bool card_is_fact(const struct conversation *c)
{
    return starts_with(c->id, FACT);
}

/* "case 812": the newest come first. */
void card_fact_told(const struct turn *t, struct effects *e)
{
    const char *data = t->event->data, *cases = conversation_var(t->subject, "cases");
    if (!starts_with(data, "case ") || words_have(cases, data + strlen("case ")))
        return;
    char *all = arena_strdup(t->arena, data + strlen("case "));
    size_t n = 1;
    for (const char *at = cases; *at && n < MAX_CASES; n++) {
        size_t len = strcspn(at, " ");
        all = arena_printf(t->arena, "%s %.*s", all, (int)len, at);
        at += len + (at[len] == ' ');
    }
    effect_var(e, "cases", all);
}

/* Hashes in hex are one, however they are written. */
static const char *fact_of(const struct turn *t, const char *txid)
{
    char *id = arena_strdup(t->arena, txid);
    bool is_hex = strlen(id) >= 64 &&
                  strspn(id + (starts_with(id, "0x") ? 2 : 0), "0123456789abcdefABCDEF") >= 64;
    for (char *at = id; is_hex && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return arena_printf(t->arena, FACT "txid:%s", id);
}

/* "#812 #915", without this case. */
static const char *other_cases(const struct turn *t, struct effects *e, const char *fact)
{
    const struct conversation *known = need_record(e, fact);
    char *others = arena_strdup(t->arena, "");
    for (const char *at = known ? conversation_var(known, "cases") : ""; *at;) {
        size_t len = strcspn(at, " ");
        char *no = arena_strndup(t->arena, at, len);
        if (!str_eq(no, turn_number(t, t->subject->case_no)))
            others = arena_printf(t->arena, "%s%s#%s", others, *others ? " " : "", no);
        at += len + (at[len] == ' ');
    }
    return others;
}

static void tell_fact(const struct turn *t, struct effects *e, const char *fact)
{
    const char *told = arena_printf(t->arena, "%s %" PRId64, fact, t->subject->case_no);
    if (!t->subject->case_no || str_eq(conversation_var(t->subject, TOLD), told))
        return;
    effect_tell(e, fact, arena_printf(t->arena, "case %" PRId64, t->subject->case_no));
    effect_var(e, TOLD, told);
}

/* --- the form --- */

static const char *link_of(const struct speaker *s, const char *txid)
{
    const struct conversation *c = s->turn->subject;
    const char *network = form_get(c, s->turn->arena, "network_sent");
    if (!*network)
        network = form_get(c, s->turn->arena, "network");
    if (!*network)
        network = form_get(c, s->turn->arena, "coin");
    const char *chain =
        lexicon_value(s->book->lexicon, WORD_CHAIN, text_small(s->turn->arena, network));
    if (!chain)
        chain = lexicon_value(s->book->lexicon, WORD_CHAIN, network);
    const char *url = chain ? book_explorer(s->book, chain) : NULL;
    return url ? arena_printf(s->turn->arena, "\n%s%s", url, txid) : "";
}

/* A UID is worth what it stands on. */
static const char *standing(const struct speaker *s, const struct form_line *line)
{
    const char *proven = s->turn->subject->uid_proven;
    bool is_proven = str_eq(line->value, proven);
    if (!str_eq(line->name, "uid") || str_eq(line->value, FORM_SKIPPED))
        return "";
    return arena_printf(
        s->turn->arena, " (%s)",
        turn_phrase(s->turn, LANE_STAFF, is_proven ? "identity.is_proven" : "identity.is_claimed"));
}

static const char *line_text(const struct speaker *s, const struct form_line *line)
{
    bool is_txid = str_eq(line->name, "txid") && !str_eq(line->value, FORM_SKIPPED);
    return arena_printf(s->turn->arena, "%s%s%s", flow_line(s, LANE_STAFF, line, false),
                        standing(s, line), is_txid ? link_of(s, line->value) : "");
}

const char *flows_form(const struct turn *t, struct effects *e)
{
    const struct book *b = turn_self(t, &flows_handler);
    if (!b || !b->lexicon)
        return "";
    struct speaker s = {b, t, e, book_flow(b, t->subject->topic)};
    const char *all = "", *txid = form_get(t->subject, t->arena, "txid");
    struct form_line line;
    for (const char *at = NULL; form_next(t->subject, t->arena, &at, &line);)
        all = arena_printf(t->arena, "%s%s%s", all, *all ? "\n" : "", line_text(&s, &line));
    const char *class = conversation_var(t->subject, "flow.class");
    if (*all && *class)
        all = arena_printf(t->arena, "%s\n%s", all,
                           TEXT(&s, LANE_STAFF, arena_printf(t->arena, "class.%s.name", class)));
    if (*all && *flows_pending(t->subject))
        all = arena_printf(t->arena, "%s\n/pending %s", all, flows_pending(t->subject));
    if (!*txid || str_eq(txid, FORM_SKIPPED))
        return all;
    const char *network = take_misfit(b, t->subject, t->arena);
    if (*network)
        all = arena_printf(t->arena, "%s\n%s", all,
                           TEXT(&s, LANE_STAFF, "misfit", FILL("network", network)));
    const char *fact = fact_of(t, txid), *others = other_cases(t, e, fact);
    tell_fact(t, e, fact);
    if (*others)
        all = arena_printf(t->arena, "%s\n%s", all,
                           TEXT(&s, LANE_STAFF, "same_txid", FILL("cases", others)));
    return all;
}

const char *flows_pending(const struct conversation *c)
{
    return conversation_var(c, "flow.pending");
}
