/* zaide verify: is this name, link or id one of ours? */
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/setup.h"
#include "handlers/verify/officials.h"

struct asked {
    const char *const *official; /* --official; empty: the settings and the registry */
    const char *what;            /* "-": a line each on stdin */
};

static const char *const whys[REASONS] = {
    [REASON_LISTED] = "on the list",
    [REASON_UNKNOWN] = "on none of the lists; that alone proves nothing",
    [REASON_NAME] = "the name of %s, which anybody can take; only an id, a handle or a host proves",
    [REASON_LETTERS] = "letters that look like %s",
    [REASON_ADDED] = "%s with words or digits beside it",
    [REASON_CLOSE] = "a letter or two away from %s",
    [REASON_HOST] = "a link made to look like %s",
};

static void tell(struct arena *a, const struct title_words *titles, const struct officials *ours,
                 const char *what)
{
    struct standing_verdict found = standing_of(a, titles, ours, what);
    const char *why = whys[found.reason], *gap = strstr(why, "%s");
    if (gap)
        why = arena_printf(a, "%.*s%s%s", (int)(gap - why), why, found.like, gap + 2);
    printf("%s\t%s\n", standing_name(found.standing), why);
}

static void tell_all(const struct title_words *titles, const struct officials *ours,
                     const char *what)
{
    struct arena a = ARENA_INIT;
    char *line = NULL;
    size_t cap = 0;
    if (!str_eq(what, "-"))
        tell(&a, titles, ours, text_clean(&a, what, strlen(what)));
    setvbuf(stdout, NULL, _IOLBF, 0); /* a script may wait for each answer */
    for (ssize_t len; str_eq(what, "-") && (len = getline(&line, &cap, stdin)) >= 0;) {
        tell(&a, titles, ours, text_clean(&a, line, (size_t)len));
        arena_clear(&a);
    }
    free(line);
    arena_release(&a);
}

static int load_titles(const struct library *library, struct title_words *titles, struct buf *why)
{
    const struct handler_files *files = library_files(library);
    return title_words_load(titles, handler_file(files, TITLE_WORDS), TITLE_WORDS, why);
}

static int verify(const struct settings *settings, const struct library *library,
                  const struct facts *facts, const struct asked *asked)
{
    struct title_words titles;
    struct arena a = ARENA_INIT;
    struct buf why = BUF_INIT(4096);
    int status = EXIT_REFUSED;
    if (load_titles(library, &titles, &why)) {
        fprintf(stderr, "zaide: %s\n", why.data);
    } else {
        struct officials ours = {.hosts = asked->official, .handles = asked->official};
        if (*asked->official)
            officials_prepare(&ours, &a, &titles);
        else
            ours = officials_of(&a, settings, facts, &titles);
        tell_all(&titles, &ours, asked->what);
        title_words_release(&titles);
        status = EXIT_DONE;
    }
    buf_release(&why);
    arena_release(&a);
    return status;
}

static void with_registry(struct setup *s, void *asked)
{
    setup_done(s, verify(s->settings, s->library, engine_facts(s->engine), asked));
}

/* With a list of its own it needs no Redis. */
static int without_registry(const struct asked *asked)
{
    struct buf why = BUF_INIT(64 * 1024);
    int status = EXIT_USAGE;
    struct settings *settings = load_settings(&why);
    if (settings) {
        struct library *library = library_open(settings, &why);
        status = library ? verify(settings, library, NULL, asked) : EXIT_REFUSED;
        library_free(library);
    }
    if (why.len)
        fprintf(stderr, "zaide: %s\n", why.data);
    settings_free(settings);
    buf_release(&why);
    return status;
}

static int usage(FILE *to, int status)
{
    fprintf(
        to,
        "usage: zaide verify [--official NAME]... NAME|LINK|ID|-\n"
        "  official, unlisted or impostor, a tab, and why; -: a line each on stdin\n"
        "  --official NAME  a name, handle, id or host that is ours; without any: BRAND_HOSTS,\n"
        "                   BRAND_HANDLES, BRAND_NAME and the agents of the registry\n");
    return status;
}

int command_verify(int argc, char **argv)
{
    struct arena a = ARENA_INIT;
    const char **official = arena_alloc(&a, ((size_t)argc + 1) * sizeof(*official));
    struct asked asked = {official, NULL};
    size_t n = 0;
    bool is_wrong = false;
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "--official") && i + 1 < argc)
            official[n++] = argv[++i];
        else if (!asked.what && (str_eq(argv[i], "-") || !starts_with(argv[i], "--")))
            asked.what = argv[i];
        else
            is_wrong = true;
    }
    official[n] = NULL;
    int status = is_wrong || !asked.what ? usage(stderr, EXIT_USAGE)
                 : n                     ? without_registry(&asked)
                                         : setup_command(with_registry, &asked);
    arena_release(&a);
    return status;
}
