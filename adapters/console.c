/* The terminal as a platform, for a first look: what you type is a customer's message; "@mia …"
 * speaks as agent mia in the staff room; "!2" presses the second button shown to you, "@mia !1" one
 * shown to staff. */
#include "bot/io/loop.h"
#include "bot/ports/adapter.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#define CUSTOMER    "you"
#define ROOM        "staff"
#define MAX_BUTTONS 16
#define MAX_INPUT   (64 * 1024)

/* The buttons last shown to one side. */
struct shown {
    char *data[MAX_BUTTONS];
    size_t n;
    int64_t message;
};

struct console {
    struct adapter_host *host;
    struct watch *input;
    struct buf line;
    int64_t start_ms, n_events;
    int64_t message; /* the newest id; counted from the start's time, so that no id comes twice */
    char thread[24]; /* the topic staff writes in: where the newest post is */
    struct shown to_customer, to_staff;
};

struct settling {
    struct console *console;
    void *ticket;
    char id[24];
};

/* --- out --- */

static void settle(void *arg)
{
    struct settling *s = arg;
    struct delivery d = {.outcome = DELIVERY_SENT, .id = s->id};
    s->console->host->settle(s->console->host, s->ticket, &d);
    free(s);
}

static void settle_later(struct console *c, void *ticket, int64_t id)
{
    struct settling *s = xmalloc(sizeof(*s));
    s->console = c;
    s->ticket = ticket;
    snprintf(s->id, sizeof(s->id), "%" PRId64, id);
    loop_later(c->host->loop, settle, s);
}

static void print_body(const char *who, const char *text)
{
    for (const char *at = text;;) {
        size_t len = strcspn(at, "\n");
        printf("%-9s %.*s\n", who, (int)len, at);
        if (!at[len])
            break;
        at += len + 1;
        who = "";
    }
}

static void print_content(struct console *c, const char *who, const struct content *content,
                          struct shown *shown)
{
    print_body(who, content->text);
    for (size_t i = 0; i < content->n_files; i++)
        printf("%-9s [%s] %s\n", "", file_kind_name(content->files[i].kind),
               content->files[i].path ? content->files[i].path : "");
    if (!content->n_buttons)
        return;
    shown->n = 0;
    shown->message = c->message;
    printf("%-9s", "");
    for (size_t i = 0; i < content->n_buttons && shown->n < MAX_BUTTONS; i++) {
        const struct button *b = &content->buttons[i];
        if (b->url) {
            printf(" [%s: %s]", b->label, b->url);
            continue;
        }
        free(shown->data[shown->n]);
        shown->data[shown->n++] = xstrdup(b->data);
        printf(" [!%zu %s]", shown->n, b->label);
    }
    printf("\n");
}

static void console_send(void *self, const struct outgoing *out, void *ticket)
{
    struct console *c = self;
    bool to_staff = str_eq(out->to.chat, ROOM);
    const char *who = to_staff ? "  staff |" : "zaide >";
    int64_t id = ++c->message;
    if (to_staff && *out->to.thread)
        snprintf(c->thread, sizeof(c->thread), "%s", out->to.thread);
    if (out->kind == OUTGOING_OPEN) {
        snprintf(c->thread, sizeof(c->thread), "%" PRId64, id);
        printf("%-9s == %s ==\n", who, out->content.text);
    } else {
        switch (out->content.kind) {
        case CONTENT_TEXT:
        case CONTENT_EDIT:
            print_content(c, who, &out->content, to_staff ? &c->to_staff : &c->to_customer);
            break;
        case CONTENT_HOME:
            printf("%-9s == %s%s ==\n", who, out->content.text,
                   out->content.closed ? " (closed)" : "");
            break;
        case CONTENT_STANDING:
            printf("%-9s (%s: %s)\n", who, out->content.only_for, out->content.text);
            break;
        case CONTENT_DELETE:
            printf("%-9s (a message was deleted)\n", who);
            break;
        case CONTENT_REACTION:
            printf("%-9s (%s)\n", who, out->content.reaction);
            break;
        }
    }
    fflush(stdout);
    settle_later(c, ticket, id);
}

static void console_show(void *self, const struct event *pressed, const char *text)
{
    (void)self;
    (void)pressed;
    if (!str_empty(text))
        print_body("        *", text);
    fflush(stdout);
}

/* --- in --- */

static void deliver(struct console *c, const char *agent, const char *text)
{
    char member[32], message[32], about[32];
    char bucket[48];
    snprintf(bucket, sizeof(bucket), "console:%" PRId64, c->start_ms);
    snprintf(member, sizeof(member), "%" PRId64, ++c->n_events);
    snprintf(message, sizeof(message), "%" PRId64, ++c->message);

    struct event event = {
        .type = EVENT_MESSAGE,
        .id = {bucket, member},
        .now_ms = clock_ms(),
        .from = {"console", "console", agent ? ROOM : CUSTOMER, agent ? c->thread : "",
                 agent ? agent : CUSTOMER},
        .name = agent ? agent : CUSTOMER,
        .is_private = !agent,
        .message_id = message,
        .content = {.text = text},
    };
    const struct shown *shown = agent ? &c->to_staff : &c->to_customer;
    int64_t button;
    if (text[0] == '!' && !parse_i64(text + 1, &button)) {
        if (button < 1 || (uint64_t)button > shown->n) {
            print_body("        *", "no such button");
            return;
        }
        snprintf(about, sizeof(about), "%" PRId64, shown->message);
        event.type = EVENT_BUTTON;
        event.data = shown->data[button - 1];
        event.content = (struct content){.text = "", .about_id = about};
        event.callback_id = member;
    }
    c->host->deliver(c->host, &event, NULL, NULL);
}

static void on_line(struct console *c, char *line)
{
    if (!*line)
        return;
    if (line[0] != '@') {
        deliver(c, NULL, line);
        return;
    }
    size_t len = strcspn(line, " ");
    char *agent = xstrndup(line + 1, len - 1);
    if (*agent && line[len]) {
        if (!*c->thread)
            print_body("        *", "no topic is open here yet: write as a customer first");
        c->host->add_agent(c->host, agent);
        deliver(c, agent, line + len + strspn(line + len, " "));
    } else {
        print_body("        *", "@name text: speak as an agent, as in  @mia /claim");
    }
    free(agent);
}

static void on_input(void *arg)
{
    struct console *c = arg;
    char chunk[4096];
    ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
    if (n <= 0) { /* Ctrl-D: the person at the terminal has finished */
        watch_free(c->input);
        c->input = NULL;
        raise(SIGTERM);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (chunk[i] != '\n') {
            buf_char(&c->line, chunk[i]);
            continue;
        }
        if (buf_over(&c->line))
            print_body("        *", "this line is too long");
        else
            on_line(c, c->line.data);
        buf_clear(&c->line);
    }
    fflush(stdout);
}

/* --- life --- */

static void ready(void *arg)
{
    struct console *c = arg;
    c->host->ready(c->host, "console", "console");
    c->host->add_room(c->host, ROOM);
}

static int console_open(struct adapter_host *host, void **self, struct buf *why)
{
    (void)why;
    struct console *c = xcalloc(1, sizeof(*c));
    c->host = host;
    c->start_ms = c->message = clock_ms();
    buf_init(&c->line, MAX_INPUT);
    *self = c;
    loop_later(host->loop, ready, c);
    return 0;
}

static void console_listen(void *self, bool on)
{
    struct console *c = self;
    if (on && !c->input)
        c->input = watch_new(c->host->loop, STDIN_FILENO, on_input, c);
    if (!on) {
        watch_free(c->input);
        c->input = NULL;
    }
}

static void console_close(void *self)
{
    struct console *c = self;
    watch_free(c->input);
    buf_release(&c->line);
    for (size_t i = 0; i < MAX_BUTTONS; i++) {
        free(c->to_customer.data[i]);
        free(c->to_staff.data[i]);
    }
    free(c);
}

static bool console_is_on(const struct settings *settings)
{
    (void)settings;
    return isatty(STDIN_FILENO);
}

const struct adapter console_adapter = {
    .name = "console",
    .help = "the terminal, when no platform is configured",
    .max_text = 100000,
    .limits = {.max_in_flight = 64},
    .is_on = console_is_on,
    .open = console_open,
    .listen = console_listen,
    .send = console_send,
    .show = console_show,
    .close = console_close,
};
