/* Does a name imitate another one? Names are compared as people see them: by the skeleton of UTS
 * #39, without what is put between and around ("M.і.y.a ✅", "Miya_Support", "0fficial Miya1").
 * Pure. */
#ifndef ZAIDE_VERIFY_LIKENESS_H
#define ZAIDE_VERIFY_LIKENESS_H

#include "bot/base/arena.h"
#include "bot/base/yaml.h"

/* Words that impostors put beside a name ("support", "客服"): knowledge, in verify/words.yaml. */
#define TITLE_WORDS "verify/words.yaml"
struct title_words {
    char **items; /* in the form names are compared in, longest first */
    size_t n;
    struct arena arena;
};
/* `root` NULL: there are none. -1: a title is no word; `why` says where. */
MUST_USE int title_words_load(struct title_words *w, const struct yaml *root, const char *file,
                              struct buf *why);
void title_words_release(struct title_words *w);

struct name_form {
    const char *small; /* as it was written, but for case */
    const char *whole; /* as it is seen: letters and digits only, look-alikes made one */
    const char *bare;  /* that without title words and one or two last digits; or the whole */
    bool has_title;
};
/* Its strings live in `a`. */
struct name_form name_form(struct arena *a, const struct title_words *w, const char *name);

enum likeness {
    LIKENESS_NONE,
    LIKENESS_CLOSE,   /* a letter more, less, another or swapped in a long name */
    LIKENESS_ADDED,   /* words or digits beside the name */
    LIKENESS_LETTERS, /* other letters that look the same, signs between */
    LIKENESS_SAME     /* the very name, but for case */
};
enum likeness name_likeness(const struct name_form *claimed, const struct name_form *official);

#endif
