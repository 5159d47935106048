/* Links, with or without "https://", e-mail addresses, and what a link names: the transaction or
 * address an explorer shows, the code of an invitation. */
#include "handlers/extract/letters.h"
#include "handlers/extract/scan.h"
#include "handlers/extract/txid.h"

static bool is_host_char(char c)
{
    return is_alnum(c) || c == '-' || c == '.';
}

/* --- what a link names --- */

struct link {
    struct scan *scan;
    size_t host, end;    /* in the scan's text */
    const char *chain;   /* of the explorer, or NULL */
    bool is_invite_path; /* the code is the next part */
};

/* "%2B" and the like; the part itself when it has none. */
static const char *decoded(struct arena *a, const char *part)
{
    if (!strchr(part, '%'))
        return part;
    char *out = arena_strdup(a, part), *to = out;
    for (const char *at = part; *at; at++) {
        bool is_code = at[0] == '%' && is_xdigit(at[1]) && is_xdigit(at[2]);
        char hex[3] = {is_code ? at[1] : '\0', is_code ? at[2] : '\0', '\0'};
        long c = is_code ? strtol(hex, NULL, 16) : 0;
        bool is_plain = c > ' ' && c < 0x7F;
        *to++ = is_plain ? (char)c : *at;
        at += is_plain ? 2 : 0;
    }
    *to = '\0';
    return out;
}

static const char *chain_of(struct scan *s, const char *host)
{
    const struct word *w = lexicon_at(s->lexicon, IN_CLASS(WORD_EXPLORER), host, 0);
    return w && !is_host_char(host[w->len]) ? w->value : NULL;
}

/* The host and what follows, in small letters, without "www.", a language, and the "#" that some
 * explorers put between. */
static const char *place_of(struct link *l)
{
    struct scan *s = l->scan;
    char *place = arena_strndup(s->arena, s->low + l->host, l->end - l->host);
    char *hash = strstr(place, "/#/");
    if (hash)
        memmove(hash, hash + 2, strlen(hash + 2) + 1);
    if (starts_with(place, "www."))
        place += 4;
    const char *rest = strchr(place, '.');
    bool has_language = rest && rest - place == 2 && strchr(rest + 1, '.');
    return has_language && !chain_of(s, place) ? rest + 1 : place;
}

static bool is_code(const char *part)
{
    size_t len = strlen(part), head = starts_with(part, "mexc-") ? 5 : 0;
    for (size_t i = head; i < len; i++)
        if (!is_alnum(part[i]))
            return false;
    return len - head >= 3 && len - head <= 20;
}

struct named {
    enum reading reading;
    const char *chains;
};

static struct named as_transaction(const struct link *l, const char *part)
{
    struct named n;
    n.reading = txid_read(part, strlen(part), &n.chains);
    if (l->chain) {
        n.reading = txid_read_of(part, strlen(part), l->chain);
        n.chains = l->chain;
    }
    return n;
}

static struct named as_address(const struct link *l, const char *part)
{
    struct named n;
    n.reading = address_read(part, strlen(part), &n.chains);
    bool is_short = l->chain && n.reading == READING_NONE;
    if (is_short)
        n.reading = address_read_short(part, strlen(part), &n.chains);
    if (l->chain && chains_have(n.chains, l->chain))
        n.chains = l->chain;
    else if (is_short)
        n.reading = READING_NONE;
    return n;
}

static void name_part(struct link *l, size_t at, size_t len, const char *part, const char *before)
{
    const struct lexicon *x = l->scan->lexicon;
    bool is_tx = lexicon_value(x, WORD_TX_PATH, before);
    bool is_address = lexicon_value(x, WORD_ADDRESS_PATH, before);
    struct named tx = as_transaction(l, part), address = as_address(l, part), *n = &tx;
    enum field field = FIELD_TXID;
    if (!tx.reading || is_address || (!is_tx && tx.reading < address.reading)) {
        field = l->scan->asked == FIELD_CONTRACT ? FIELD_CONTRACT : FIELD_ADDRESS;
        n = &address;
    }
    if (!n->reading || (is_tx && n == &address))
        return;
    struct found *f = scan_add(l->scan, field, at, at + len, part);
    if (f) {
        f->is_valid = n->reading == READING_RIGHT;
        f->chains = n->chains;
    }
}

/* What stands between / ? & = # : each part is judged by the one before it. */
static void read_parts(struct link *l)
{
    struct scan *s = l->scan;
    const char *before = "", *text = s->text.s;
    size_t at = l->host;
    while (at < l->end && !letter_in(text[at], "/?#"))
        at++;
    for (; at < l->end; at++) {
        size_t len = strcspn(text + at, "/?&=#;");
        if (len > l->end - at)
            len = l->end - at;
        while (len && text[at + len] == '=' &&
               (at + len + 1 == l->end || text[at + len + 1] == '&'))
            len++; /* base64 ends so */
        const char *part = decoded(s->arena, arena_strndup(s->arena, text + at, len));
        bool is_query = text[at - 1] == '=' && lexicon_value(s->lexicon, WORD_INVITE_QUERY, before);
        bool is_invite = is_query || (l->is_invite_path && at + len == l->end);
        if (is_invite && !l->chain && is_code(part)) {
            struct found *f = scan_add(s, FIELD_INVITE_CODE, at, at + len, part);
            if (f)
                f->is_valid = true;
        } else if (len >= 5) {
            name_part(l, at, len, part, before);
        }
        if (len)
            before = text_small(s->arena, part);
        at += len;
    }
}

/* --- where a link ends --- */

/* Does it end in a bracket that was opened before it? */
static bool closes_too_much(const char *s, size_t len)
{
    static const char pairs[] = "()[]";
    const char *close = letter_in(s[len - 1], ")]") ? strchr(pairs, s[len - 1]) : NULL;
    int open = 0;
    for (size_t i = 0; close && i < len; i++)
        open += (s[i] == close[-1]) - (s[i] == *close);
    return open < 0;
}

/* Non-ASCII letters only of the scripts that imitate Latin ones: Chinese text follows without a
 * blank. */
static size_t link_end(const struct scan *s, size_t at)
{
    const char *text = s->text.s;
    size_t start = at;
    while (text[at] && !letter_in(text[at], " \t\n\"'<>`|\\^{}") && text[at] != MASKED) {
        unsigned char c = (unsigned char)text[at];
        if (c >= 0x80 && (c < 0xC3 || c > 0xD4))
            break;
        at += c >= 0x80 ? 2 : 1;
    }
    while (at > start &&
           (letter_in(text[at - 1], ".,;:!?*_~") || closes_too_much(text + start, at - start)))
        at--;
    return at;
}

static const char *cleaned(struct scan *s, size_t start, size_t end)
{
    char *value = arena_strndup(s->arena, s->text.s + start, end - start), *at = value;
    while ((at = strstr(at, "&amp;")))
        memmove(at + 1, at + 5, strlen(at + 5) + 1);
    return value;
}

static void add_link(struct scan *s, size_t start, size_t host, size_t end)
{
    struct link l = {.scan = s, .host = host, .end = end};
    const char *text = s->text.s;
    size_t authority = strcspn(text + host, "/?#");
    const char *user = memrchr(text + host, '@', authority < end - host ? authority : end - host);
    if (user) /* what stands before it only pretends to be the host */
        l.host = (size_t)(user + 1 - text);
    const char *place = place_of(&l);
    l.chain = chain_of(s, place);
    l.is_invite_path = lexicon_at(s->lexicon, IN_CLASS(WORD_INVITE_PATH), place, 0);
    struct found *f = scan_add(s, FIELD_LINK, start, end, cleaned(s, start, end));
    if (f) {
        f->is_valid = true;
        f->chains = l.chain ? l.chain : "";
    }
    read_parts(&l);
    scan_take(s, start, end);
}

/* --- finding them --- */

static void find_schemes(struct scan *s)
{
    const char *text = s->text.s, *at = text;
    while ((at = strstr(at, "://"))) {
        size_t host = (size_t)(at - text) + 3, start = host - 3;
        while (start && is_alpha(text[start - 1]))
            start--;
        at += 3;
        size_t end = start < host - 3 ? link_end(s, host) : host;
        if (end <= host || !scan_is_free(s, start, end))
            continue;
        add_link(s, start, host, end);
        at = text + end;
    }
}

static void find_emails(struct scan *s)
{
    const char *text = s->text.s, *at = text;
    for (; (at = strchr(at, '@')); at++) {
        size_t sign = (size_t)(at - text), start = sign, end = sign + 1, dot = 0;
        while (start && (is_alnum(text[start - 1]) || letter_in(text[start - 1], "._%+-")))
            start--;
        while (start < sign && !is_alnum(text[start]))
            start++;
        while (is_host_char(text[end]))
            end++;
        while (end > sign + 1 && !is_alnum(text[end - 1]))
            end--;
        for (size_t i = sign + 1; i < end; i++)
            dot = text[i] == '.' ? i : dot;
        bool has_tld = dot > sign + 1 && end > dot + 2;
        for (size_t i = dot + 1; has_tld && i < end; i++)
            has_tld = is_alpha(text[i]);
        if (start == sign || !has_tld || !scan_is_free(s, start, end))
            continue;
        struct found *f = scan_add(s, FIELD_EMAIL, start, end, NULL);
        if (f)
            f->is_valid = true;
        scan_take(s, start, end);
    }
}

/* "bscscan.com/tx/0x…", "t.me/name": a last part that is also a word ("me", "to") needs a path. */
static bool is_host(const struct scan *s, size_t start, size_t end)
{
    const char *text = s->low;
    size_t tld = end, labels = 1;
    while (tld > start && text[tld - 1] != '.')
        tld--;
    for (size_t i = start; i < end; i++) {
        labels += text[i] == '.';
        if (text[i] == '.' && (i == start || text[i - 1] == '.'))
            return false;
    }
    if (tld == start || labels < 2)
        return false;
    const struct word *w = scan_word(s, IN_CLASS(WORD_TLD), tld);
    if (!w || tld + w->len != end)
        return false;
    return str_eq(w->value, "any") || text[end] == '/' || starts_with(text + start, "www.");
}

static void find_bare(struct scan *s)
{
    const char *text = s->text.s;
    for (size_t at = 0; at < s->text.len; at++) {
        size_t start = at;
        while (is_host_char(text[at]))
            at++;
        while (start < at && !is_alnum(text[start]))
            start++;
        size_t host_end = at;
        while (host_end > start && !is_alnum(text[host_end - 1]))
            host_end--;
        if (host_end - start < 4 || !scan_is_free(s, start, host_end) ||
            !is_host(s, start, host_end))
            continue;
        bool goes_on = host_end == at && letter_in(text[at], "/?#:");
        size_t end = goes_on ? link_end(s, start) : host_end;
        add_link(s, start, start, end > host_end ? end : host_end);
        at = end > host_end ? end : host_end;
        at -= at > start;
    }
}

void find_links(struct scan *s)
{
    find_schemes(s);
    find_emails(s);
    find_bare(s);
}
