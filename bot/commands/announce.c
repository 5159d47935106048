/* zaide announce: announcements from a terminal. What is typed goes to the job as if it were
 * written in its topic; the daemon does the rest. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"
#include "bot/commands/tell.h"
#include "bot/flow/turn.h"

#include <inttypes.h>
#include <unistd.h>

#define MAX_FILE (512 * 1024)
#define WATCH_MS 500
#define BAR      30

struct announcing {
    const char *verb, *agent;
    int64_t no;
    struct buf text; /* what is typed for it */
    struct setup *setup;
    struct timer *timer;
    /* Watching: */
    struct arena arena;
    int64_t planned, all, asked_ms;       /* in this look */
    int64_t over_before, before_ms, rate; /* a second */
    size_t waiting;                       /* answers */
};

const char announce_usage[] =
    "usage: zaide announce draft FILE [--list CSV] --as NAME\n"
    "       zaide announce text NO FILE --as NAME        a new text, for the draft or what is out\n"
    "       zaide announce preview|start|go|pause|resume|cancel|retract|change|show NO --as NAME\n"
    "       zaide announce approve NO --count N --as NAME\n"
    "       zaide announce emergency NO --reason TEXT --as NAME\n"
    "       zaide announce list | watch NO\n"
    "FILE: YAML, as the README has it (-: standard input). CSV: people's ids in the first "
    "column.\n";

/* --- acting --- */

static void act(struct setup *s, void *arg)
{
    struct announcing *a = arg;
    const struct facts *f = engine_facts(s->engine);
    a->setup = s;
    if (str_eq(a->verb, "draft"))
        a->no = facts_next_job(f);
    else if (!facts_job(f, a->no)) {
        fprintf(stderr, "zaide: no announcement %" PRId64 ": see zaide announce list\n", a->no);
        setup_done(s, EXIT_REFUSED);
        return;
    }
    if (!tell_may_be(s, a->agent))
        return;
    tell_typed(s, a->agent, job_subject(&a->arena, a->no), a->text.data);
}

/* --- looking --- */

static void list(struct setup *s, void *arg)
{
    const struct facts *f = engine_facts(s->engine);
    (void)arg;
    for (size_t i = 0; i < f->n_jobs; i++) {
        const struct job *job = &f->jobs[i];
        printf("%-4" PRId64 " %-11s%s %" PRId64 " recipients\n", job->no,
               job_stage_name(job->stage), job->is_paused ? " paused" : "", job_recipients(job));
    }
    if (!f->n_jobs)
        printf("No announcements in the last 30 days.\n");
    setup_done(s, EXIT_DONE);
}

static void print_bar(struct announcing *a, const struct job *job)
{
    int64_t now = clock_ms(), over = a->all - a->planned;
    if (a->before_ms && now > a->before_ms)
        a->rate = (over - a->over_before) * 1000 / (now - a->before_ms);
    a->over_before = over;
    a->before_ms = now;
    char bar[BAR + 1] = "";
    for (size_t i = 0; i < BAR; i++)
        bar[i] = (int64_t)i * a->all < over * BAR ? '#' : '.';
    printf("%s[%s] %" PRId64 "/%" PRId64 " %s%s, %" PRId64 "/s", isatty(1) ? "\r\033[K" : "", bar,
           over, a->all, job_stage_name(job->stage), job->is_paused ? " (paused)" : "", a->rate);
    if (a->rate > 0)
        printf(", %" PRId64 " s left", a->planned / a->rate);
    if (!isatty(1))
        printf("\n");
    fflush(stdout);
}

static void look(void *arg);

static bool is_running(const struct job *job)
{
    return job->stage == JOB_CANARY || job->stage == JOB_SENDING || job->stage == JOB_EDITING ||
           job->stage == JOB_RETRACTING;
}

static void on_sums(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct announcing *a = arg;
    int64_t number;
    for (size_t i = 0; status == STORE_OK && i < n; i++)
        if (!parse_i64(pairs[i].value, &number)) {
            a->all += number;
            a->planned += str_eq(pairs[i].name, "planned") ? number : 0;
        }
    if (--a->waiting)
        return;
    const struct job *job = facts_job(engine_facts(a->setup->engine), a->no);
    if (job)
        print_bar(a, job);
    if (job && is_running(job)) {
        timer_arm(a->timer, WATCH_MS);
        return;
    }
    printf(isatty(1) ? "\n" : "");
    setup_done(a->setup, EXIT_DONE);
}

static void look(void *arg)
{
    struct announcing *a = arg;
    struct store *store = engine_store(a->setup->engine);
    const struct job *job = facts_job(engine_facts(a->setup->engine), a->no);
    arena_clear(&a->arena);
    if (!job || !job->n_accounts) {
        fprintf(stderr, "zaide: announcement %" PRId64 " has no recipients yet\n", a->no);
        setup_done(a->setup, EXIT_REFUSED);
        return;
    }
    a->planned = a->all = 0;
    a->waiting = job->n_accounts * PARTITIONS;
    for (size_t i = 0; i < job->n_accounts; i++)
        for (unsigned p = 0; p < PARTITIONS; p++)
            store->ops->list_sums(store, p, job_list(&a->arena, job, job->accounts[i].id), on_sums,
                                  a);
}

static void watch(struct setup *s, void *arg)
{
    struct announcing *a = arg;
    a->setup = s;
    s->takes_its_time = true;
    a->timer = timer_new(s->loop, look, a);
    look(a);
}

/* --- what is typed --- */

static int read_file(const char *path, struct buf *out)
{
    FILE *f = str_eq(path, "-") ? stdin : fopen(path, "r");
    char part[4096];
    size_t n;
    if (!f) {
        fprintf(stderr, "zaide: %s cannot be read\n", path);
        return -1;
    }
    while ((n = fread(part, 1, sizeof(part), f)))
        buf_add(out, part, n);
    if (f != stdin)
        fclose(f);
    if (buf_over(out))
        fprintf(stderr, "zaide: %s is too long\n", path);
    return buf_over(out) ? -1 : 0;
}

/* The first column; a first line that is no id names the columns. */
static int read_list(const char *path, struct buf *out)
{
    struct buf csv = BUF_INIT(4 * MAX_FILE);
    int line = 0, failed = read_file(path, &csv);
    buf_str(out, "\nlist:");
    for (const char *at = csv.data; !failed && *at; at += *at == '\n') {
        size_t all = strcspn(at, "\n"), len = strspn(at, "0123456789"), end = strcspn(at, ",;\r\n");
        line++;
        if (len && len == end) {
            buf_char(out, ' ');
            buf_add(out, at, len);
        } else if (all && end && line > 1) {
            fprintf(stderr, "zaide: %s:%d: the first column is no id\n", path, line);
            failed = -1;
        }
        at += all;
    }
    buf_char(out, '\n');
    buf_release(&csv);
    return failed;
}

struct words { /* of the command line */
    const char *verb, *first, *second, *agent, *count, *reason, *list;
};

static bool parse(int argc, char **argv, struct words *w)
{
    const struct {
        const char *name, **value;
    } options[] = {{"--as", &w->agent},
                   {"--count", &w->count},
                   {"--reason", &w->reason},
                   {"--list", &w->list}};
    *w = (struct words){.verb = argc > 1 ? argv[1] : NULL};
    for (int i = 2; i < argc; i++) {
        size_t o = 0;
        while (o < ARRAY_LEN(options) && !str_eq(options[o].name, argv[i]))
            o++;
        if (o < ARRAY_LEN(options) && i + 1 < argc)
            *options[o].value = argv[++i];
        else if (!w->first)
            w->first = argv[i];
        else if (!w->second)
            w->second = argv[i];
        else
            return false;
    }
    return w->verb;
}

/* -1: what is missing was told; 1: it is not how the command is used. */
static int type(struct announcing *a, const struct words *w)
{
    bool is_draft = str_eq(w->verb, "draft"), is_text = str_eq(w->verb, "text");
    const char *file = is_draft ? w->first : w->second;
    if (!w->agent || (!is_draft && (!w->first || parse_i64(w->first, &a->no))) ||
        (is_draft || is_text ? !file : file != NULL) || (str_eq(w->verb, "approve") && !w->count) ||
        (str_eq(w->verb, "emergency") && !w->reason))
        return 1;
    buf_printf(&a->text, "/%s %s%s", is_draft ? "announce" : w->verb, w->count ? w->count : "",
               w->reason ? w->reason : "");
    if (file) {
        buf_char(&a->text, '\n');
        if (read_file(file, &a->text))
            return -1;
    }
    return w->list ? read_list(w->list, &a->text) : 0;
}

int command_announce(int argc, char **argv)
{
    static const char *const verbs = "draft text preview start go pause resume cancel retract "
                                     "change show approve emergency";
    struct announcing a = {.text = BUF_INIT(4 * MAX_FILE)};
    struct words w;
    int status = EXIT_USAGE, failed = 1;
    if (parse(argc, argv, &w)) {
        a.verb = w.verb;
        a.agent = w.agent;
        if (str_eq(w.verb, "list") && !w.first)
            return setup_command(list, NULL);
        if (str_eq(w.verb, "watch") && w.first && !parse_i64(w.first, &a.no))
            status = setup_command(watch, &a), failed = 0;
        else if (words_have(verbs, w.verb) && !(failed = type(&a, &w)))
            status = setup_command(act, &a);
    }
    if (failed > 0)
        fputs(announce_usage, stderr);
    buf_release(&a.text);
    arena_release(&a.arena);
    return failed < 0 ? EXIT_REFUSED : status;
}
