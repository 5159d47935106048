/* What a customer wrote before the case: kept in short, so that a person who takes it sees the
 * whole story and nobody has to say things twice. handlers/staff/case.c shows it and forgets it. */
#include "bot/ports/handler.h"

#include "handlers/staff/case.h"

#include <inttypes.h>

#define MAX_WORDS 1000 /* bytes; the oldest go first */
#define MAX_FILE  4000
#define MAX_FILES 10 /* an album; the oldest go first */

#define CHANGED "✎ "

/* "12 first words\n15 more words\n": a line of the transcript, then what was said, or what was made
 * of what was said. */
static void keep_words(const struct turn *t, struct effects *e)
{
    const struct content *c = &t->event->content;
    char *all =
        arena_printf(t->arena, "%s%" PRId64 " %s%s\n", conversation_var(t->subject, HISTORY_WORDS),
                     e->line, c->kind == CONTENT_EDIT ? CHANGED : "", content_words(t->arena, c));
    while (strlen(all) > MAX_WORDS)
        all = strchr(all, '\n') + 1;
    effect_var(e, HISTORY_WORDS, all);
}

/* A screenshot says more than the words around it. */
static void keep_file(const struct turn *t, struct effects *e)
{
    struct buf json = BUF_INIT(MAX_FILE);
    struct json_writer w = JSON_WRITER(&json);
    size_t n;
    const struct pair *oldest = case_history_file(t->subject, &n);
    content_write(&w, NULL, &t->event->content);
    if (!buf_over(&json) && n == MAX_FILES)
        effect_var(e, oldest->name, "");
    if (!buf_over(&json))
        effect_var(e, arena_printf(t->arena, HISTORY_FILE "%" PRId64, e->line), json.data);
    buf_release(&json);
}

static enum verdict handle(const void *self, const struct turn *t, struct effects *e)
{
    (void)self;
    const struct content *content = &t->event->content;
    bool is_said = content->kind == CONTENT_TEXT || content->kind == CONTENT_EDIT;
    bool speaks = turn_is_customer(t) && t->event->type == EVENT_MESSAGE && is_said &&
                  !content_is_empty(content);
    if (t->subject->state == STATE_PENDING && !conversation_is_parked(t->subject))
        return HANDLER_PASS;
    if (speaks && content->text[0] != '/')
        keep_words(t, e);
    if (speaks && content->n_files && content->kind == CONTENT_TEXT)
        keep_file(t, e);
    return HANDLER_PASS;
}

const struct handler history_handler = {
    .name = "history",
    .help = "what was said before a case was opened",
    .states = IN_STATE(STATE_BOT) | IN_STATE(STATE_PENDING),
    .handle = handle,
};
