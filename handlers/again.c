#include "handlers/again.h"

#include "handlers/insult/insult.h"

#define SAID "again.said" /* a hash: the words themselves are in the transcript */

static const char *hash_of(const struct turn *t)
{
    const char *folded = text_fold_match(t->arena, insult_free(t, t->event->content.text));
    uint64_t hash = 0;
    for (const char *at = folded, *end = at + strlen(at); at < end;) {
        int32_t c = text_next(&at, end);
        enum text_kind kind = text_kind(c);
        if (kind != TEXT_OTHER && kind != TEXT_SIGN)
            hash = (hash ^ (uint64_t)c) * 0x100000001B3ULL;
    }
    return hash ? turn_number(t, (int64_t)(hash >> 1)) : "";
}

void again_keep(const struct turn *t, struct effects *e)
{
    const char *hash = hash_of(t);
    if (*hash)
        effect_var(e, SAID, hash);
}

bool again_asked(const struct turn *t)
{
    const char *said = conversation_var(t->subject, SAID);
    return *said && str_eq(said, hash_of(t));
}
