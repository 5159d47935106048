/* What a flow says to its customer. The texts are keys of <language>/flows.yaml:
 *
 *     name.FIELD      on the form: "Deposit page"          noun.FIELD  in a sentence: "a TXID"
 *     ask.FIELD       the question; ITEM.ask.FIELD where one flow asks otherwise
 *     wrong.FIELD     {value} cannot be right, and how it looks; wrong.any for the others
 *     ITEM.FIELD.OPTION        label of a button; ITEM.say.FIELD.OPTION  what is said to that
 * answer words.FIELD.OPTION       what people type for it: "a|b|c"; words.skip, words.next,
 * words.back class.CLASS.say  to the customer; class.CLASS.name  for staff ITEM.ask_further,
 * ITEM.done …                        see handlers/flows.c
 *
 * Pure. */
#ifndef ZAIDE_HANDLERS_FLOWS_SAY_H
#define ZAIDE_HANDLERS_FLOWS_SAY_H

#include "handlers/faq/knowledge.h"
#include "handlers/flows/take.h"

struct speaker {
    const struct book *book;
    const struct turn *turn;
    struct effects *effects;
    const struct flow *flow;
};

#define TEXT(s, lane, key, ...) flow_text(s, lane, key, FILLS(__VA_ARGS__))
const char *flow_text(const struct speaker *s, enum lane_id lane, const char *key,
                      const struct fill *values, size_t n);
bool flow_has_text(const struct speaker *s, const char *key);

/* The longest of the words of a key "a|b|c" that stands in the text, in bytes; WHOLE_TEXT: one is
 * all of it. */
#define WHOLE_TEXT SIZE_MAX
size_t flow_word_in(const struct speaker *s, const char *text, const char *key);

/* A value as a person reads it; long ones in short, where `in_short`; to the customer no link that
 * is none of ours. */
const char *flow_value(const struct speaker *s, enum lane_id lane, const struct form_line *line,
                       bool in_short);
const char *flow_line(const struct speaker *s, enum lane_id lane, const struct form_line *line,
                      bool in_short);                                       /* "Coin: USDT" */
const char *flow_facts(const struct speaker *s, const struct taken *taken); /* "Coin: USDT · …" */

/* The first `n` entries of the item's answer; what needs an unset setting is left out. */
const char *flow_opening(const struct speaker *s, const struct item_words *words, int n);

/* Paragraphs; empty ones do not count. */
const char *flow_join(const struct speaker *s, const char *before, const char *after);

/* Asks for the field, below `before`, with its buttons. */
void flow_ask(const struct speaker *s, const struct flow_field *field, const char *before);
/* One entry of the item's answer, with next and back. */
void flow_show_page(const struct speaker *s, const struct item *item,
                    const struct item_words *words, size_t page);
size_t flow_pages(const struct speaker *s, const struct item_words *words);

struct effect *flow_say(const struct speaker *s, const char *text);
void flow_button(const struct speaker *s, struct effect *said, const char *key, const char *data,
                 bool same_row);

#endif
