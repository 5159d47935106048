/* zaide ask: what the bot would answer, and why. Nothing is sent and nothing is stored. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"
#include "handlers/faq/faq.h"

static int usage(void)
{
    fprintf(stderr, "usage: zaide ask [--lang XX] TEXT\n");
    return EXIT_USAGE;
}

/* A customer who has been greeted asks; somebody is on shift. */
static void ask(const struct pipeline *p, struct arena *a, const char *lang, const char *text,
                struct effects *e)
{
    static struct agent anybody = {.name = "anybody", .languages = "zh en vi ja ko ms"};
    static const struct facts facts = {.agents = &anybody, .n_agents = 1};
    struct conversation *asker = arena_alloc(a, sizeof(*asker));
    struct event *event = arena_alloc(a, sizeof(*event));

    conversation_init(asker, "console:ask:1");
    asker->greeted = 1;
    asker->lang = lang ? lang : "";
    asker->lang_fixed = lang != NULL;
    *event = (struct event){
        .type = EVENT_MESSAGE,
        .id = {"ask", "1"},
        .now_ms = clock_ms(),
        .from = {"console", "ask", "1", "", "1"},
        .name = "",
        .username = "",
        .lang_hint = "",
        .is_private = true,
        .content = {.text = text_clean(a, text, strlen(text))},
        .data = "",
        .subject = asker->id,
    };
    pipeline_screen(p, a, asker, event);
    *e = (struct effects){.arena = a, .next_case = 64};
    pipeline_run(p, asker, event, &facts, e);
}

static void print_answers(const struct effects *e)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct effect *it = e->items[i];
        if (it->type != EFFECT_SAY || it->lane != LANE_CUSTOMER)
            continue;
        printf("%s\n", it->content.text);
        for (size_t k = 0; k < it->content.n_files; k++)
            printf("[%s] ", it->content.files[k].path);
        for (size_t k = 0; k < it->content.n_buttons; k++)
            printf("[%s] ", it->content.buttons[k].label);
        printf("%s\n", it->content.n_files + it->content.n_buttons ? "\n" : "");
    }
    const struct conversation *c = e->subject;
    if (e->opens_case)
        printf("a case: %s, %s, team %s, priority %d\n", c->reason, *c->topic ? c->topic : "-",
               c->team, (int)c->priority);
}

static void print_reasons(const struct pipeline *p, struct arena *a, const struct effects *e)
{
    struct buf why = BUF_INIT(64 * 1024);
    printf("language %s\n", *e->subject->lang ? e->subject->lang : "en");
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->handlers[i]->name, "faq"))
            faq_explain(p->selves[i], a, e->event->content.text, &why);
    printf("%s", why.data);
    buf_release(&why);
}

static char *join(struct arena *a, char **words, int n)
{
    char *text = arena_strdup(a, words[0]);
    for (int i = 1; i < n; i++)
        text = arena_printf(a, "%s %s", text, words[i]);
    return text;
}

int command_ask(int argc, char **argv)
{
    const char *lang = NULL;
    int first = 1;
    if (argc > 2 && str_eq(argv[1], "--lang")) {
        lang = argv[2];
        first = 3;
    }
    if (first >= argc || starts_with(argv[first], "--"))
        return usage();

    struct setup s;
    struct buf why = BUF_INIT(256 * 1024);
    struct arena a = ARENA_INIT;
    bool is_usage = false;
    int status = EXIT_REFUSED;
    if (setup_init(&s, &is_usage, &why)) {
        fprintf(stderr, "zaide: %s\n", why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else if (lang && !phrases_has_language(s.pipeline.phrases, lang)) {
        fprintf(stderr, "zaide: --lang %s: there is no %s/phrases.yaml in the knowledge\n", lang,
                lang);
        status = EXIT_USAGE;
    } else {
        struct effects e;
        setup_prepare(&s);
        ask(&s.pipeline, &a, lang, join(&a, argv + first, argc - first), &e);
        print_answers(&e);
        print_reasons(&s.pipeline, &a, &e);
        status = EXIT_DONE;
    }
    arena_release(&a);
    setup_release(&s);
    buf_release(&why);
    return status;
}
