#include "tests/talks/player/exam.h"

#include "bot/commands/core_settings.h"
#include "handlers/faq/knowledge.h"

#define MAX_LABELS 4

/* Of what was asked: all of it, … */
struct sum {
    double asked, greeted, answered, right, offered, handed, strayed, lost;
};

struct exam {
    struct stage *stage;
    struct knowledge *knowledge;
    const char *lang;   /* of the file that is played, … */
    int line;           /* … and where it is */
    struct arena arena; /* for one line */
    struct conversation asker;
    struct sum items, others, mixed;
};

/* What came of a message: which items' answers were shown, in whatever language, … */
struct outcome {
    const struct item *shown[8];
    size_t n;
    bool is_greeted; /* in the language it was asked in */
    bool is_foreign; /* an answer in another one */
    bool is_offered; /* a button leads to an answer that is asked for */
    bool is_handed;  /* it is a person's now */
    bool is_said;    /* anything at all, beside the greeting */
    bool has_way;    /* a button leads to a person */
};

/* --- a line --- */

struct question {
    const char *text, *labels[MAX_LABELS];
    size_t n;
};

/* "text TAB id", "text TAB id|id": \n in it is a line's end. */
static struct question read_question(struct exam *x, const char *line)
{
    const char *tab = strrchr(line, '\t');
    struct question q = {.text = "", .n = 0};
    struct buf text = BUF_INIT(4000);
    if (!tab)
        die("%s:%d: a text, a tab and its items are wanted", x->stage->file, x->stage->line);
    for (const char *c = line; c < tab; c++) {
        bool breaks = starts_with(c, "\\n");
        buf_char(&text, breaks ? '\n' : *c);
        c += breaks;
    }
    q.text = arena_take(&x->arena, &text);
    for (const char *at = tab + 1; *at && q.n < MAX_LABELS; at += strspn(at, " |")) {
        size_t len = strcspn(at, " |");
        q.labels[q.n++] = arena_strndup(&x->arena, at, len);
        at += len;
    }
    return q;
}

static bool is_asked(const struct question *q, const char *id)
{
    for (size_t i = 0; i < q->n; i++)
        if (str_eq(q->labels[i], id))
            return true;
    return false;
}

static bool asks_item(const struct question *q)
{
    return !str_eq(q->labels[0], "none") && !starts_with(q->labels[0], "kind:");
}

/* --- what came of it --- */

/* An answer is known by its first words, which no other has. */
static void find_answers(struct exam *x, const char *text, struct outcome *o)
{
    for (size_t i = 0; i < x->knowledge->n; i++) {
        const struct item *item = &x->knowledge->items[i];
        for (size_t w = 0; w < item->n_words; w++) {
            const struct item_words *words = &item->words[w];
            if (!strstr(text, words->answer[0].text) || o->n == ARRAY_LEN(o->shown))
                continue;
            o->shown[o->n++] = item;
            o->is_foreign |= !str_eq(words->lang, x->lang);
        }
    }
}

static void on_record(void *arg, const struct loaded *loaded)
{
    struct exam *x = arg;
    for (size_t i = 0; i < loaded->n_pairs; i++)
        conversation_set(&x->asker, &x->arena, loaded->pairs[i].name, loaded->pairs[i].value);
}

static struct outcome look(struct exam *x, const struct question *q)
{
    struct stage *t = x->stage;
    struct outcome o = {.n = 0};
    const char *greeting = phrase(t->pipeline.phrases, &x->arena, x->lang, "greet.short", NULL, 0);
    for (size_t i = 0; i < t->n_posts; i++) {
        const struct post_seen *p = &t->posts[i];
        if (!str_eq(p->to, t->customer))
            continue;
        o.is_greeted |= strstr(p->text, greeting) != NULL;
        o.is_said |= !str_eq(p->text, greeting);
        find_answers(x, p->text, &o);
        for (size_t b = 0; b < p->n_buttons; b++) {
            const char *data = p->buttons[b].data;
            o.is_offered |= starts_with(data, "topic:") && is_asked(q, data + strlen("topic:"));
            o.has_way |= str_eq(data, "human");
        }
    }
    struct store *store = engine_store(t->engine);
    conversation_init(&x->asker, arena_printf(&x->arena, "telegram:bot:%s", t->customer));
    store->ops->load(store, x->asker.id, NULL, 0, on_record, x);
    o.is_handed = x->asker.state == STATE_WAITING;
    return o;
}

static const char *count(const struct question *q, const struct outcome *o, struct sum *sum)
{
    bool is_wrong = o->is_foreign;
    for (size_t i = 0; i < o->n; i++)
        is_wrong |= !is_asked(q, o->shown[i]->id);
    sum->asked++;
    sum->greeted += o->is_greeted;
    sum->answered += o->n > 0;
    sum->right += o->n && !is_wrong;
    if (o->n)
        return is_wrong ? "wrong" : "answered";
    sum->offered += o->is_offered;
    sum->handed += !o->is_offered && o->is_handed;
    if (o->is_offered || o->is_handed)
        return o->is_offered ? "offered" : "handed over";
    if (asks_item(q) && o->has_way) { /* asked back for something else, beside "a person" */
        sum->strayed++;
        return "strayed";
    }
    bool is_lost = asks_item(q) || !o->is_said;
    sum->lost += is_lost;
    return is_lost ? "lost" : "a word";
}

/* `sum` NULL: by what is asked. */
static void ask(struct exam *x, const char *line, struct sum *sum)
{
    struct stage *t = x->stage;
    struct question q = read_question(x, line);
    snprintf(t->customer, sizeof(t->customer), "%d", 1000 + (int)t->n_events);
    struct event event = {
        .type = EVENT_MESSAGE,
        .from = {.chat = t->customer, .user = t->customer},
        .name = "",
        .is_private = true,
        .lang_hint = "",
        .sent_ms = clock_ms(),
        .content = {.text = q.text},
    };
    stage_deliver(t, &event);
    struct outcome o = look(x, &q);
    if (o.n && !o.has_way && !o.is_handed)
        stage_fault(t, "an answer from which no button leads to a person");
    const char *what = count(&q, &o, sum ? sum : asks_item(&q) ? &x->items : &x->others);
    if (getenv("EXAM"))
        printf("%s:%d: %s: %s%s%s\n", t->file, x->stage->line, q.labels[0], what, o.n ? " by " : "",
               o.n ? o.shown[0]->id : "");
    stage_forget(t);
    arena_clear(&x->arena);
}

/* --- all --- */

static void play_file(struct exam *x, const char *file, struct sum *sum)
{
    char line[4000];
    FILE *in = fopen(file, "re");
    if (!in)
        die("%s cannot be read", file);
    x->stage->file = file;
    for (x->stage->line = 1; fgets(line, sizeof(line), in); x->stage->line++) {
        line[strcspn(line, "\n")] = '\0';
        if (*line && *line != '#')
            ask(x, line, sum);
    }
    fclose(in);
}

static void print(const char *what, const struct sum *s)
{
    printf("%s: %.0f asked, %.0f answered, %.0f of them wrong; %.0f asked back, %.0f handed over, "
           "%.0f asked back for something else, %.0f lost; %.0f spoken to in their language\n",
           what, s->asked, s->answered, s->answered - s->right, s->offered, s->handed, s->strayed,
           s->lost, s->greeted);
}

/* What the README promises of questions that nobody here has seen. */
static void judge(struct exam *x)
{
    struct stage *t = x->stage;
    const struct sum *i = &x->items, *o = &x->others, *m = &x->mixed;
    if (i->asked != 306)
        stage_fault(t, "%.0f questions to items, of which there are 306", i->asked);
    if (i->right < 0.55 * i->asked)
        stage_fault(t, "%.0f answered of %.0f", i->right, i->asked);
    if (i->right < 0.97 * (i->answered + o->answered))
        stage_fault(t, "%.0f right of %.0f answers", i->right, i->answered + o->answered);
    if (m->right < 0.97 * m->answered)
        stage_fault(t, "%.0f right of %.0f answers to several questions", m->right, m->answered);
    if (i->greeted < 0.98 * i->asked)
        stage_fault(t, "%.0f of %.0f spoken to in their language", i->greeted, i->asked);
    if (i->strayed + m->strayed > 0.01 * (i->asked + m->asked))
        stage_fault(t, "%.0f asked back for something else", i->strayed + m->strayed);
    if (i->lost + o->lost + m->lost > 0)
        stage_fault(t, "%.0f got neither an answer nor a person", i->lost + o->lost + m->lost);
}

int exam_play(const char *dir, const struct handler_files *files)
{
    static const char *const languages[] = {"zh", "en", "vi", "ja", "ko", "ms"};
    struct exam x = {.stage = xcalloc(1, sizeof(*x.stage))};
    struct arena names = ARENA_INIT;
    struct buf why = BUF_INIT(100000);
    struct stage *t = x.stage;
    t->file = dir;
    t->settings = all_settings();
    if (settings_set(t->settings, "BRAND_CONVERT_URL", "https://exchange.example/convert", &why) ||
        settings_set(t->settings, "SURGE_REPORTS", "1000", &why) ||
        !(x.knowledge = knowledge_load(files, t->settings, &why)))
        die("%s", why.data);
    stage_begin(t, files);
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        x.lang = languages[i];
        play_file(&x, arena_printf(&names, "%s/%s.tsv", dir, x.lang), NULL);
        play_file(&x, arena_printf(&names, "%s/%s_mixed.tsv", dir, x.lang), &x.mixed);
    }
    t->file = dir;
    print("questions", &x.items);
    print("of no item", &x.others);
    print("several in one", &x.mixed);
    judge(&x);
    int faults = t->faults;
    stage_end(t);
    settings_free(t->settings);
    knowledge_free(x.knowledge);
    arena_release(&x.arena);
    arena_release(&names);
    buf_release(&why);
    free(t);
    return faults;
}
