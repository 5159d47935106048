/* zaide extract: lines of text on stdin, a JSON object a line on stdout: what stands in it. */
#include "bot/base/json.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/extract/extract.h"

#define MAX_JSON (4 * 1024 * 1024)

const char extract_usage[] =
    "usage: zaide extract [--asked FIELD] [--lang XX] < LINES\n"
    "  --asked FIELD  the question the line answers: uid, txid, memo, amount ...\n"
    "  --lang XX      the customer's language: what 1.000 means\n";

static int usage(void)
{
    fputs(extract_usage, stderr);
    return EXIT_USAGE;
}

static void put_chains(struct json_writer *w, struct arena *a, const char *chains)
{
    char *rest = arena_strdup(a, chains), *chain;
    json_open(w, "chains", '[');
    while ((chain = strsep(&rest, " ")))
        if (*chain)
            json_put_str(w, NULL, chain);
    json_close(w, ']');
}

static void put_found(struct json_writer *w, struct arena *a, const struct found *f,
                      const char *line)
{
    const char *said = arena_strndup(a, line + f->offset, f->len);
    json_open(w, NULL, '{');
    json_put_str(w, "text", f->value);
    json_put_bool(w, "valid", f->is_valid);
    put_chains(w, a, f->chains);
    if (*f->unit)
        json_put_str(w, "unit", f->unit);
    if (f->is_ambiguous)
        json_put_bool(w, "ambiguous", true);
    if (*f->other)
        json_put_str(w, "other", f->other);
    if (!str_eq(said, f->value))
        json_put_str(w, "said", said);
    json_close(w, '}');
}

static void print_object(struct arena *a, const struct extract *found, const char *line,
                         struct buf *out)
{
    struct json_writer w = JSON_WRITER(out);
    json_open(&w, NULL, '{');
    if (found->secret) {
        json_open(&w, "secret", '{');
        json_put_str(&w, "kind", found->secret);
        json_close(&w, '}');
    }
    for (enum field field = 0; field < FIELDS; field++) {
        bool is_open = false;
        for (size_t i = 0; i < found->n; i++) {
            if (found->items[i].field != field)
                continue;
            if (!is_open)
                json_open(&w, field_name(field), '[');
            is_open = true;
            put_found(&w, a, &found->items[i], line);
        }
        if (is_open)
            json_close(&w, ']');
    }
    json_close(&w, '}');
    printf("%s\n", buf_over(out) ? "{}" : out->data);
}

static void extract_lines(const struct lexicon *l, const char *asked, const char *lang)
{
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT(MAX_JSON);
    setvbuf(stdout, NULL, _IOLBF, 0); /* a script may wait for each answer */
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t len; (len = getline(&line, &cap, stdin)) >= 0; arena_clear(&a)) {
        while (len > 0 && strchr("\r\n", line[len - 1]))
            len--;
        const char *clean = text_clean(&a, line, (size_t)len);
        buf_clear(&out);
        print_object(&a, extract_find(l, &a, clean, asked, lang), clean, &out);
    }
    free(line);
    buf_release(&out);
    arena_release(&a);
}

int command_extract(int argc, char **argv)
{
    const char *asked = "", *lang = "";
    struct buf why = BUF_INIT(64 * 1024);
    int status = EXIT_USAGE;
    for (int i = 1; i < argc; i += 2) {
        const char **value = str_eq(argv[i], "--asked")  ? &asked
                             : str_eq(argv[i], "--lang") ? &lang
                                                         : NULL;
        if (!value || i + 1 >= argc)
            return usage();
        *value = argv[i + 1];
    }
    struct settings *settings = load_settings(&why);
    if (settings) {
        struct library *library = library_open(settings, &why);
        struct lexicon *l = library ? lexicon_load(library_files(library), &why) : NULL;
        status = l ? EXIT_DONE : EXIT_REFUSED;
        if (l)
            extract_lines(l, asked, lang);
        lexicon_free(l);
        library_free(library);
    }
    if (why.len)
        fprintf(stderr, "zaide: %s\n", why.data);
    settings_free(settings);
    buf_release(&why);
    return status;
}
