#include "bot/commands/knowledge_test.h"

#include "bot/commands/cache.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/faq/knowledge.h"

#include <errno.h>

#define MOST_CONFUSED 10

struct question {
    const char *label, *found; /* NULL: none */
    double confidence;
    bool sure;
};

struct test {
    struct arena arena; /* holds all strings */
    struct question *items;
    size_t n, cap;
    size_t in_scope;
};

/* --- asking --- */

static int ask(struct test *t, const struct matcher *m, const struct knowledge *k, char *line,
               struct buf *why)
{
    char *label = strrchr(line, '\t');
    if (!label || !label[1])
        return buf_fail(why, "a text, a tab and a label are wanted");
    *label++ = '\0';
    bool is_out = str_eq(label, "none") || str_eq(label, "oos") || starts_with(label, "kind:");
    if (!is_out && !knowledge_item(k, label))
        return buf_fail(why, "%s is no item's id, nor none or kind:…", label);
    struct match found = matcher_match(m, line, NULL);
    ARENA_GROW(&t->arena, t->items, t->n, t->cap);
    t->items[t->n++] = (struct question){is_out ? NULL : arena_strdup(&t->arena, label), found.id,
                                         found.confidence, found.sure};
    t->in_scope += !is_out;
    return 0;
}

static int ask_all(struct test *t, const struct matcher *m, const struct knowledge *k,
                   const char *path, struct buf *why)
{
    FILE *in = fopen(path, "re");
    struct buf fault = BUF_INIT(1000);
    char *line = NULL;
    size_t cap = 0;
    int status = 0, line_no = 0;
    if (!in)
        return buf_fail(why, "%s: cannot be opened: %s", path, strerror(errno));
    for (ssize_t len; !status && (len = getline(&line, &cap, in)) >= 0;) {
        line_no++;
        while (len > 0 && strchr("\r\n", line[len - 1]))
            len--;
        char *clean = text_clean(&t->arena, line, (size_t)len);
        if (*clean && *clean != '#' && ask(t, m, k, clean, &fault))
            status = buf_fail(why, "%s:%d: %s", path, line_no, fault.data);
    }
    if (!status && !t->in_scope)
        status = buf_fail(why, "%s: there is no question to an item", path);
    free(line);
    fclose(in);
    buf_release(&fault);
    return status;
}

/* --- telling --- */

static bool is_right(const struct question *q)
{
    return q->label && str_eq(q->label, q->found);
}

static int by_confidence(const void *a, const void *b)
{
    const struct question *x = a, *y = b;
    return (x->confidence < y->confidence) - (x->confidence > y->confidence);
}

/* The largest part of the questions that could be answered with this precision, in percent. */
static double coverage_at(const struct test *t, double precision)
{
    double answered = 0, right = 0, in_scope = 0, best = 0;
    for (size_t i = 0; i < t->n; i++) {
        answered++;
        right += is_right(&t->items[i]);
        in_scope += t->items[i].label != NULL;
        bool is_last = i + 1 == t->n || t->items[i + 1].confidence < t->items[i].confidence;
        if (is_last && right >= precision / 100 * answered)
            best = in_scope;
    }
    return 100 * best / (double)t->in_scope;
}

struct confusion {
    const char *label, *found;
    size_t n;
};

static int by_count(const void *a, const void *b)
{
    const struct confusion *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

static void print_confusions(struct test *t)
{
    struct confusion *all = arena_alloc(&t->arena, (t->n + 1) * sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct question *q = &t->items[i];
        size_t k = 0;
        if (!q->label || is_right(q))
            continue;
        while (k < n && !(str_eq(all[k].label, q->label) && str_eq(all[k].found, q->found)))
            k++;
        if (k == n)
            all[n++] = (struct confusion){q->label, q->found, 0};
        all[k].n++;
    }
    qsort(all, n, sizeof(*all), by_count);
    for (size_t i = 0; i < n && i < MOST_CONFUSED; i++)
        printf("%4zu  %s taken for %s\n", all[i].n, all[i].label,
               all[i].found ? all[i].found : "none");
}

static void print_test(struct test *t, double bar)
{
    size_t right = 0, sure = 0, sure_right = 0, answered = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct question *q = &t->items[i];
        right += is_right(q);
        sure += q->sure;
        sure_right += q->sure && is_right(q);
        answered += q->sure && q->label;
    }
    double in_scope = (double)t->in_scope;
    printf("%zu questions to items, %zu to none\n", t->in_scope, t->n - t->in_scope);
    printf("accuracy %.1f %%: the best item is the right one, sure or not\n",
           100 * (double)right / in_scope);
    printf("answered %.1f %%, %.1f %% of the answers right: sure from %.3f\n",
           100 * (double)answered / in_scope, sure ? 100 * (double)sure_right / (double)sure : 100,
           bar);
    qsort(t->items, t->n, sizeof(*t->items), by_confidence);
    for (int precision = 90; precision < 100; precision += precision < 95 ? 5 : 2)
        printf("could be answered at %d %% right: %.1f %%\n", precision, coverage_at(t, precision));
    print_confusions(t);
}

int knowledge_test(const char *path)
{
    struct test t = {.n = 0};
    struct buf why = BUF_INIT(256 * 1024);
    struct library *library = NULL;
    struct knowledge *k = NULL;
    struct matcher *m = NULL;
    int status = EXIT_USAGE;
    struct settings *settings = load_settings(&why);
    if (!settings)
        goto out;
    status = EXIT_REFUSED;
    library = library_open(settings, &why);
    k = library ? knowledge_load(library_files(library), settings, &why) : NULL;
    if (!k)
        goto out;
    struct teaching teaching = {k->examples, k->n_examples,
                                (int)settings_int(settings, "FAQ_PRECISION"), k->slang, true};
    struct handler_cache cache = cache_in(settings_get(settings, "DATA_DIR"));
    m = matcher_open(&teaching, &cache);
    if (ask_all(&t, m, k, path, &why))
        goto out;
    print_test(&t, matcher_bar(m));
    status = EXIT_DONE;
out:
    if (why.len)
        fprintf(stderr, "zaide: %s\n", why.data);
    matcher_free(m);
    knowledge_free(k);
    library_free(library);
    settings_free(settings);
    arena_release(&t.arena);
    buf_release(&why);
    return status;
}
