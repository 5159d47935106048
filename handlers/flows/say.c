#include "handlers/flows/say.h"

#include "handlers/verify/links.h"

#define IN_SHORT 24 /* longer values are shown by their head and tail */

/* --- texts --- */

const char *flow_text(const struct speaker *s, enum lane_id lane, const char *key,
                      const struct fill *values, size_t n)
{
    return phrase(s->book->texts, s->turn->arena, turn_lang(s->turn, lane), key, values, n);
}

bool flow_has_text(const struct speaker *s, const char *key)
{
    return phrases_has(s->book->texts, key);
}

static const char *key_of(const struct speaker *s, const char *before, const char *after)
{
    return arena_printf(s->turn->arena, "%s.%s", before, after);
}

/* The flow's own text, or the common one. */
static const char *own_key(const struct speaker *s, const char *kind, const char *field)
{
    const char *common = key_of(s, kind, field);
    const char *own = key_of(s, s->flow->id, common);
    return flow_has_text(s, own) ? own : common;
}

/* Not a piece of another word, where words have blanks between. */
static bool stands_in(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = text; len && (at = strstr(at, word)); at++) {
        bool begins = at > text && is_alnum(at[-1]) && is_alnum(*word);
        bool goes_on = is_alnum(at[len]) && is_alnum(word[len - 1]);
        if (!begins && !goes_on)
            return true;
    }
    return false;
}

size_t flow_word_in(const struct speaker *s, const char *text, const char *key)
{
    if (!flow_has_text(s, key))
        return 0;
    struct arena *a = s->turn->arena;
    const char *folded = text_fold_match(a, text);
    size_t len = strlen(folded), longest = 0;
    while (len && strchr(".!?~ ", folded[len - 1]))
        len--;
    folded = arena_strndup(a, folded, len);
    const char *words = TEXT(s, LANE_CUSTOMER, key);
    for (const char *at = words; *at;) {
        size_t n = strcspn(at, "|");
        const char *word = text_fold_match(a, arena_strndup(a, at, n));
        if (str_eq(word, folded))
            return WHOLE_TEXT;
        if (strlen(word) > longest && stands_in(folded, word))
            longest = strlen(word);
        at += n + (at[n] == '|');
    }
    return longest;
}

/* A link may lead anywhere, in whatever field it was typed: it is shown to nobody but staff. */
static bool leads_elsewhere(const struct speaker *s, const struct form_line *line)
{
    bool is_link = str_eq(line->name, "link") && !str_eq(line->value, FORM_SKIPPED);
    return is_link || links_foreign(s->turn->arena, s->turn->settings, line->value);
}

const char *flow_value(const struct speaker *s, enum lane_id lane, const struct form_line *line,
                       bool in_short)
{
    const struct flow_field *field = s->flow ? flow_field(s->flow, line->name) : NULL;
    if ((lane == LANE_CUSTOMER && leads_elsewhere(s, line)) ||
        (str_eq(line->name, "screenshot") && str_eq(line->value, "+")))
        return TEXT(s, lane, "attached");
    if (field && words_hold(&field->options, line->value))
        return TEXT(s, lane,
                    arena_printf(s->turn->arena, "%s.%s.%s", s->flow->id, line->name, line->value));
    size_t len = strlen(line->value);
    bool is_code = !strchr(line->value, ' ');
    if (!in_short || len <= IN_SHORT || !is_code)
        return line->value;
    return arena_printf(s->turn->arena, "%.8s…%s", line->value, line->value + len - 6);
}

const char *flow_line(const struct speaker *s, enum lane_id lane, const struct form_line *line,
                      bool in_short)
{
    const char *name = TEXT(s, lane, key_of(s, "name", line->name));
    return TEXT(s, lane, "fact", FILL("name", name),
                FILL("value", flow_value(s, lane, line, in_short)));
}

const char *flow_facts(const struct speaker *s, const struct taken *taken)
{
    const char *all = "";
    for (size_t i = 0; i < taken->n_got; i++) {
        const struct form_line *line = &taken->got[i];
        all = arena_printf(s->turn->arena, "%s%s%s", all, *all ? " · " : "",
                           flow_line(s, LANE_CUSTOMER, line, true));
    }
    return *all ? TEXT(s, LANE_CUSTOMER, "got", FILL("facts", all)) : "";
}

const char *flow_join(const struct speaker *s, const char *before, const char *after)
{
    if (str_empty(before) || str_empty(after))
        return str_empty(before) ? after : before;
    return arena_printf(s->turn->arena, "%s\n\n%s", before, after);
}

const char *flow_opening(const struct speaker *s, const struct item_words *words, int n)
{
    const char *all = "";
    for (size_t i = 0; i < words->n_answer && i < (size_t)n; i++) {
        const char *text =
            phrases_fill(s->turn->phrases, s->turn->arena, words->answer[i].text, NULL, 0);
        if (text && !words->answer[i].url)
            all = arena_printf(s->turn->arena, "%s%s%s", all, *all ? "\n" : "", text);
    }
    return all;
}

/* --- saying --- */

struct effect *flow_say(const struct speaker *s, const char *text)
{
    struct content content = {.text = text};
    return effect_say(s->effects, LANE_CUSTOMER, &content);
}

void flow_button(const struct speaker *s, struct effect *said, const char *key, const char *data,
                 bool same_row)
{
    content_button(s->turn->arena, &said->content, TEXT(s, LANE_CUSTOMER, key), data)->same_row =
        same_row;
}

static void offer_values(const struct speaker *s, struct effect *said,
                         const struct flow_field *field)
{
    struct arena *a = s->turn->arena;
    const char *values = pick_values(s->effects->subject, a, field->name);
    for (size_t i = 0; *values; i++) {
        size_t len = strcspn(values, "|");
        char *data = arena_printf(a, "flow:pick:%s:%zu", field->name, i);
        content_button(a, &said->content, arena_strndup(a, values, len), data)->same_row = i % 2;
        values += len + (values[len] == '|');
    }
}

static void offer_options(const struct speaker *s, struct effect *said,
                          const struct flow_field *field)
{
    struct arena *a = s->turn->arena;
    for (size_t i = 0; i < field->options.n; i++) {
        const char *option = field->options.items[i];
        const char *key = arena_printf(a, "%s.%s.%s", s->flow->id, field->name, option);
        flow_button(s, said, key, arena_printf(a, "flow:opt:%s:%s", field->name, option), false);
    }
}

void flow_ask(const struct speaker *s, const struct flow_field *field, const char *before)
{
    const struct turn *t = s->turn;
    bool has_values = *pick_values(s->effects->subject, t->arena, field->name);
    const char *key = own_key(s, "ask", field->name);
    if (has_values && flow_has_text(s, key_of(s, "which", field->name)))
        key = key_of(s, "which", field->name);
    struct effect *said = flow_say(s, flow_join(s, before, TEXT(s, LANE_CUSTOMER, key)));
    offer_values(s, said, field);
    offer_options(s, said, field);
    if (!field->options.n)
        flow_button(s, said, "button.skip", arena_printf(t->arena, "flow:skip:%s", field->name),
                    false);
    say_button(t, s->effects, said, "button.human", "human", !field->options.n);
}

/* --- pages --- */

/* The n-th entry that is a page, by the flow's order; NULL past the end. */
static const struct answer_entry *page_entry(const struct speaker *s,
                                             const struct item_words *words, size_t n)
{
    const struct words *order = &s->flow->page_order;
    for (size_t i = 0; i < (order->n ? order->n : words->n_answer); i++) {
        int64_t at = (int64_t)i;
        if (order->n && (parse_i64(order->items[i], &at) || at < 0))
            continue;
        const struct answer_entry *entry = (size_t)at < words->n_answer ? &words->answer[at] : NULL;
        bool is_page = entry && !entry->url &&
                       phrases_fill(s->turn->phrases, s->turn->arena, entry->text, NULL, 0);
        if (is_page && n-- == 0)
            return entry;
    }
    return NULL;
}

size_t flow_pages(const struct speaker *s, const struct item_words *words)
{
    size_t n = 0;
    while (page_entry(s, words, n))
        n++;
    return n;
}

void flow_show_page(const struct speaker *s, const struct item *item,
                    const struct item_words *words, size_t page)
{
    struct arena *a = s->turn->arena;
    size_t all = flow_pages(s, words);
    const struct answer_entry *entry = page_entry(s, words, page);
    const char *text = phrases_fill(s->turn->phrases, a, entry->text, NULL, 0);
    struct effect *said = flow_say(s, arena_printf(a, "%s\n%zu/%zu", text, page + 1, all));
    if (entry->picture) {
        said->content.files = arena_alloc(a, sizeof(struct file));
        said->content.files[said->content.n_files++] =
            (struct file){.kind = FILE_PHOTO, .path = entry->picture};
    }
    bool is_last = page + 1 == all;
    if (!is_last)
        flow_button(s, said, "button.next", arena_printf(a, "flow:page:%s:%zu", item->id, page + 1),
                    false);
    else if (s->flow->n_fields)
        flow_button(s, said, "button.further", arena_printf(a, "flow:further:%s", item->id), false);
    if (page)
        flow_button(s, said, "button.back", arena_printf(a, "flow:page:%s:%zu", item->id, page - 1),
                    !is_last || s->flow->n_fields);
    say_button(s->turn, s->effects, said, "button.solved", "solved:yes", false);
    say_button(s->turn, s->effects, said, "button.human", "human", true);
}
