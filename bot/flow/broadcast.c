#include "bot/flow/broadcast.h"

#include "bot/base/log.h"
#include "bot/flow/turn.h"

#include <inttypes.h>

#define REPORT_MS 15000 /* how often the job hears how far it is */
#define RETELL_MS 5000  /* it was told, but the facts do not show it yet */
#define MAX_SUMS  40

/* What is done with the job at present. */
enum work {
    WORK_NONE,
    WORK_LOAD,
    WORK_PLAN,
    WORK_BEGIN, /* BEGIN, REPORT, END, LEAVE: the list is counted, and then … */
    WORK_PASS,
    WORK_REPORT,
    WORK_END,
    WORK_LEAVE /* somebody paused or cancelled it */
};

struct sum {
    const char *state;
    int64_t n;
};

struct broadcast {
    struct broadcast_ports ports;
    char *account;
    int64_t epoch;
    bool is_stopped, is_running, is_asking;

    enum work work;
    struct arena arena; /* the job's; all below lives there */
    struct job job;     /* as it was when the work began, without accounts */
    const char *step, *list;
    struct announcement what;
    unsigned partition, bucket; /* of a plan or a count */
    const char **listed;        /* of a plan: the announcement's list, sorted … */
    size_t n_listed, n_chats;   /* … and how many of its chats are in the job's */
    struct sum sums[MAX_SUMS];
    size_t n_sums;

    struct flights *flights;
    int64_t report_ms, told_ms;
    char told[200]; /* the last step that was told of */
};

static void forget(struct broadcast *b)
{
    b->work = WORK_NONE;
    b->n_sums = 0;
    arena_clear(&b->arena);
}

/* Nothing is known of a call whose answer is lost. All that is asked here may be asked twice, so
 * the work begins anew. */
static bool is_answered(struct broadcast *b, enum store_status status)
{
    b->is_asking = false;
    if (status != STORE_OK)
        forget(b);
    return status == STORE_OK;
}

/* --- which job --- */

static bool was_told(const struct broadcast *b, struct arena *a, const struct job *job)
{
    const char *key = arena_printf(a, "%s %s", job_list(a, job, b->account), job_step(a, job));
    return str_eq(key, b->told) && clock_ms() < b->told_ms;
}

static const struct job *next_job(const struct broadcast *b)
{
    const struct facts *f = b->ports.facts(b->ports.arg);
    const struct job *best = NULL;
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < f->n_jobs; i++) {
        const struct job *job = &f->jobs[i];
        if (job->is_paused || job_account_is_done(&a, job, b->account) || was_told(b, &a, job))
            continue;
        if (!best || job->is_urgent > best->is_urgent ||
            (job->is_urgent == best->is_urgent && job->no < best->no))
            best = job;
    }
    arena_release(&a);
    return best;
}

/* Is the step still to be done? */
static bool is_wanted(const struct broadcast *b)
{
    const struct job *now = facts_job(b->ports.facts(b->ports.arg), b->job.no);
    struct arena a = ARENA_INIT;
    bool is = now && !b->is_stopped && !now->is_paused && now->revision == b->job.revision &&
              str_eq(job_step(&a, now), b->step);
    arena_release(&a);
    return is;
}

/* "did telegram:77 3 canary sent=98 blocked=2" */
static void tell(struct broadcast *b, const char *verb)
{
    struct arena a = ARENA_INIT;
    struct buf data = BUF_INIT(4000);
    int64_t now = clock_ms();
    buf_printf(&data, "%s %s %" PRId64 " %s", verb, b->account, b->job.revision, b->step);
    for (size_t i = 0; i < b->n_sums; i++)
        if (b->sums[i].n)
            buf_printf(&data, " %s=%" PRId64, b->sums[i].state, b->sums[i].n);
    struct event event = {
        .type = EVENT_TOLD,
        .id = {day_bucket(&a, "job", now),
               arena_printf(&a, "%s:%s:%s:%" PRId64, b->list, b->step, verb, now)},
        .now_ms = now,
        .subject = job_subject(&a, b->job.no),
        .data = data.data,
        .content = CONTENT_INIT,
    };
    b->ports.deliver(b->ports.arg, &event);
    buf_release(&data);
    arena_release(&a);
}

/* Not at once again, whatever the facts say. */
static void let_be(struct broadcast *b, int64_t ms)
{
    snprintf(b->told, sizeof(b->told), "%s %s", b->list, b->step);
    b->told_ms = clock_ms() + ms;
    forget(b);
}

/* --- sums, over all partitions --- */

static void add_sum(struct broadcast *b, const struct pair *pair)
{
    size_t i = 0;
    int64_t n;
    while (i < b->n_sums && !str_eq(b->sums[i].state, pair->name))
        i++;
    if (i == MAX_SUMS || parse_i64(pair->value, &n))
        return;
    if (i == b->n_sums)
        b->sums[b->n_sums++] = (struct sum){arena_strdup(&b->arena, pair->name), 0};
    b->sums[i].n += n;
}

static int64_t sum(const struct broadcast *b, const char *state /* NULL: all */)
{
    int64_t all = 0;
    for (size_t i = 0; i < b->n_sums; i++)
        if (!state || str_eq(b->sums[i].state, state))
            all += b->sums[i].n;
    return all;
}

static void count(struct broadcast *b, enum work what_for)
{
    b->work = what_for;
    b->partition = 0;
    for (size_t i = 0; i < b->n_sums; i++)
        b->sums[i].n = 0;
}

static void on_sums(void *arg, enum store_status status, const struct pair *pairs, size_t n)
{
    struct broadcast *b = arg;
    for (size_t i = 0; status == STORE_OK && i < n; i++)
        add_sum(b, &pairs[i]);
    b->partition++;
    is_answered(b, status);
    broadcast_run(b);
}

static void ask_sums(struct broadcast *b)
{
    b->is_asking = true;
    b->ports.store->ops->list_sums(b->ports.store, b->partition, b->list, on_sums, b);
}

/* --- the plan --- */

static bool is_our_platform(const struct broadcast *b)
{
    char platform[64];
    snprintf(platform, sizeof(platform), "%.*s", (int)strcspn(b->account, ":"), b->account);
    return str_empty(b->what.who.platforms) || words_have(b->what.who.platforms, platform);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* So that each of very many is found among very many. */
static void sort_list(struct broadcast *b)
{
    char *at = arena_strdup(&b->arena, b->what.list), *word;
    size_t n = 0;
    for (const char *c = at; *c; c++)
        n += *c == ' ';
    b->listed = arena_alloc(&b->arena, (n + 1) * sizeof(*b->listed));
    b->n_listed = 0;
    while ((word = strsep(&at, " ")))
        if (*word)
            b->listed[b->n_listed++] = word;
    qsort(b->listed, b->n_listed, sizeof(*b->listed), compare_words);
}

static bool is_listed(const struct broadcast *b, const char *name)
{
    return !b->n_listed ||
           bsearch(&name, b->listed, b->n_listed, sizeof(*b->listed), compare_words);
}

static void begin_plan(struct broadcast *b)
{
    bool is_ours = is_our_platform(b);
    b->work = WORK_PLAN;
    b->partition = is_ours && !b->what.only_chats ? 0 : PARTITIONS;
    b->bucket = 0;
    b->n_chats = is_ours ? 0 : b->what.n_chats;
    sort_list(b);
}

static void on_added(void *arg, enum store_status status)
{
    struct broadcast *b = arg;
    is_answered(b, status);
    broadcast_run(b);
}

static void on_people(void *arg, const struct people *page)
{
    struct broadcast *b = arg;
    struct arena a = ARENA_INIT;
    if (!is_answered(b, page->status)) {
        broadcast_run(b);
        return;
    }
    const char **names = arena_alloc(&a, (page->n + 1) * sizeof(*names));
    size_t n = 0;
    for (size_t i = 0; i < page->n; i++) {
        struct person p;
        if (person_parse(&a, page->pairs[i].value, &p) && audience_has(&b->what.who, &p) &&
            is_listed(b, page->pairs[i].name) && !person_refuses(&b->what.who, &p))
            names[n++] = page->pairs[i].name;
    }
    unsigned partition = b->partition;
    bool is_last = page->bucket == AUDIENCE_BUCKETS;
    b->partition += is_last;
    b->bucket = is_last ? 0 : page->bucket + 1;
    if (n) {
        b->is_asking = true;
        b->ports.store->ops->list_add(b->ports.store, partition, b->list, page->bucket, names, n,
                                      "planned", on_added, b);
    } else {
        broadcast_run(b);
    }
    arena_release(&a);
}

static void add_chat(struct broadcast *b)
{
    const struct announcement_chat *chat = &b->what.chats[b->n_chats++];
    const char *id = arena_printf(&b->arena, "%s:%s", b->account, chat->chat);
    b->is_asking = true;
    b->ports.store->ops->list_add(b->ports.store, conversation_partition(id), b->list,
                                  audience_bucket(id), &chat->chat, 1, "planned", on_added, b);
}

static void plan(struct broadcast *b)
{
    if (!is_wanted(b)) {
        forget(b);
    } else if (b->partition < PARTITIONS) {
        b->is_asking = true;
        b->ports.store->ops->people(b->ports.store, b->partition, b->account, b->bucket, on_people,
                                    b);
    } else if (b->n_chats < b->what.n_chats) {
        add_chat(b);
    } else {
        count(b, WORK_END);
    }
}

/* --- a pass --- */

static void begin_pass(struct broadcast *b)
{
    struct arena *a = &b->arena;
    int64_t sent_to = sum(b, NULL) - sum(b, "planned");
    struct pass pass = {.list = b->list, .what = &b->what, .left = INT64_MAX};
    bool retracts = str_eq(b->step, "retract");
    if (starts_with(b->step, "edit") || retracts) {
        char *takes = arena_strdup(a, "sent");
        for (int64_t i = 1; i < b->job.edition + retracts; i++)
            takes = arena_printf(a, "%s edited%" PRId64, takes, i);
        pass.name = b->step;
        pass.takes = retracts ? arena_printf(a, "%s not_edited", takes) : takes;
        pass.kind = retracts ? CONTENT_DELETE : CONTENT_EDIT;
        pass.sent = retracts ? "retracted" : arena_printf(a, "edited%" PRId64, b->job.edition);
        pass.failed = retracts ? "not_retracted" : "not_edited";
    } else {
        pass.name = "send";
        pass.takes = "planned";
        pass.sent = "sent";
        if (str_eq(b->step, "canary"))
            pass.left = JOB_CANARY_MAX > sent_to ? JOB_CANARY_MAX - sent_to : 0;
    }
    flights_begin(b->flights, &pass);
    b->work = WORK_PASS;
    b->report_ms = clock_ms() + REPORT_MS;
}

static void work_on_pass(struct broadcast *b)
{
    bool wanted = is_wanted(b);
    if (!flights_run(b->flights, wanted)) {
        if (clock_ms() >= b->report_ms && wanted)
            count(b, WORK_REPORT);
    } else {
        count(b, wanted ? WORK_END : WORK_LEAVE);
    }
}

/* --- the beginning and the end --- */

static void on_record(void *arg, const struct loaded *loaded)
{
    struct broadcast *b = arg;
    const char *what = "";
    if (!is_answered(b, loaded->status))
        return;
    for (size_t i = 0; i < loaded->n_pairs; i++)
        if (str_eq(loaded->pairs[i].name, ANNOUNCEMENT))
            what = loaded->pairs[i].value;
    if (!announcement_parse(&b->arena, what, &b->what)) {
        log_error("broadcast", "job %" PRId64 " cannot be read: cancel it and write it anew",
                  b->job.no);
        let_be(b, 60 * 1000);
    } else if (str_eq(b->step, "plan")) {
        begin_plan(b);
    } else {
        count(b, WORK_BEGIN);
    }
    broadcast_run(b);
}

static void begin(struct broadcast *b, const struct job *job)
{
    struct arena *a = &b->arena;
    b->job = *job;
    b->job.accounts = NULL;
    b->job.n_accounts = 0;
    b->step = arena_strdup(a, job_step(a, job));
    b->list = job_list(a, job, b->account);
    b->work = WORK_LOAD;
    b->is_asking = true;
    b->ports.store->ops->load(b->ports.store, job_subject(a, job->no), NULL, 0, on_record, b);
}

/* All partitions were counted. */
static void counted(struct broadcast *b)
{
    if (b->work == WORK_BEGIN) {
        begin_pass(b);
    } else if (b->work == WORK_REPORT) {
        tell(b, "progress");
        b->work = WORK_PASS;
        b->report_ms = clock_ms() + REPORT_MS;
    } else if (b->work == WORK_LEAVE) {
        tell(b, "progress");
        forget(b);
    } else {
        tell(b, "did");
        let_be(b, RETELL_MS);
    }
}

/* One thing after the other; false: an answer is awaited, or there is nothing to do. */
static bool advance(struct broadcast *b)
{
    const struct job *job = NULL;
    switch (b->work) {
    case WORK_NONE:
        job = b->is_stopped ? NULL : next_job(b);
        if (job)
            begin(b, job);
        return job;
    case WORK_PLAN:
        plan(b);
        return true;
    case WORK_BEGIN:
    case WORK_REPORT:
    case WORK_END:
    case WORK_LEAVE:
        if (b->partition < PARTITIONS)
            ask_sums(b);
        else
            counted(b);
        return true;
    case WORK_PASS:
        work_on_pass(b);
        return b->work != WORK_PASS;
    case WORK_LOAD:
        break;
    }
    return false;
}

void broadcast_run(struct broadcast *b)
{
    if (b->is_running)
        return; /* the store answered from inside the call */
    b->is_running = true;
    while (b->epoch && b->ports.store->is_up && !b->is_asking && advance(b))
        ;
    b->is_running = false;
    if (b->work == WORK_PASS && flights_wake_ms(b->flights) != INT64_MAX)
        b->ports.wake(b->ports.arg, flights_wake_ms(b->flights));
}

/* --- life --- */

static int64_t ask_per_s(void *arg)
{
    struct broadcast *b = arg;
    return b->ports.per_s(b->ports.arg);
}

static int64_t ask_spare_ms(void *arg, const char *chat)
{
    struct broadcast *b = arg;
    return b->ports.spare_ms(b->ports.arg, chat);
}

static void pause_chat(void *arg, const char *chat, int64_t until_ms)
{
    struct broadcast *b = arg;
    b->ports.pause_chat(b->ports.arg, chat, until_ms);
}

static void pass_on(void *arg, const struct outgoing *outgoing, void *ticket)
{
    struct broadcast *b = arg;
    b->ports.send(b->ports.arg, outgoing, ticket);
}

static void on_moved(void *arg)
{
    struct broadcast *b = arg;
    if (!b->is_running)
        b->ports.wake(b->ports.arg, clock_ms());
}

void broadcast_hold(struct broadcast *b, int64_t epoch)
{
    if (epoch && epoch == b->epoch)
        return;
    b->epoch = epoch;
    flights_hold(b->flights, epoch);
    if (!b->is_asking)
        forget(b);
}

void broadcast_stop(struct broadcast *b)
{
    b->is_stopped = true;
    b->ports.wake(b->ports.arg, clock_ms());
}

bool broadcast_settle(struct broadcast *b, void *ticket, const struct delivery *delivery)
{
    return flights_settle(b->flights, ticket, delivery);
}

size_t broadcast_in_flight(const struct broadcast *b)
{
    return flights_count(b->flights);
}

struct broadcast *broadcast_new(const char *account, const struct broadcast_ports *ports)
{
    struct broadcast *b = xcalloc(1, sizeof(*b));
    b->ports = *ports;
    b->account = xstrdup(account);
    struct flights_ports flights = {
        .store = ports->store,
        .phrases = ports->phrases,
        .per_s = ask_per_s,
        .spare_ms = ask_spare_ms,
        .pause_chat = pause_chat,
        .send = pass_on,
        .moved = on_moved,
        .arg = b,
    };
    b->flights = flights_new(account, &flights);
    return b;
}

void broadcast_free(struct broadcast *b)
{
    if (!b)
        return;
    flights_free(b->flights);
    arena_release(&b->arena);
    free(b->account);
    free(b);
}
