#include "handlers/flows/invite.h"

#include <ctype.h>

#include "bot/base/plain.h"
#include "handlers/extract/extract.h"

#define PARAMETER "inviteCode"

/* --- cleaning --- */

/* Blanks that a chat app or a line's end put into a link; what was escaped for HTML. */
static const char *mended(struct arena *a, const char *text)
{
    struct plain p = plain_new(a, text);
    char *out = arena_alloc(a, p.len + 1), *to = out;
    for (size_t i = 0; i < p.len; i++) {
        if (!strncmp(p.s + i, "&amp;", 5)) {
            *to++ = '&';
            i += 4;
            continue;
        }
        bool after = to > out && strchr("/?&=", to[-1]);
        size_t blanks = strspn(p.s + i, " \t\r\n");
        bool before = blanks && p.s[i + blanks] && strchr("/?&=", p.s[i + blanks]);
        if (blanks && (after || before)) {
            i += blanks - 1;
            continue;
        }
        *to++ = p.s[i];
    }
    return out;
}

bool invite_host_is_ours(const struct settings *settings, const char *host)
{
    struct buf item = BUF_INIT(300);
    size_t len = strlen(host);
    bool found = false;
    for (size_t i = 0; !found && settings_item(settings, "BRAND_HOSTS", i, &item); i++) {
        bool is_end = len > item.len + 1 && host[len - item.len - 1] == '.';
        found = (len == item.len || is_end) && item.len &&
                !strcasecmp(host + len - item.len, item.data);
    }
    buf_release(&item);
    return found;
}

/* "https://user@Host:443/rest" in two. */
static void split(struct arena *a, const char *url, struct invite_link *link)
{
    const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
    size_t authority = strcspn(host, "/?#\\");
    const char *user = memrchr(host, '@', authority);
    if (user) {
        authority -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    size_t len = strcspn(host, ":/?#\\");
    len = len < authority ? len : authority;
    while (len && host[len - 1] == '.')
        len--;
    link->host = text_small(a, arena_strndup(a, host, len));
    link->rest = arena_strdup(a, host + authority);
}

/* --- the code --- */

static bool is_code(const char *s, size_t len)
{
    size_t letters = 0;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
            return false;
        letters += s[i] != '-' && s[i] != '_';
    }
    return letters >= 3 && len <= 30;
}

static void find_in_query(const struct lexicon *lexicon, struct arena *a, struct invite_link *link)
{
    const char *at = strchr(link->rest, '?');
    while (at && *++at) {
        size_t len = strcspn(at, "&#"), name = strcspn(at, "=&#");
        const char *parameter = arena_strndup(a, at, name);
        if (name < len && is_code(at + name + 1, len - name - 1) &&
            lexicon_value(lexicon, WORD_INVITE_QUERY, text_small(a, parameter))) {
            link->parameter = parameter;
            link->code = arena_strndup(a, at + name + 1, len - name - 1);
            return;
        }
        at = at[len] == '&' ? at + len : NULL;
    }
}

/* ".../join/KX7": what stands behind a word for it, at the end. */
static void find_in_path(struct arena *a, struct invite_link *link)
{
    static const char words[] = "join invite invitation signup register referral ref r i af";
    const char *path = link->rest, *end = path + strcspn(path, "?#");
    while (end > path && end[-1] == '/')
        end--;
    const char *part = end;
    while (part > path && part[-1] != '/')
        part--;
    const char *before = part > path ? part - 1 : part;
    const char *word = before;
    while (word > path && word[-1] != '/')
        word--;
    if (part == path || word == before || !is_code(part, (size_t)(end - part)))
        return;
    if (words_have(words, text_small(a, arena_strndup(a, word, (size_t)(before - word)))))
        link->code = arena_strndup(a, part, (size_t)(end - part));
}

size_t invite_links(const struct lexicon *lexicon, const struct settings *settings, struct arena *a,
                    const char *text, struct invite_link *out, size_t max)
{
    const struct extract *x = extract_find(lexicon, a, mended(a, text), "", "");
    size_t n = 0;
    for (size_t i = 0; i < x->n && n < max; i++) {
        if (x->items[i].field != FIELD_LINK)
            continue;
        struct invite_link link = {.parameter = "", .code = ""};
        split(a, x->items[i].value, &link);
        if (!*link.host)
            continue;
        link.is_ours = invite_host_is_ours(settings, link.host);
        find_in_query(lexicon, a, &link);
        if (!*link.code)
            find_in_path(a, &link);
        out[n++] = link;
    }
    return n;
}

/* --- rules --- */

static const char *member(struct arena *a, const struct yaml *map, const char *key)
{
    const char *text = yaml_str(map, key);
    return text ? arena_strdup(a, text) : "";
}

int invite_rules_load(const struct settings *settings, struct arena *a, struct invite_rules *out,
                      struct buf *why)
{
    const char *path = settings_get(settings, "BRAND_INVITE_RULES");
    *out = (struct invite_rules){0};
    if (!path)
        return 0;
    struct yaml *root = yaml_load(path, why);
    if (!root)
        return -1;
    int failed = 0;
    out->items = arena_alloc(a, (root->n + 1) * sizeof(*out->items));
    for (size_t i = 0; !failed && i < root->n; i++) {
        const struct yaml *item = &root->items[i];
        struct invite_rule rule = {
            .region = arena_strdup(a, item->key),
            .host = member(a, item, "host"),
            .locale = member(a, item, "locale"),
            .path = member(a, item, "path"),
            .is_served = item->kind == YAML_MAP,
        };
        if (rule.is_served && !invite_host_is_ours(settings, rule.host))
            failed = buf_fail(why, "%s:%d: %s: the host \"%s\" is not in BRAND_HOSTS", path,
                              item->line, item->key, rule.host);
        else if (!rule.is_served && !str_eq(item->text, "no"))
            failed = buf_fail(why, "%s:%d: %s: {host, locale, path} is wanted, or no", path,
                              item->line, item->key);
        out->items[out->n++] = rule;
    }
    yaml_tree_free(root);
    return failed;
}

const struct invite_rule *invite_rule(const struct invite_rules *rules, const char *region)
{
    for (size_t i = 0; i < rules->n; i++)
        if (str_eq(rules->items[i].region, region))
            return &rules->items[i];
    return str_eq(region, "default") ? NULL : invite_rule(rules, "default");
}

/* --- building --- */

static const char *without_slashes(struct arena *a, const char *s)
{
    size_t from = strspn(s, "/"), len = strlen(s);
    while (len > from && s[len - 1] == '/')
        len--;
    return arena_strndup(a, s + from, len - from);
}

char *invite_build(struct arena *a, const struct invite_rule *rule, const struct invite_link *link)
{
    if (!rule)
        return arena_printf(a, "https://%s%s", link->host, link->rest);
    const char *locale = without_slashes(a, rule->locale), *path = without_slashes(a, rule->path);
    char *base = arena_printf(a, "https://%s%s%s", rule->host, *locale ? "/" : "", locale);
    const char *hole = strstr(path, "{code}");
    if (hole)
        return arena_printf(a, "%s/%.*s%s%s", base, (int)(hole - path), path, link->code,
                            hole + strlen("{code}"));
    return arena_printf(a, "%s/%s%c%s=%s", base, path, strchr(path, '?') ? '&' : '?',
                        *link->parameter ? link->parameter : PARAMETER, link->code);
}
