#include "bot/flow/open_cases.h"

/* --- in order --- */

static void come(struct open_cases *o, const struct open_case *c)
{
    size_t at = open_case_place(o->sorted, o->n, c);
    ARRAY_GROW(o->sorted, o->n, o->cap);
    memmove(&o->sorted[at + 1], &o->sorted[at], (o->n - at) * sizeof(*c));
    o->sorted[at] = *c;
    o->n++;
    o->moved(o->arg, c, true);
}

static void go(struct open_cases *o, const struct open_case *c)
{
    size_t at = open_case_place(o->sorted, o->n, c);
    o->n--;
    memmove(&o->sorted[at], &o->sorted[at + 1], (o->n - at) * sizeof(*c));
    o->moved(o->arg, c, false);
}

/* --- as the store has them --- */

/* They come in the order of the last time, nearly. */
static struct kept_case *find(const struct kept_cases *kept, int64_t no, size_t guess)
{
    if (guess < kept->n && kept->items[guess].no == no)
        return &kept->items[guess];
    for (size_t i = 0; i < kept->n; i++)
        if (kept->items[i].no == no)
            return &kept->items[i];
    return NULL;
}

static struct kept_case *add(struct kept_cases *kept, int64_t no)
{
    ARRAY_GROW(kept->items, kept->n, kept->cap);
    struct kept_case *k = &kept->items[kept->n++];
    *k = (struct kept_case){.no = no};
    return k;
}

static void clear(struct open_cases *o, struct kept_case *k)
{
    if (k->is_readable)
        go(o, &k->read);
    k->is_readable = false;
    arena_release(&k->arena);
}

static void drop(struct open_cases *o, struct kept_cases *kept, struct kept_case *k)
{
    clear(o, k);
    *k = kept->items[--kept->n];
}

#define STRINGS 10 /* of a case; each may take a few bytes more than it has */

static void read_line(struct open_cases *o, struct kept_case *k, const char *line)
{
    char no[INT_TEXT];
    size_t len = strlen(line);
    clear(o, k);
    arena_reserve(&k->arena, 2 * ARENA_STRING(len) + STRINGS * ARENA_STRING(0));
    k->line = arena_strndup(&k->arena, line, len);
    k->is_readable = open_case_parse(&k->arena, int_text(no, k->no), line, &k->read);
    if (k->is_readable)
        come(o, &k->read);
}

void open_cases_put(struct open_cases *o, unsigned partition, int64_t no, const char *line)
{
    struct kept_cases *kept = &o->kept[partition];
    struct kept_case *k = find(kept, no, 0);
    if (!*line && k)
        drop(o, kept, k);
    else if (*line && !(k && str_eq(k->line, line)))
        read_line(o, k ? k : add(kept, no), line);
}

static bool tell(struct open_cases *o, struct kept_cases *kept, size_t guess, int64_t no,
                 const char *line)
{
    struct kept_case *k = find(kept, no, guess);
    bool is_same = k && str_eq(k->line, line);
    if (!k)
        k = add(kept, no);
    if (!is_same)
        read_line(o, k, line);
    k->is_told = true;
    return !is_same;
}

static bool drop_untold(struct open_cases *o, struct kept_cases *kept)
{
    bool changed = false;
    for (size_t i = kept->n; i-- > 0;) {
        struct kept_case *k = &kept->items[i];
        changed |= !k->is_told;
        if (!k->is_told)
            drop(o, kept, k);
    }
    for (size_t i = 0; i < kept->n; i++)
        kept->items[i].is_told = false;
    return changed;
}

bool open_cases_replace(struct open_cases *o, unsigned partition, const struct pair *pairs,
                        size_t n)
{
    struct kept_cases *kept = &o->kept[partition];
    bool changed = false;
    int64_t no;
    for (size_t i = 0; i < n; i++)
        if (!parse_i64(pairs[i].name, &no))
            changed |= tell(o, kept, i, no, pairs[i].value);
    return drop_untold(o, kept) || changed;
}

void open_cases_release(struct open_cases *o)
{
    for (size_t p = 0; p <= PARTITIONS; p++) {
        for (size_t i = 0; i < o->kept[p].n; i++)
            arena_release(&o->kept[p].items[i].arena);
        free(o->kept[p].items);
    }
    free(o->sorted);
}
