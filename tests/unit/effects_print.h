/* Effects as text, one line each. */
#ifndef ZAIDE_TEST_EFFECTS_PRINT_H
#define ZAIDE_TEST_EFFECTS_PRINT_H

#include "bot/model/effect.h"

#include <inttypes.h>

static inline const char *lane_name(enum lane_id lane)
{
    return lane == LANE_CUSTOMER ? "customer" : "staff";
}

static inline void print_say(const struct effect *s, struct buf *out)
{
    static const char *const verbs[] = {
        [CONTENT_TEXT] = "say",       [CONTENT_EDIT] = "edit", [CONTENT_DELETE] = "delete",
        [CONTENT_REACTION] = "react", [CONTENT_HOME] = "home", [CONTENT_STANDING] = "standing",
    };
    buf_printf(out, "%s %s %s: %s", verbs[s->content.kind], lane_name(s->lane), s->author,
               s->content.text);
    for (size_t i = 0; i < s->content.n_files; i++)
        buf_printf(out, " [%s]", file_kind_name(s->content.files[i].kind));
    for (size_t i = 0; i < s->content.n_buttons; i++)
        buf_printf(out, " [%s]", s->content.buttons[i].label);
}

static inline void effects_print(const struct effects *e, struct buf *out)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct effect *it = e->items[i];
        switch (it->type) {
        case EFFECT_SAY:
            print_say(it, out);
            break;
        case EFFECT_SHOW:
            buf_printf(out, "show %s", it->content.text);
            break;
        case EFFECT_SET:
            buf_printf(out, "set %s=%s", it->name, it->value);
            break;
        case EFFECT_TIMER:
            buf_printf(out, "timer %s %" PRId64, it->name, it->number);
            break;
        case EFFECT_COUNT:
            buf_printf(out, "count %s %" PRId64, it->name, it->number);
            break;
        case EFFECT_PUT:
            buf_printf(out, "put %s %s=%s", it->name, it->key, it->value);
            break;
        case EFFECT_TELL:
            buf_printf(out, "tell %s %s", it->name, it->value);
            break;
        }
        buf_char(out, '\n');
    }
}

#endif
