/* zaide knowledge check: every fault of the knowledge, with file and line. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"

/* --- tone: what <language>/tone.yaml says that no text of that language may have --- */

/* What customers write, not we. */
static bool is_theirs(const struct yaml *node)
{
    static const char *const keys[] = {"examples", "near", "words", "thanks_words"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (str_eq(node->key, keys[i]))
            return true;
    return false;
}

static void check_tone(const char *file, const struct yaml *node, const struct yaml *never,
                       struct arena *a, struct buf *out)
{
    if (is_theirs(node))
        return;
    const char *text = node->kind == YAML_SCALAR ? text_fold_match(a, node->text) : "";
    for (size_t i = 0; *text && i < never->n; i++)
        if (strstr(text, text_fold_match(a, never->items[i].text)))
            buf_printf(out, "%s:%d: we never say \"%s\"\n", file, node->line, never->items[i].text);
    for (size_t i = 0; i < node->n; i++)
        check_tone(file, &node->items[i], never, a, out);
}

static void check_tones(const struct handler_files *files, struct buf *out)
{
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < files->n; i++) {
        const char *name = files->items[i].name, *slash = strchr(name, '/');
        const struct yaml *never = yaml_get(files->items[i].root, "never");
        if (!str_eq(slash, "/tone.yaml") || !never)
            continue;
        for (size_t k = 0; k < files->n; k++)
            if (k != i && !strncmp(files->items[k].name, name, (size_t)(slash - name) + 1))
                check_tone(files->items[k].name, files->items[k].root, never, &a, out);
    }
    arena_release(&a);
}

/* --- all --- */

static void check(const struct setup *s, struct buf *out)
{
    const struct pipeline *p = &s->pipeline;
    phrases_missing(p->phrases, out);
    phrases_unsaid(p->phrases, p->says, out);
    for (size_t i = 0; i < p->n; i++)
        if (p->handlers[i]->check)
            p->handlers[i]->check(p->selves[i], out);
    check_tones(library_files(s->library), out);
}

int command_knowledge(int argc, char **argv)
{
    struct setup s;
    struct buf why = BUF_INIT(256 * 1024), faults = BUF_INIT(256 * 1024);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    if (argc != 2 || !str_eq(argv[1], "check")) {
        fprintf(stderr, "usage: zaide knowledge check\n");
        return EXIT_USAGE;
    }
    if (setup_init(&s, &is_usage, &why)) {
        fprintf(stderr, "%s\n", why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        check(&s, &faults);
        fprintf(stderr, "%s", faults.data);
        status = faults.len ? EXIT_REFUSED : EXIT_DONE;
        if (!faults.len)
            printf("no faults\n");
    }
    setup_release(&s);
    buf_release(&why);
    buf_release(&faults);
    return status;
}
