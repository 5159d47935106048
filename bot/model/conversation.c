#include "bot/model/conversation.h"

static const char *const state_names[] = {
    [STATE_BOT] = "BOT",
    [STATE_WAITING] = "WAITING",
    [STATE_CLAIMED] = "CLAIMED",
    [STATE_PENDING] = "PENDING",
};

/* The fields as a table: where each one is in the struct. */
struct field_row {
    const char *name;
    size_t offset;
    bool is_number;
};

static const struct field_row fields[FIELD_COUNT] = {
#define ROW_N_(f) {#f, offsetof(struct conversation, f), true},
#define ROW_S_(f) {#f, offsetof(struct conversation, f), false},
    CONVERSATION_FIELDS(ROW_N_, ROW_S_)
#undef ROW_N_
#undef ROW_S_
};

static int64_t *number_at(const struct conversation *c, const struct field_row *row)
{
    return (int64_t *)((char *)(uintptr_t)c + row->offset);
}

static const char **string_at(const struct conversation *c, const struct field_row *row)
{
    return (const char **)((char *)(uintptr_t)c + row->offset);
}

static const struct field_row *field_find(const char *name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (str_eq(fields[i].name, name))
            return &fields[i];
    return NULL;
}

const char *conversation_field_name(enum conversation_field f)
{
    return fields[f].name;
}

const char *conversation_state_name(enum conversation_state s)
{
    return state_names[s];
}

void conversation_init(struct conversation *c, const char *id)
{
    *c = (struct conversation){.id = id};
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!fields[i].is_number)
            *string_at(c, &fields[i]) = "";
}

bool conversation_is_room(const struct conversation *c)
{
    return starts_with(c->id, "room:");
}

bool conversation_is_job(const struct conversation *c)
{
    return starts_with(c->id, "job:");
}

bool conversation_is_incident(const struct conversation *c)
{
    return starts_with(c->id, "incident:");
}

bool conversation_is_parked(const struct conversation *c)
{
    return c->state == STATE_PENDING && starts_with(c->pending_for, "incident:");
}

bool conversation_is_group(const struct conversation *c)
{
    size_t colons = 0;
    for (const char *at = c->id; *at; at++)
        colons += *at == ':';
    return colons >= 4 && !conversation_is_room(c);
}

const char *conversation_platform(struct arena *a, const struct conversation *c)
{
    const char *id = conversation_is_room(c) ? c->id + strlen("room:") : c->id;
    return arena_strndup(a, id, strcspn(id, ":"));
}

static struct pair *var_find(const struct conversation *c, const char *name)
{
    for (size_t i = 0; i < c->n_vars; i++)
        if (str_eq(c->vars[i].name, name))
            return &c->vars[i];
    return NULL;
}

static void var_set(struct conversation *c, struct arena *a, const char *name, const char *value)
{
    struct pair *var = var_find(c, name);
    if (var && str_empty(value)) {
        *var = c->vars[--c->n_vars];
    } else if (var) {
        var->value = value;
    } else if (!str_empty(value)) {
        ARENA_GROW(a, c->vars, c->n_vars, c->cap_vars);
        c->vars[c->n_vars++] = (struct pair){name, value};
    }
}

void conversation_set(struct conversation *c, struct arena *a, const char *name, const char *value)
{
    const struct field_row *row = field_find(name);
    if (str_eq(name, "version")) {
        if (parse_i64(value, &c->version))
            c->version = 0;
    } else if (!row) {
        var_set(c, a, name, value);
    } else if (!row->is_number) {
        *string_at(c, row) = value ? value : "";
    } else if (parse_i64(value, number_at(c, row))) {
        *number_at(c, row) = 0;
    }
}

const char *conversation_get(const struct conversation *c, struct arena *a, const char *name)
{
    const struct field_row *row = field_find(name);
    if (!row)
        return conversation_var(c, name);
    if (!row->is_number)
        return *string_at(c, row);
    int64_t n = *number_at(c, row);
    return n ? arena_int(a, n) : "";
}

const char *conversation_var(const struct conversation *c, const char *name)
{
    const struct pair *var = var_find(c, name);
    return var ? var->value : "";
}

int64_t conversation_var_int(const struct conversation *c, const char *name)
{
    int64_t n = 0;
    return parse_i64(conversation_var(c, name), &n) ? 0 : n;
}

static size_t string_size(const char *s)
{
    return str_empty(s) ? 0 : ARENA_STRING(strlen(s));
}

static size_t copied_size(const struct conversation *c)
{
    size_t size = ARENA_STRING(strlen(c->id)) + ARENA_STRING(c->n_vars * sizeof(*c->vars));
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!fields[i].is_number)
            size += string_size(*string_at(c, &fields[i]));
    for (size_t i = 0; i < c->n_vars; i++)
        size += string_size(c->vars[i].name) + string_size(c->vars[i].value);
    return size;
}

static const char *copied(struct arena *a, const char *s)
{
    return str_empty(s) ? "" : arena_strdup(a, s);
}

void conversation_copy(struct arena *a, struct conversation *to, const struct conversation *from)
{
    if (!a->blocks)
        arena_reserve(a, copied_size(from));
    *to = *from;
    to->id = arena_strdup(a, from->id);
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (!fields[i].is_number)
            *string_at(to, &fields[i]) = copied(a, *string_at(from, &fields[i]));
    to->cap_vars = from->n_vars;
    to->vars = from->n_vars ? arena_alloc(a, from->n_vars * sizeof(*to->vars)) : NULL;
    for (size_t i = 0; i < from->n_vars; i++)
        to->vars[i] = (struct pair){copied(a, from->vars[i].name), copied(a, from->vars[i].value)};
}

/* --- packed --- */

struct packed_conversation {
    uint64_t has; /* a bit a field: not 0, not "" */
    int64_t version;
    uint32_t n_numbers, n_vars;
    int64_t numbers[]; /* and then the strings, the vars' last */
};
_Static_assert(FIELD_COUNT <= 64, "a bit for each field");

static bool has_field(const struct conversation *c, const struct field_row *row)
{
    return row->is_number ? *number_at(c, row) != 0 : !str_empty(*string_at(c, row));
}

static char *put_string(char *at, const char *s)
{
    size_t size = strlen(s) + 1;
    return (char *)memcpy(at, s, size) + size;
}

struct packed_conversation *conversation_pack(const struct conversation *c)
{
    struct packed_conversation head = {.version = c->version, .n_vars = (uint32_t)c->n_vars};
    size_t text = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!has_field(c, &fields[i]))
            continue;
        head.has |= UINT64_C(1) << i;
        if (fields[i].is_number)
            head.n_numbers++;
        else
            text += strlen(*string_at(c, &fields[i])) + 1;
    }
    for (size_t i = 0; i < c->n_vars; i++)
        text += strlen(c->vars[i].name) + strlen(c->vars[i].value) + 2;

    struct packed_conversation *p = xmalloc(sizeof(*p) + head.n_numbers * sizeof(int64_t) + text);
    *p = head;
    int64_t *number = p->numbers;
    char *at = (char *)(p->numbers + head.n_numbers);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!has_field(c, &fields[i]))
            continue;
        if (fields[i].is_number)
            *number++ = *number_at(c, &fields[i]);
        else
            at = put_string(at, *string_at(c, &fields[i]));
    }
    for (size_t i = 0; i < c->n_vars; i++)
        at = put_string(put_string(at, c->vars[i].name), c->vars[i].value);
    return p;
}

static const char *next_string(const char **at)
{
    const char *s = *at;
    *at += strlen(s) + 1;
    return s;
}

void conversation_unpack(struct arena *a, struct conversation *to, const char *id,
                         const struct packed_conversation *from)
{
    const int64_t *number = from->numbers;
    const char *at = (const char *)(from->numbers + from->n_numbers);
    conversation_init(to, id);
    to->version = from->version;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!(from->has >> i & 1))
            continue;
        if (fields[i].is_number)
            *number_at(to, &fields[i]) = *number++;
        else
            *string_at(to, &fields[i]) = next_string(&at);
    }
    to->n_vars = to->cap_vars = from->n_vars;
    to->vars = from->n_vars ? arena_alloc(a, from->n_vars * sizeof(*to->vars)) : NULL;
    for (size_t i = 0; i < from->n_vars; i++) {
        to->vars[i].name = next_string(&at);
        to->vars[i].value = next_string(&at);
    }
}

/* --- differences --- */

static bool differ(const struct conversation *a, const struct conversation *b,
                   const struct field_row *row)
{
    return row->is_number ? *number_at(a, row) != *number_at(b, row)
                          : !str_eq(*string_at(a, row), *string_at(b, row));
}

struct pair *conversation_diff(struct arena *a, const struct conversation *before,
                               const struct conversation *after, size_t *n)
{
    struct pair *out =
        arena_alloc(a, (FIELD_COUNT + before->n_vars + after->n_vars) * sizeof(*out));
    *n = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (differ(before, after, &fields[i]))
            out[(*n)++] = (struct pair){fields[i].name, conversation_get(after, a, fields[i].name)};
    for (size_t i = 0; i < after->n_vars; i++)
        if (!str_eq(conversation_var(before, after->vars[i].name), after->vars[i].value))
            out[(*n)++] = after->vars[i];
    for (size_t i = 0; i < before->n_vars; i++)
        if (!var_find(after, before->vars[i].name))
            out[(*n)++] = (struct pair){before->vars[i].name, ""};
    return out;
}

bool words_have(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; len && (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

unsigned conversation_partition(const char *id)
{
    return starts_with(id, "room:") || starts_with(id, "job:") || starts_with(id, "incident:")
               ? PARTITION_GLOBAL
               : (unsigned)(fnv1a64(id, strlen(id)) % PARTITIONS);
}

struct conversation *conversation_read(struct arena *a, const char *id, const struct pair *pairs,
                                       size_t n)
{
    struct conversation *c = arena_alloc(a, sizeof(*c));
    conversation_init(c, arena_strdup(a, id));
    for (size_t i = 0; i < n; i++)
        conversation_set(c, a, arena_strdup(a, pairs[i].name), arena_strdup(a, pairs[i].value));
    return c;
}
