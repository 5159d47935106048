/* zaide compensation: lists of who gets how much back. Uploaded by one, approved by another, and
 * told as told in the staff room: handlers/compensation/list.c decides. */
#include "bot/commands/commands.h"
#include "bot/commands/ledger.h"
#include "bot/commands/read_file.h"
#include "bot/commands/tell.h"
#include "handlers/compensation/list.h"
#include "handlers/compensation/upload.h"

#include <inttypes.h>

#define MAX_FILE (64 * 1024 * 1024)
#define AT_ONCE  64

const char compensation_usage[] =
    "usage: zaide compensation upload FILE --list NAME --as AGENT\n"
    "       zaide compensation show NAME\n"
    "       zaide compensation approve NAME --lines N --check DIGITS --as AGENT\n"
    "       zaide compensation cancel NAME --as AGENT\n"
    "       zaide compensation export NAME --as AGENT > FILE\n"
    "       zaide compensation verify FILE\n"
    "FILE: comma-separated values, the first line names the columns: uid,asset,amount,reason.\n"
    "Another manager or admin than the one who uploaded it approves a list, with the number of\n"
    "its lines and the first 8 digits of its checksum. What was exported shows every change\n"
    "afterwards: verify. NAME: small letters, digits and -, 20 at most.\n";

struct acting {
    struct arena arena;
    struct setup *setup;
    const char *verb, *what, *list, *agent, *lines, *check;
    struct pay_upload upload;
    size_t next, done;
    bool is_pumping;
};

static const char *subject(struct acting *a)
{
    return arena_printf(&a->arena, PAY_SUBJECT "%s", a->list);
}

static void refuse(struct acting *a, const char *why)
{
    fprintf(stderr, "zaide compensation: %s\n", why);
    setup_done(a->setup, EXIT_REFUSED);
}

/* --- what came of it --- */

static void print_list(const struct conversation *c, struct arena *a)
{
    static const char *const rows[][2] = {{"stage", "stage"},
                                          {"lines", "rows"},
                                          {"checksum", "check"},
                                          {"uploaded by", "author"},
                                          {"approved by", "approver"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (*conversation_var(c, rows[i][1]))
            printf("%-14s %s\n", rows[i][0], conversation_var(c, rows[i][1]));
    printf("%-14s %s\n", "total", pay_sums_words(a, conversation_var(c, "sums")));
    printf("%-14s %" PRId64 "\n", "confirmed", conversation_var_int(c, "n.confirmed"));
    printf("%-14s %s\n", "of these", pay_sums_words(a, conversation_var(c, "confirmed")));
    printf("%-14s %" PRId64 "\n", "disputed", conversation_var_int(c, "n.disputed"));
    if (!str_eq(conversation_var(c, "stage"), "released"))
        return;
    printf("%-14s %s of %s\n", "handed out", conversation_var(c, "ready"),
           conversation_var(c, "chunks"));
    if (pay_list_left_ms(c))
        printf("%-14s %" PRId64 " of %s lines, %" PRId64 " s left\n", "telling",
               conversation_var_int(c, "next"), conversation_var(c, "rows"),
               pay_list_left_ms(c) / 1000);
    for (size_t i = 0; i < c->n_vars; i++)
        if (starts_with(c->vars[i].name, PAY_HEARD))
            printf("%-14s %s UIDs\n", c->vars[i].name + strlen(PAY_HEARD), c->vars[i].value);
}

static bool is_as_wanted(const struct acting *a, const struct conversation *c)
{
    const char *stage = conversation_var(c, "stage");
    if (str_eq(a->verb, "upload"))
        return str_eq(stage, "draft") && str_eq(conversation_var(c, "check"), a->upload.check);
    bool is_decided = !*conversation_var(c, "refused");
    if (str_eq(a->verb, "approve"))
        return is_decided && str_eq(stage, "released") &&
               str_eq(conversation_var(c, "approver"), a->agent);
    if (str_eq(a->verb, "cancel"))
        return is_decided && str_eq(stage, "cancelled");
    return *stage;
}

static void on_record(void *arg, const struct loaded *loaded)
{
    struct acting *a = arg;
    const struct conversation *c =
        conversation_read(&a->arena, a->list, loaded->pairs, loaded->n_pairs);
    const char *answer = conversation_var(c, "answer");
    if (loaded->status != STORE_OK) {
        refuse(a, "Redis went away: try again");
    } else if (is_as_wanted(a, c)) {
        print_list(c, &a->arena);
        setup_done(a->setup, EXIT_DONE);
    } else if (!*conversation_var(c, "stage")) {
        refuse(a, "there is no such list");
    } else if (str_eq(a->verb, "upload")) {
        refuse(a, "a list of this name was released, or is being uploaded by somebody else");
    } else {
        refuse(a, *answer ? answer : "it was not done: zaide compensation show");
    }
}

static void look(void *arg)
{
    struct acting *a = arg;
    struct store *store = engine_store(a->setup->engine);
    store->ops->load(store, subject(a), NULL, 0, on_record, a);
}

/* --- uploading --- */

static void pump(struct acting *a);

static void on_told(void *arg)
{
    struct acting *a = arg;
    a->done++;
    pump(a);
}

/* The first and the last wait for all before them. */
static void pump(struct acting *a)
{
    size_t all = (a->upload.n + PAY_CHUNK - 1) / PAY_CHUNK + 2;
    struct pay_tell it;
    if (a->is_pumping)
        return;
    a->is_pumping = true;
    for (;;) {
        bool waits = a->next == 1 || a->next == all - 1;
        bool may_go = waits ? a->done == a->next : a->next - a->done < AT_ONCE;
        if (!may_go || !pay_upload_tell(&a->arena, &a->upload, a->list, a->agent, a->next, &it))
            break;
        tell_subject(a->setup, a->next++, it.subject, it.data, on_told, a);
    }
    a->is_pumping = false;
    if (a->done == all)
        look(a);
}

static int read_list(struct acting *a)
{
    struct buf text = BUF_INIT(MAX_FILE), why = BUF_INIT(10000);
    int failed = read_file(a->what, &text, &why);
    if (!failed)
        failed = pay_upload_read(&a->arena, a->what, text.data, text.len, &a->upload, &why);
    if (failed)
        fprintf(stderr, "%s%s", why.data, ends_with(why.data, "\n") ? "" : "\n");
    buf_release(&text);
    buf_release(&why);
    return failed;
}

/* --- acting --- */

static void act(struct setup *s, void *arg)
{
    struct acting *a = arg;
    const struct agent *agent = a->agent ? facts_agent(engine_facts(s->engine), a->agent) : NULL;
    a->setup = s;
    if (a->agent && !agent) {
        refuse(a, "no agent has that name: zaide agents list");
    } else if (agent && !role_may(agent->role, MAY_ANNOUNCE)) {
        refuse(a, "compensation is for managers and admins");
    } else if (str_eq(a->verb, "upload")) {
        pump(a);
    } else if (str_eq(a->verb, "approve")) {
        tell_subject(s, 0, subject(a),
                     arena_printf(&a->arena, "approve %s %s %s -", a->agent, a->lines, a->check),
                     look, a);
    } else if (str_eq(a->verb, "cancel")) {
        tell_subject(s, 0, subject(a), arena_printf(&a->arena, "cancel %s -", a->agent), look, a);
    } else if (str_eq(a->verb, "export")) {
        ledger_export(s, a->list, a->agent);
    } else if (str_eq(a->verb, "verify")) {
        ledger_verify(s, a->what);
    } else {
        look(a);
    }
}

static int usage(void)
{
    fputs(compensation_usage, stderr);
    return EXIT_USAGE;
}

static bool is_complete(struct acting *a)
{
    bool needs_agent = !str_eq(a->verb, "show") && !str_eq(a->verb, "verify");
    bool is_upload = str_eq(a->verb, "upload"), is_verify = str_eq(a->verb, "verify");
    bool is_approve = str_eq(a->verb, "approve");
    static const char *const verbs[] = {"upload", "show", "approve", "cancel", "export", "verify"};
    bool is_verb = false;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        is_verb |= str_eq(a->verb, verbs[i]);
    if (!is_upload && !is_verify)
        a->list = a->what;
    return is_verb && a->what && needs_agent == (a->agent != NULL) &&
           is_approve == (a->lines && a->check) && (is_verify || (a->list && pay_is_name(a->list)));
}

int command_compensation(int argc, char **argv)
{
    struct acting a = {.verb = argc > 1 ? argv[1] : ""};
    int status = EXIT_DONE;
    for (int i = 2; i < argc && !status; i++) {
        bool has_value = i + 1 < argc;
        if (str_eq(argv[i], "--as") && has_value)
            a.agent = argv[++i];
        else if (str_eq(argv[i], "--list") && has_value && str_eq(a.verb, "upload"))
            a.list = argv[++i];
        else if (str_eq(argv[i], "--lines") && has_value)
            a.lines = argv[++i];
        else if (str_eq(argv[i], "--check") && has_value)
            a.check = argv[++i];
        else if (!a.what && !starts_with(argv[i], "--"))
            a.what = argv[i];
        else
            status = EXIT_USAGE;
    }
    if (status || !is_complete(&a))
        status = usage();
    else if (str_eq(a.verb, "upload") && read_list(&a))
        status = EXIT_REFUSED;
    else
        status = setup_command(act, &a);
    arena_release(&a.arena);
    return status;
}
