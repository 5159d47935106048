#include "handlers/verify/standing.h"

#include <string.h>

#include "bot/base/text.h"

static const char *const standing_names[] = {
    [STANDING_UNLISTED] = "unlisted",
    [STANDING_OFFICIAL] = "official",
    [STANDING_IMPOSTOR] = "impostor",
};

const char *standing_name(enum standing s)
{
    return standing_names[s];
}

static const char *const reason_names[REASONS] = {
    [REASON_LISTED] = "listed",   [REASON_UNKNOWN] = "unknown", [REASON_NAME] = "name",
    [REASON_LETTERS] = "letters", [REASON_ADDED] = "added",     [REASON_CLOSE] = "close",
    [REASON_HOST] = "host",
};

const char *standing_reason_name(enum standing_reason r)
{
    return reason_names[r];
}

static struct standing_verdict verdict(enum standing s, enum standing_reason r, const char *like)
{
    return (struct standing_verdict){s, r, like};
}

struct question {
    struct arena *arena;
    const struct title_words *words;
    const struct officials *ours;
};

/* --- names and handles --- */

/* As handles are compared: in small letters, without "@". */
static const char *plain_handle(struct arena *a, const char *s)
{
    return text_small(a, s + (*s == '@'));
}

static bool is_listed(const struct question *q, const char *handle)
{
    const char *plain = plain_handle(q->arena, handle);
    for (const char *const *at = q->ours->handles; at && *at; at++)
        if (str_eq(plain_handle(q->arena, *at), plain))
            return true;
    return false;
}

static const enum standing_reason reason_of[] = {
    [LIKENESS_NONE] = REASON_UNKNOWN, [LIKENESS_CLOSE] = REASON_CLOSE,
    [LIKENESS_ADDED] = REASON_ADDED,  [LIKENESS_LETTERS] = REASON_LETTERS,
    [LIKENESS_SAME] = REASON_NAME,
};

struct known_name {
    const char *name;
    struct name_form form;
};

static size_t list_len(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

void officials_prepare(struct officials *ours, struct arena *a, const struct title_words *w)
{
    size_t n_names = list_len(ours->names), n_handles = list_len(ours->handles);
    struct known_name *known = arena_alloc(a, (n_names + n_handles) * sizeof(*known));
    for (size_t i = 0; i < n_names + n_handles; i++) {
        const char *name = i < n_names ? ours->names[i] : ours->handles[i - n_names];
        known[i] = (struct known_name){name, name_form(a, w, name)};
    }
    ours->known = known;
    ours->n_known = n_names + n_handles;
}

static struct standing_verdict named(const struct question *q, const char *name)
{
    struct name_form form = name_form(q->arena, q->words, name);
    enum likeness best = LIKENESS_NONE;
    const char *like = "";
    for (size_t i = 0; i < q->ours->n_known; i++) {
        enum likeness l = name_likeness(&form, &q->ours->known[i].form);
        if (l > best) {
            best = l;
            like = q->ours->known[i].name;
        }
    }
    bool is_unlisted = best == LIKENESS_NONE || (best == LIKENESS_SAME && *name != '@');
    return verdict(is_unlisted ? STANDING_UNLISTED : STANDING_IMPOSTOR, reason_of[best], like);
}

static struct standing_verdict handled(const struct question *q, const char *handle)
{
    if (is_listed(q, handle))
        return verdict(STANDING_OFFICIAL, REASON_LISTED, handle);
    const char *at = *handle == '@' ? handle : arena_printf(q->arena, "@%s", handle);
    return named(q, at);
}

/* --- links --- */

#define MAX_LINK 2048

struct link {
    const char *host; /* in small letters, as people see it */
    const char *path; /* without the first "/" */
    bool has_user;    /* "https://exchange.example@evil.example" */
};

static bool link_parse(struct arena *a, const char *s, struct link *l)
{
    const char *scheme = strstr(s, "://");
    const char *start = scheme ? scheme + 3 : s;
    size_t len = strcspn(start, "/?#\\");
    char *host = arena_strndup(a, start, len);
    char *user = strrchr(host, '@');
    l->has_user = user != NULL;
    host = user ? user + 1 : host;
    host[strcspn(host, ":")] = '\0';
    l->host = text_host(a, host);
    l->path = start + len + (start[len] == '/');
    const char *last = strrchr(l->host, '.');
    bool is_host =
        last && strspn(last + 1, "abcdefghijklmnopqrstuvwxyz") >= 2 && !strpbrk(l->host, " \t\n");
    return scheme || is_host;
}

static bool is_within(const char *host, const char *ours)
{
    size_t len = strlen(host), own = strlen(ours);
    return str_eq(host, ours) || (len > own && host[len - own - 1] == '.' && ends_with(host, ours));
}

/* "exchange" of "www.exchange.example": what people read of a host. */
static const char *chief_label(struct arena *a, const char *host)
{
    const char *end = strrchr(host, '.');
    if (!end)
        return host;
    const char *start = end;
    while (start > host && start[-1] != '.')
        start--;
    /* "exchange.com.cn", "exchange.co.uk" */
    if (end - start <= 3 && start > host && strlen(end) == 3) {
        end = start - 1;
        for (start = end; start > host && start[-1] != '.';)
            start--;
    }
    return arena_strndup(a, start, (size_t)(end - start));
}

#define LEAST_PART 6 /* letters of a name that is not to stand within a longer word */

/* The words of a host name ("nika-login.example") beside what people read of ours. */
static bool imitates(const struct question *q, const struct link *l, const char *ours)
{
    const char *found = strstr(l->host, ours);
    if (l->has_user || (found && (found == l->host || strchr(".-", found[-1]))))
        return true; /* exchange.example.evil.example */
    struct name_form own = name_form(q->arena, q->words, chief_label(q->arena, ours));
    for (const char *at = l->host; *at;) {
        size_t label = strcspn(at, "."), word = strcspn(at, ".-");
        struct name_form whole = name_form(q->arena, q->words, arena_strndup(q->arena, at, label));
        struct name_form part = name_form(q->arena, q->words, arena_strndup(q->arena, at, word));
        bool is_inside = strlen(own.whole) >= LEAST_PART && strstr(whole.whole, own.whole);
        if (is_inside || name_likeness(&whole, &own) || name_likeness(&part, &own))
            return true;
        at += word + (at[word] != '\0');
    }
    return false;
}

/* Hosts whose first path is an account of a messenger. */
static bool is_messenger(const char *host)
{
    static const char *const hosts[] = {"t.me", "telegram.me", "telegram.dog"};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        if (str_eq(host, hosts[i]))
            return true;
    return false;
}

static struct standing_verdict linked(const struct question *q, const struct link *l)
{
    if (is_messenger(l->host) && !l->has_user) {
        const char *whole = arena_printf(q->arena, "%s/%s", l->host, l->path);
        if (is_listed(q, whole))
            return verdict(STANDING_OFFICIAL, REASON_LISTED, whole);
        const char *handle = arena_strndup(q->arena, l->path, strcspn(l->path, "/?#"));
        if (*handle == '+' || str_eq(handle, "joinchat") || !*handle)
            return verdict(STANDING_UNLISTED, REASON_UNKNOWN, "");
        return handled(q, handle);
    }
    for (const char *const *at = q->ours->hosts; at && *at; at++) {
        const char *ours = text_host(q->arena, *at);
        if (is_within(l->host, ours) && !l->has_user)
            return verdict(STANDING_OFFICIAL, REASON_LISTED, *at);
    }
    for (const char *const *at = q->ours->hosts; at && *at; at++)
        if (imitates(q, l, text_host(q->arena, *at)))
            return verdict(STANDING_IMPOSTOR, REASON_HOST, *at);
    return verdict(STANDING_UNLISTED, REASON_UNKNOWN, "");
}

/* --- what was asked --- */

static bool is_id(const char *s)
{
    size_t digits = strspn(s, "0123456789");
    return digits >= 5 && !s[digits];
}

struct standing_verdict standing_of(struct arena *a, const struct title_words *w,
                                    const struct officials *ours, const char *claimed)
{
    struct question q = {a, w, ours};
    struct link l;
    while (is_space(*claimed))
        claimed++;
    size_t len = strnlen(claimed, MAX_LINK);
    while (len && is_space(claimed[len - 1]))
        len--;
    const char *what = arena_strndup(a, claimed, len);
    if (is_id(what))
        return is_listed(&q, what) ? verdict(STANDING_OFFICIAL, REASON_LISTED, what)
                                   : verdict(STANDING_UNLISTED, REASON_UNKNOWN, "");
    if (*what == '@')
        return handled(&q, what);
    if (is_listed(&q, what)) /* a handle without its @ */
        return verdict(STANDING_OFFICIAL, REASON_LISTED, what);
    if (!link_parse(a, what, &l))
        return named(&q, what);
    struct standing_verdict found = linked(&q, &l);
    bool may_be_name = found.standing == STANDING_UNLISTED && !strpbrk(what, "/:");
    return may_be_name ? named(&q, what) : found; /* "miya.support" */
}

struct standing_verdict standing_of_person(struct arena *a, const struct title_words *w,
                                           const struct officials *ours, const char *user,
                                           const char *username, const char *name)
{
    const char *claims[] = {user, str_empty(username) ? "" : arena_printf(a, "@%s", username),
                            name};
    struct standing_verdict worst = {STANDING_UNLISTED, REASON_UNKNOWN, ""};
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        if (str_empty(claims[i]))
            continue;
        struct standing_verdict found = standing_of(a, w, ours, claims[i]);
        bool is_name = i == ARRAY_LEN(claims) - 1;
        if (found.standing == STANDING_OFFICIAL && !is_name)
            return found;
        if (found.reason == REASON_NAME) /* the name of one of ours, and none of our ids */
            found.standing = STANDING_IMPOSTOR;
        if (found.standing == STANDING_IMPOSTOR)
            worst = found;
    }
    return worst;
}
