#include "handlers/compensation/upload.h"

#include "bot/base/csv.h"
#include "handlers/compensation/list.h"

#include <inttypes.h>
#include <sodium.h>

#define MAX_FAULTS 20

struct reading {
    struct arena *arena;
    struct pay_upload *out;
    struct buf *faults;
    const char *file;
    size_t n_faults;
    int uid, asset, amount, reason;
};

static void fault(struct reading *r, int64_t line, const char *what)
{
    if (r->n_faults++ < MAX_FAULTS)
        buf_printf(r->faults, "%s:%" PRId64 ": %s\n", r->file, line, what);
}

static void take_row(struct reading *r, const struct csv_row *row)
{
    struct pay_upload *out = r->out;
    struct pay_line line = {
        .row = arena_int(r->arena, (int64_t)out->n + 1),
        .state = PAY_OWED,
        .at = "0",
        .uid = csv_field(row, r->uid),
        .asset = csv_field(row, r->asset),
        .amount = csv_field(row, r->amount),
        .reason = csv_field(row, r->reason),
    };
    const char *why = row->fault ? row->fault : pay_line_fault(&line);
    if (!why && out->n == PAY_LINES)
        why = "a list has 50000 lines at most";
    if (why) {
        fault(r, row->line, why);
        return;
    }
    ARENA_GROW(r->arena, out->lines, out->n, out->cap);
    out->lines[out->n++] = line;
}

static int by_words(const void *a, const void *b)
{
    const struct pay_line *x = *(const struct pay_line *const *)a;
    const struct pay_line *y = *(const struct pay_line *const *)b;
    int order = strcmp(x->uid, y->uid);
    order = order ? order : strcmp(x->asset, y->asset);
    order = order ? order : strcmp(x->amount, y->amount);
    return order ? order : strcmp(x->reason, y->reason);
}

/* The same to the same for the same: somebody would be paid twice. */
static void find_doubles(struct reading *r)
{
    const struct pay_upload *u = r->out;
    const struct pay_line **all = arena_alloc(r->arena, (u->n + 1) * sizeof(*all));
    for (size_t i = 0; i < u->n; i++)
        all[i] = &u->lines[i];
    qsort(all, u->n, sizeof(*all), by_words);
    for (size_t i = 1; i < u->n; i++)
        if (!by_words(&all[i - 1], &all[i]) && r->n_faults++ < MAX_FAULTS)
            buf_printf(r->faults, "%s: UID %s: %s %s stands there twice for the same reason\n",
                       r->file, all[i]->uid, all[i]->amount, all[i]->asset);
}

static void sum_up(struct arena *a, struct pay_upload *u)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct arena scratch = ARENA_INIT;
    char *sums = arena_strdup(a, "");
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < u->n; i++) {
        const char *text = pay_line_facts(&scratch, &u->lines[i]);
        crypto_hash_sha256_update(&state, (const unsigned char *)text, strlen(text));
        sums = pay_sums_add(&scratch, sums, u->lines[i].asset, u->lines[i].amount);
        if (i % 100 == 99) {
            sums = arena_strdup(a, sums);
            arena_clear(&scratch);
        }
    }
    u->sums = arena_strdup(a, sums);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(u->check, sizeof(u->check), hash, sizeof(hash));
    arena_release(&scratch);
}

int pay_upload_read(struct arena *a, const char *file, const char *text, size_t len,
                    struct pay_upload *out, struct buf *faults)
{
    struct reading r = {.arena = a, .out = out, .faults = faults, .file = file};
    struct csv csv;
    struct csv_row row;
    *out = (struct pay_upload){0};
    csv_init(&csv, text, len);
    bool has_names = csv_next(&csv, a, &row);
    r.uid = csv_column(&row, "uid") >= 0 ? csv_column(&row, "uid") : csv_column(&row, "customer");
    r.asset = csv_column(&row, "asset");
    r.amount = csv_column(&row, "amount");
    r.reason = csv_column(&row, "reason");
    if (!has_names || r.uid < 0 || r.asset < 0 || r.amount < 0 || r.reason < 0) {
        fault(&r, 1, "the first line names the columns: uid,asset,amount,reason");
    } else {
        while (csv_next(&csv, a, &row))
            take_row(&r, &row);
        find_doubles(&r);
        if (!out->n && !r.n_faults)
            fault(&r, 2, "there is no line");
    }
    if (r.n_faults > MAX_FAULTS)
        buf_printf(faults, "… and %zu more\n", r.n_faults - MAX_FAULTS);
    if (!r.n_faults)
        sum_up(a, out);
    return r.n_faults ? -1 : 0;
}

/* --- telling --- */

static const char *chunk_data(struct arena *a, const struct pay_upload *u, size_t from)
{
    struct buf data = BUF_INIT(64 * 1024);
    buf_printf(&data, "rows %s\n", u->check);
    for (size_t i = from; i < u->n && i < from + PAY_CHUNK; i++)
        buf_printf(&data, "%s\n", pay_line_print(a, &u->lines[i]));
    return arena_take(a, &data);
}

bool pay_upload_tell(struct arena *a, const struct pay_upload *u, const char *list,
                     const char *author, size_t n, struct pay_tell *out)
{
    size_t chunks = (u->n + PAY_CHUNK - 1) / PAY_CHUNK;
    const char *subject = arena_printf(a, PAY_SUBJECT "%s", list);
    if (n > chunks + 1)
        return false;
    if (n == 0)
        *out = (struct pay_tell){subject, arena_printf(a, "begin %s %s", author, u->check)};
    else if (n <= chunks)
        *out = (struct pay_tell){arena_printf(a, "%s:%zu", subject, n - 1),
                                 chunk_data(a, u, (n - 1) * PAY_CHUNK)};
    else
        *out = (struct pay_tell){
            subject, arena_printf(a, "draft %s %zu %zu\n%s", u->check, u->n, chunks, u->sums)};
    return true;
}

void pay_chain(char hash[PAY_CHECK + 1], const char *text)
{
    crypto_hash_sha256_state state;
    unsigned char next[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)hash, strlen(hash));
    crypto_hash_sha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_hash_sha256_final(&state, next);
    sodium_bin2hex(hash, PAY_CHECK + 1, next, sizeof(next));
}
