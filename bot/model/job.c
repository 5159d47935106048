#include "bot/model/job.h"

#include "bot/base/json.h"

#include <inttypes.h>

static const char *const stage_names[JOB_STAGES] = {
    [JOB_DRAFT] = "draft",         [JOB_APPROVED] = "approved",     [JOB_CANARY] = "canary",
    [JOB_CHECKED] = "checked",     [JOB_SENDING] = "sending",       [JOB_DONE] = "done",
    [JOB_EDITING] = "editing",     [JOB_RETRACTING] = "retracting", [JOB_RETRACTED] = "retracted",
    [JOB_CANCELLED] = "cancelled",
};

const char *job_stage_name(enum job_stage s)
{
    return stage_names[s];
}

const char *job_step(struct arena *a, const struct job *job)
{
    switch (job->stage) {
    case JOB_DRAFT:
        return "plan";
    case JOB_CANARY:
        return "canary";
    case JOB_SENDING:
        return "send";
    case JOB_EDITING:
        return arena_printf(a, "edit%" PRId64, job->edition);
    case JOB_RETRACTING:
        return "retract";
    case JOB_APPROVED:
    case JOB_CHECKED:
    case JOB_DONE:
    case JOB_RETRACTED:
    case JOB_CANCELLED:
    case JOB_STAGES:
        break;
    }
    return NULL;
}

struct job_account *job_account(const struct job *job, const char *id)
{
    for (size_t i = 0; i < job->n_accounts; i++)
        if (str_eq(job->accounts[i].id, id))
            return &job->accounts[i];
    return NULL;
}

/* Who has no list has nothing to do after the plan. */
bool job_account_is_done(struct arena *a, const struct job *job, const char *account)
{
    const char *step = job_step(a, job);
    const struct job_account *told = job_account(job, account);
    if (!step)
        return true;
    return told ? str_eq(told->did, step) : job->stage != JOB_DRAFT;
}

bool job_is_done(struct arena *a, const struct job *job)
{
    for (size_t i = 0; i < job->n_accounts; i++)
        if (!job_account_is_done(a, job, job->accounts[i].id))
            return false;
    return true;
}

int64_t job_recipients(const struct job *job)
{
    int64_t n = 0;
    for (size_t i = 0; i < job->n_accounts; i++)
        n += job->accounts[i].n;
    return n;
}

char *job_list(struct arena *a, const struct job *job, const char *account)
{
    return arena_printf(a, "%" PRId64 ".%" PRId64 ":%s", job->no, job->revision, account);
}

/* --- as it is kept --- */

static bool parse_stage(const char *name, enum job_stage *out)
{
    for (size_t i = 0; i < JOB_STAGES; i++)
        if (str_eq(stage_names[i], name)) {
            *out = (enum job_stage)i;
            return true;
        }
    return false;
}

bool job_parse(struct arena *a, const char *no, const char *kept, struct job *out)
{
    struct json *j = json_parse(kept, strlen(kept), NULL);
    *out = (struct job){0};
    bool ok = j && !parse_i64(no, &out->no) && parse_stage(json_str(j, "stage"), &out->stage);
    out->is_paused = json_bool(j, "paused");
    out->is_urgent = json_bool(j, "urgent");
    out->revision = json_int(j, "revision", 0);
    out->edition = json_int(j, "edition", 0);
    const struct json *accounts = json_at(j, "accounts");
    out->n_accounts = json_len(accounts);
    out->accounts = arena_alloc(a, out->n_accounts * sizeof(*out->accounts));
    for (size_t i = 0; i < out->n_accounts; i++) {
        const struct json *account = json_item(accounts, i);
        out->accounts[i] = (struct job_account){
            json_text(account, "id", a), json_int(account, "n", 0), json_text(account, "did", a)};
    }
    json_free(j);
    return ok;
}

char *job_print(struct arena *a, const struct job *job)
{
    struct buf out = BUF_INIT(JSON_MAX_BYTES);
    struct json_writer w = JSON_WRITER(&out);
    json_open(&w, NULL, '{');
    json_put_str(&w, "stage", job_stage_name(job->stage));
    json_put_bool(&w, "paused", job->is_paused);
    json_put_bool(&w, "urgent", job->is_urgent);
    json_put_int(&w, "revision", job->revision);
    json_put_int(&w, "edition", job->edition);
    json_open(&w, "accounts", '[');
    for (size_t i = 0; i < job->n_accounts; i++) {
        json_open(&w, NULL, '{');
        json_put_str(&w, "id", job->accounts[i].id);
        json_put_int(&w, "n", job->accounts[i].n);
        json_put_str(&w, "did", job->accounts[i].did);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    return arena_take(a, &out);
}

char *job_subject(struct arena *a, int64_t no)
{
    return arena_printf(a, "job:%" PRId64, no);
}

int64_t job_number(const char *subject)
{
    int64_t no;
    return !starts_with(subject, "job:") || parse_i64(subject + strlen("job:"), &no) ? 0 : no;
}
