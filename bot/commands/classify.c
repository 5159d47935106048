/* zaide classify: lines of text on stdin, "label TAB confidence" a line on stdout. */
#include "bot/commands/cache.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/faq/knowledge.h"

#include <errno.h>
#include <time.h>

struct options {
    const char *lang;
    const char *train, *oos; /* files, or NULL */
    bool decide, timed;
};

const char classify_usage[] =
    "usage: zaide classify [--lang XX] [--decide] [--timed] [--train FILE] [--oos FILE] < LINES\n"
    "  --decide      what would go to a person is none\n"
    "  --timed       a third column: how many microseconds it took\n"
    "  --train FILE  learn from text TAB label lines in place of the knowledge\n"
    "  --oos FILE    learn these lines as out of scope\n";

static int usage(void)
{
    fputs(classify_usage, stderr);
    return EXIT_USAGE;
}

static int read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char **value = str_eq(argv[i], "--lang")    ? &o->lang
                             : str_eq(argv[i], "--train") ? &o->train
                             : str_eq(argv[i], "--oos")   ? &o->oos
                                                          : NULL;
        if (str_eq(argv[i], "--decide"))
            o->decide = true;
        else if (str_eq(argv[i], "--timed"))
            o->timed = true;
        else if (value && i + 1 < argc)
            *value = argv[++i];
        else
            return -1;
    }
    return 0;
}

/* --- what to learn --- */

struct learning {
    struct arena arena;
    struct example *examples;
    size_t n, cap;
    struct knowledge *knowledge; /* or NULL */
};

static void learn(struct learning *l, const char *text, const char *label, const char *lang)
{
    bool is_none = !label || str_eq(label, "oos") || str_eq(label, "none");
    ARENA_GROW(&l->arena, l->examples, l->n, l->cap);
    l->examples[l->n++] = (struct example){text, is_none ? NULL : label, lang};
}

/* One line without its end, cleaned; NULL at the end of the file. */
static char *read_line(FILE *in, struct arena *a)
{
    char *line = NULL, *clean = NULL;
    size_t cap = 0;
    ssize_t len = getline(&line, &cap, in);
    while (len > 0 && strchr("\r\n", line[len - 1]))
        len--;
    if (len >= 0)
        clean = text_clean(a, line, (size_t)len);
    free(line);
    return clean;
}

static int learn_file(struct learning *l, const char *path, bool has_labels, struct buf *why)
{
    FILE *in = fopen(path, "re");
    int line_no = 0, status = 0;
    char *line;
    if (!in)
        return buf_fail(why, "%s: cannot be opened: %s", path, strerror(errno));
    while (!status && (line = read_line(in, &l->arena))) {
        char *tab = has_labels ? strrchr(line, '\t') : NULL;
        line_no++;
        if (!*line)
            continue;
        if (has_labels && (!tab || !tab[1]))
            status = buf_fail(why, "%s:%d: a text, a tab and a label are wanted", path, line_no);
        if (tab)
            *tab = '\0';
        learn(l, line, tab ? tab + 1 : NULL, NULL);
    }
    fclose(in);
    return status;
}

/* An item's title is an example of it: "card_arrival" is "card arrival". */
static void learn_titles(struct learning *l)
{
    size_t n = l->n;
    for (size_t i = 0; i < n; i++) {
        const char *label = l->examples[i].label;
        bool is_known = !label;
        for (size_t k = n; !is_known && k < l->n; k++)
            is_known = str_eq(l->examples[k].label, label);
        if (is_known)
            continue;
        char *title = arena_strdup(&l->arena, label);
        for (char *at = title; (at = strpbrk(at, "_/"));)
            *at = ' ';
        learn(l, title, label, NULL);
    }
}

static int learn_knowledge(struct learning *l, const struct settings *settings, struct buf *why)
{
    struct library *library = library_open(settings, why);
    struct knowledge *k = library ? knowledge_load(library_files(library), settings, why) : NULL;
    for (size_t i = 0; k && i < k->n_examples; i++)
        learn(l, k->examples[i].text, k->examples[i].label, k->examples[i].lang);
    l->knowledge = k;
    library_free(library);
    return k ? 0 : -1;
}

/* --- classifying --- */

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + (double)now.tv_nsec / 1000;
}

static void classify(const struct matcher *m, const struct options *o)
{
    struct arena a = ARENA_INIT;
    for (char *line; (line = read_line(stdin, &a)); arena_clear(&a)) {
        double begun_us = now_us();
        struct match found = matcher_match(m, line, o->lang);
        double us = now_us() - begun_us;
        bool is_none = !found.id || (o->decide && !found.sure);
        printf("%s\t%.6f", is_none ? "none" : found.id, found.confidence);
        printf(o->timed ? "\t%.1f\n" : "\n", us);
    }
    arena_release(&a);
}

int command_classify(int argc, char **argv)
{
    struct options o = {0};
    struct learning l = {0};
    struct buf why = BUF_INIT(256 * 1024);
    int status = EXIT_USAGE;
    if (read_options(argc, argv, &o))
        return usage();
    struct settings *settings = load_settings(&why);
    if (!settings)
        goto out;
    status = EXIT_REFUSED;
    if (o.train ? learn_file(&l, o.train, true, &why) : learn_knowledge(&l, settings, &why))
        goto out;
    if (o.train)
        learn_titles(&l);
    if (o.oos && learn_file(&l, o.oos, false, &why))
        goto out;
    struct teaching t = {l.examples, l.n, (int)settings_int(settings, "FAQ_PRECISION"),
                         l.knowledge ? l.knowledge->slang : NULL, l.knowledge != NULL};
    struct handler_cache cache = cache_in(settings_get(settings, "DATA_DIR"));
    struct matcher *m = matcher_open(&t, o.train || o.oos ? NULL : &cache);
    classify(m, &o);
    matcher_free(m);
    status = EXIT_DONE;
out:
    if (why.len)
        fprintf(stderr, "zaide: %s\n", why.data);
    knowledge_free(l.knowledge);
    settings_free(settings);
    arena_release(&l.arena);
    buf_release(&why);
    return status;
}
