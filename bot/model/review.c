#include "bot/model/review.h"

struct review_request *review_request_copy(struct arena *a, const struct review_request *r)
{
    if (!r)
        return NULL;
    struct review_request *copy = arena_alloc(a, sizeof(*copy));
    *copy = (struct review_request){arena_strdup(a, r->file), arena_strdup(a, r->text), r->no};
    return copy;
}
