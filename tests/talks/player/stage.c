#include "tests/talks/player/stage.h"

#include "bot/base/log.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/parts.h"
#include "bot/commands/review.h"

#include <inttypes.h>

#define MAX_SHEET (1 << 20)
#define START_MS  INT64_C(1763758800000) /* 2025-11-21 21:00 UTC */

static struct stage *playing; /* the fake adapter's way back */

void stage_fault(struct stage *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "%s:%d: ", t->file, t->line);
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\n");
    va_end(args);
    t->faults++;
}

/* --- the fake platform --- */

static int fake_open(struct adapter_host *host, void **self, struct buf *why)
{
    (void)why;
    *self = playing;
    playing->host = host;
    host->ready(host, "bot", "the_bot");
    host->add_room(host, STAFF_CHAT);
    return 0;
}

static void describe(struct buf *out, const struct outgoing *o)
{
    const struct content *c = &o->content;
    static const char *const kinds[] = {"", "(edit) ", "(delete)", "(reaction) ", "(title) ",
                                        "(standing) "};
    if (o->kind == OUTGOING_OPEN)
        buf_str(out, "(topic) ");
    buf_str(out, kinds[c->kind]);
    if (c->closed)
        buf_str(out, "(closed) ");
    if (c->reopen)
        buf_str(out, "(reopened) ");
    if (c->only_for)
        buf_printf(out, "(only %s) ", c->only_for);
    buf_str(out, c->kind == CONTENT_REACTION ? c->reaction : c->text);
    for (size_t i = 0; i < c->n_files; i++)
        buf_printf(out, " [%s]", file_kind_name(c->files[i].kind));
    for (size_t i = 0; i < c->n_buttons; i++) {
        const struct button *b = &c->buttons[i];
        buf_printf(out, b->message_id ? " [%s: %s]" : " [%s]", b->label, b->message_id);
    }
    if (o->about_id)
        buf_printf(out, " (re %s)", o->about_id);
}

static void fake_send(void *self, const struct outgoing *o, void *ticket)
{
    struct stage *t = self;
    if (t->n_posts == MAX_POSTS)
        die("%s: more than %d messages", t->file, MAX_POSTS);
    struct post_seen *p = &t->posts[t->n_posts++];
    struct buf text = BUF_INIT(100000), id = BUF_INIT(40);
    bool to_staff = str_eq(o->to.chat, STAFF_CHAT);
    describe(&text, o);
    buf_printf(&id, "%s%" PRId64, o->kind == OUTGOING_OPEN ? "t" : "m",
               o->kind == OUTGOING_OPEN ? ++t->n_threads : ++t->n_messages);
    *p = (struct post_seen){.to = xstrdup(to_staff ? "staff" : o->to.chat),
                       .text = buf_detach(&text),
                       .id = buf_detach(&id),
                       .thread = xstrdup(o->to.thread)};
    for (size_t i = 0; i < o->content.n_buttons && i < ARRAY_LEN(p->buttons); i++) {
        p->buttons[p->n_buttons].label = xstrdup(o->content.buttons[i].label);
        p->buttons[p->n_buttons].start = xstrdup(o->content.buttons[i].start);
        p->buttons[p->n_buttons++].data = xstrdup(o->content.buttons[i].data);
    }
    t->tickets[t->n_tickets++] = ticket;
}

static void fake_show(void *self, const struct event *pressed, const char *text)
{
    struct stage *t = self;
    (void)pressed;
    free(t->toast);
    t->toast = xstrdup(text);
    t->n_toasts++;
}

static struct sheet *find_sheet(struct stage *t, const char *name, size_t len)
{
    for (size_t i = t->n_sheets; i-- > 0;)
        if (strlen(t->sheets[i].name) == len && !strncmp(t->sheets[i].name, name, len))
            return &t->sheets[i];
    return NULL;
}

static void fake_fetch(void *self, const struct file *file, size_t max,
                       void (*done)(void *arg, const struct document *document), void *arg)
{
    const struct sheet *sheet = find_sheet(self, file->id, strlen(file->id));
    struct document d = {.text = "", .why = "", .fault = DOCUMENT_GONE};
    if (sheet && sheet->text.len > max)
        d.fault = DOCUMENT_TOO_BIG;
    else if (sheet)
        d = (struct document){sheet->text.data, sheet->text.len, DOCUMENT_FINE, ""};
    done(arg, &d);
}

static const struct adapter fake_adapter = {
    .name = "telegram",
    .title = "Telegram",
    .help = "a platform for talks",
    .max_text = 4096,
    .limits = {.max_in_flight = 64},
    .open = fake_open,
    .send = fake_send,
    .show = fake_show,
    .fetch = fake_fetch,
};

/* --- another platform, where nobody speaks --- */

static int other_open(struct adapter_host *host, void **self, struct buf *why)
{
    (void)self;
    (void)why;
    playing->other = host;
    host->ready(host, "other", "the_other_bot");
    return 0;
}

static struct adapter other_adapter = {.name = "other", .max_text = 4096, .open = other_open};

static void open_other(struct stage *t)
{
    struct buf why = BUF_INIT(1000);
    if (engine_open(t->engine, &other_adapter, &why))
        stage_fault(t, "%s", why.data);
    buf_release(&why);
}

bool stage_platform(struct stage *t, const char *line)
{
    static char title[64];
    if (!starts_with(line, "platform "))
        return false;
    const char *name = line + strlen("platform "), *what = name + strcspn(name, " ");
    if (!t->other) {
        snprintf(title, sizeof(title), "%.*s", (int)(what - name), name);
        other_adapter.title = title;
        open_other(t);
    }
    if (str_eq(what, " fails") || str_eq(what, " works"))
        t->other->trouble(t->other, str_eq(what, " fails") ? "it is out of reach" : NULL);
    else if (*what)
        stage_fault(t, "platform NAME; platform NAME fails; platform NAME works");
    stage_pass(t, 1000);
    return true;
}

/* Until nothing moves any more. */
void stage_settle(struct stage *t)
{
    for (int quiet = 0; quiet < 3;) {
        engine_step(t->engine);
        quiet = t->n_tickets ? 0 : quiet + 1;
        size_t n = t->n_tickets;
        t->n_tickets = 0;
        size_t first = t->n_posts - n;
        for (size_t i = 0; i < n; i++) {
            struct post_seen *p = &t->posts[first + i];
            struct delivery d = {.outcome = DELIVERY_SENT, .id = p->id};
            bool to_staff = str_eq(p->to, "staff");
            bool counts = !to_staff || (!str_empty(p->thread) && !starts_with(p->text, "(title)"));
            if (t->is_away && !to_staff)
                t->next[0] = (struct delivery){.outcome = DELIVERY_RETRY_AFTER};
            if (t->next[to_staff].outcome != DELIVERY_SENT && counts) {
                d = t->next[to_staff];
                t->next[to_staff] = (struct delivery){0};
                p->read = true;
            }
            t->host->settle(t->host, t->tickets[i], &d);
        }
    }
}

/* What the first bot has learnt, the next ones with the same examples need not learn again. */
static struct {
    void *data;
    size_t len;
} kept;

static void *kept_read(void *arg, const char *name, size_t *len)
{
    (void)arg;
    (void)name;
    *len = kept.len;
    return kept.data ? memcpy(xmalloc(kept.len + 1), kept.data, kept.len) : NULL;
}

static void kept_write(void *arg, const char *name, const void *data, size_t len)
{
    (void)arg;
    (void)name;
    if (kept.data)
        return;
    kept.data = memcpy(xmalloc(len + 1), data, len);
    kept.len = len;
}

static const struct handler_cache learnt = {kept_read, kept_write, NULL};

/* --- the knowledge, as staff change it --- */

static void on_texts(void *arg, enum store_status status, const struct pair *texts, size_t n)
{
    struct stage *t = arg;
    struct buf why = BUF_INIT(100000);
    struct pipeline fresh;
    if (status != STORE_OK || !overlay_follow(&t->overlay, engine_facts(t->engine), texts, n))
        return;
    struct library *old = t->changed;
    t->changed = library_load_with(settings_get(t->settings, "KNOWLEDGE_DIR"), &t->overlay, &why);
    pipeline_init(&fresh, all_handlers, t->settings);
    fresh.says = all_phrases;
    if (!t->changed || pipeline_load(&fresh, library_files(t->changed), &why))
        die("%s", why.data);
    pipeline_prepare(&fresh, &learnt);
    pipeline_swap(&t->pipeline, &fresh);
    pipeline_release(&fresh);
    library_free(old);
    buf_release(&why);
}

/* As commands/live.c does it, at once. */
static void follow_changes(struct stage *t)
{
    struct store *store = engine_store(t->engine);
    uint64_t wanted = overlay_wanted(engine_facts(t->engine));
    if (wanted == t->seen)
        return;
    t->seen = wanted;
    store->ops->hash_get(store, REVISION_TEXTS, on_texts, t);
}

struct finding {
    struct arena *arena;
    struct review_request *request;
};

static void on_text(void *arg, enum store_status status, const struct pair *texts, size_t n)
{
    struct finding *f = arg;
    (void)status;
    review_find(f->arena, f->request, texts, n);
}

static void review(void *arg, const struct review_request *request,
                   void (*done)(void *arg, const struct review *review), void *done_arg)
{
    struct stage *t = arg;
    struct store *store = engine_store(t->engine);
    struct arena a = ARENA_INIT;
    struct review_request what = *request;
    struct finding finding = {&a, &what};
    struct review found;
    if (!what.text && what.no)
        store->ops->hash_get(store, REVISION_TEXTS, on_text, &finding);
    review_file(&a, t->settings, &t->overlay, what.file, what.text, &found);
    done(done_arg, &found);
    arena_release(&a);
}

void stage_pass(struct stage *t, int64_t ms)
{
    int64_t step = ms > 3600000 ? 30000 : ms > 60000 ? 5000 : 500;
    for (int64_t end = clock_ms() + ms; clock_ms() < end;) {
        clock_set_ms(clock_ms() + step < end ? clock_ms() + step : end);
        stage_settle(t);
        follow_changes(t);
    }
}

/* As a talk would write it. */
static char *typed_text(const struct content *c)
{
    struct buf out = BUF_INIT(1 << 20);
    if (c->n_files)
        buf_printf(&out, str_empty(c->files->name) ? "[%s%s] " : "[%s %s] ",
                   file_kind_name(c->files->kind), str_empty(c->files->name) ? "" : c->files->name);
    buf_str(&out, c->text);
    return buf_detach(&out);
}

void stage_deliver(struct stage *t, struct event *event)
{
    struct arena a = ARENA_INIT;
    event->id = (struct event_id){"talk", arena_printf(&a, "%" PRId64, ++t->n_events)};
    event->now_ms = clock_ms();
    event->from.platform = "telegram";
    event->from.account = "bot";
    if (!event->from.thread)
        event->from.thread = "";
    if (event->type == EVENT_MESSAGE && event->content.kind == CONTENT_TEXT) {
        snprintf(t->last_written, sizeof(t->last_written), "m%" PRId64, ++t->n_messages);
        event->message_id = t->last_written;
        if (t->n_typed == MAX_POSTS)
            die("%s: more than %d messages", t->file, MAX_POSTS);
        t->typed[t->n_typed++] =
            (struct typed){xstrdup(t->last_written), typed_text(&event->content),
                           xstrdup(event->from.user)};
        snprintf(t->last_writer, sizeof(t->last_writer), "%s", event->from.user);
    }
    if (event->content.kind == CONTENT_EDIT)
        event->message_id = event->content.about_id;
    t->host->deliver(t->host, event, NULL, NULL);
    arena_release(&a);
    stage_settle(t);
    stage_pass(t, t->in_a_hurry ? 100 : 1000);
}

void stage_address(struct event *event)
{
    const char *text = event->content.text;
    bool is_reply = !str_empty(event->about_user) && !str_eq(event->about_user, event->from.user);
    bool is_ours = str_eq(event->about_user, "bot");
    event->is_to_us = is_ours || strstr(text, "@the_bot") || *text == '/';
    event->is_to_others = is_reply && !is_ours;
    for (const char *at = text; (at = strchr(at, '@')); at++)
        event->is_to_others |= !starts_with(at, "@the_bot");
}

/* --- documents --- */

static struct sheet *sheet_add(struct stage *t, const char *name, size_t len)
{
    ARRAY_GROW(t->sheets, t->n_sheets, t->cap_sheets);
    struct sheet *sheet = &t->sheets[t->n_sheets++];
    *sheet = (struct sheet){.name = xstrndup(name, len), .text = BUF_INIT(MAX_SHEET)};
    return sheet;
}

static void sheet_read(struct stage *t, struct sheet *sheet, const char *path)
{
    char chunk[4096];
    FILE *in = fopen(path, "r");
    if (!in) {
        stage_fault(t, "%s cannot be read", path);
        return;
    }
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), in)) > 0;)
        buf_add(&sheet->text, chunk, n);
    fclose(in);
}

/* "OLD => NEW" */
static void sheet_change(struct stage *t, struct sheet *sheet, const char *change)
{
    const char *arrow = strstr(change, " => ");
    struct buf text = BUF_INIT(MAX_SHEET);
    char *old = xstrndup(change, arrow ? (size_t)(arrow - change) : 0);
    const char *at = *old ? strstr(sheet->text.data, old) : NULL;
    if (at) {
        buf_add(&text, sheet->text.data, (size_t)(at - sheet->text.data));
        buf_str(&text, arrow + strlen(" => "));
        buf_str(&text, at + strlen(old));
        buf_release(&sheet->text);
        sheet->text = text;
    } else {
        stage_fault(t, "%s has no %s", sheet->name, old);
    }
    free(old);
}

void stage_attach(struct stage *t, struct arena *a, struct content *c)
{
    const char *name = c->text + strlen("[document ");
    size_t len = strcspn(name, "]");
    const struct sheet *sheet = find_sheet(t, name, len);
    if (!sheet)
        stage_fault(t, "no document is called %.*s", (int)len, name);
    c->files = arena_alloc(a, sizeof(*c->files));
    c->n_files = 1;
    c->files[0] = (struct file){.kind = FILE_DOCUMENT,
                                .id = arena_strndup(a, name, len),
                                .name = arena_strndup(a, name, len),
                                .size = sheet ? (int64_t)sheet->text.len : 0};
    c->text = name + len + (name[len] == ']');
    c->text += *c->text == ' ';
}

bool stage_document(struct stage *t, const char *line)
{
    if (*line == '|' && t->n_sheets) {
        struct buf *text = &t->sheets[t->n_sheets - 1].text;
        buf_printf(text, "%s\n", line + 1 + (line[1] == ' '));
        return true;
    }
    if (!starts_with(line, "document "))
        return false;
    const char *name = line + strlen("document ");
    size_t len = strcspn(name, " ");
    const char *what = name + len + strspn(name + len, " ");
    struct sheet *old = find_sheet(t, name, len);
    if (starts_with(what, "has ") && old)
        sheet_change(t, old, what + strlen("has "));
    else if (starts_with(what, "is "))
        sheet_read(t, sheet_add(t, name, len), what + strlen("is "));
    else if (!*what)
        sheet_add(t, name, len);
    else
        stage_fault(t, "document NAME; document NAME is FILE; document NAME has OLD => NEW");
    return true;
}

/* --- life --- */

static void open_engine(struct stage *t)
{
    struct buf why = BUF_INIT(100000);
    t->engine = engine_new(NULL, t->store, &t->pipeline, t->settings, NULL);
    engine_on_review(t->engine, (struct reviewer){review, t});
    t->seen = overlay_wanted(engine_facts(t->engine));
    if (engine_open(t->engine, &fake_adapter, &why))
        die("%s", why.data);
    if (t->other)
        open_other(t);
    buf_release(&why);
}

void stage_begin(struct stage *t, const struct handler_files *files)
{
    struct buf why = BUF_INIT(100000);
    playing = t;
    clock_set_ms(START_MS);
    pipeline_init(&t->pipeline, all_handlers, t->settings);
    t->pipeline.says = all_phrases;
    if (pipeline_load(&t->pipeline, files, &why))
        die("%s", why.data);
    pipeline_prepare(&t->pipeline, &learnt);
    t->store = store_memory_new();
    open_engine(t);
    buf_release(&why);
    stage_settle(t);
}

static void keep_store(struct store *s)
{
    (void)s;
}

void stage_restart(struct stage *t)
{
    const struct store_ops *ops = t->store->ops;
    struct store_ops kept_ops = *ops;
    kept_ops.free = keep_store;
    t->store->ops = &kept_ops;
    engine_free(t->engine);
    t->store->ops = ops;
    open_engine(t);
    stage_pass(t, 60000); /* until the lease of the one before has run out */
}

void stage_forget(struct stage *t)
{
    for (size_t i = 0; i < t->n_posts; i++) {
        struct post_seen *p = &t->posts[i];
        for (size_t b = 0; b < p->n_buttons; b++) {
            free((char *)(uintptr_t)p->buttons[b].label);
            free((char *)(uintptr_t)p->buttons[b].data);
            free((char *)(uintptr_t)p->buttons[b].start);
        }
        free(p->to);
        free(p->text);
        free(p->id);
        free(p->thread);
    }
    for (size_t i = 0; i < t->n_typed; i++) {
        free(t->typed[i].id);
        free(t->typed[i].text);
        free(t->typed[i].user);
    }
    t->n_posts = t->n_typed = 0;
}

void stage_end(struct stage *t)
{
    engine_free(t->engine);
    stage_forget(t);
    for (size_t i = 0; i < t->n_sheets; i++) {
        free(t->sheets[i].name);
        buf_release(&t->sheets[i].text);
    }
    free(t->sheets);
    free(t->toast);
    pipeline_release(&t->pipeline);
    library_free(t->changed);
    overlay_release(&t->overlay);
    clock_set_ms(0);
}

/* "set NAME value" lines come first: they are settings of this talk. */
