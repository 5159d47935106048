/* zaide knowledge check: every fault of the knowledge, with file and line. For zaide knowledge test
 * see knowledge_test.h. */
#include "bot/commands/commands.h"
#include "bot/commands/knowledge_test.h"
#include "bot/commands/review.h"
#include "bot/commands/setup.h"
#include "handlers/faq/faq.h"
#include "handlers/faq/knowledge.h"
#include "handlers/tone/check.h"

static void print_gaps(const struct setup *s)
{
    struct buf gaps = BUF_INIT(64 * 1024);
    for (size_t i = 0; i < s->pipeline.n; i++)
        if (str_eq(s->pipeline.handlers[i]->name, "faq"))
            knowledge_gaps(faq_knowledge(s->pipeline.selves[i]), s->settings, &gaps);
    printf("%s", gaps.data);
    buf_release(&gaps);
}

/* The README says the same of ours (scripts/check-rules). */
static void print_reviews(struct reviews r)
{
    printf("no faults; %zu of %zu files have been reviewed by no second native speaker\n", r.open,
           r.files);
}

int command_knowledge(int argc, char **argv)
{
    struct setup s;
    struct buf why = BUF_INIT(256 * 1024), faults = BUF_INIT(256 * 1024);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    if (argc == 3 && str_eq(argv[1], "test"))
        return knowledge_test(argv[2]);
    if (argc != 2 || !str_eq(argv[1], "check")) {
        fprintf(stderr, "usage: zaide knowledge check\n"
                        "       zaide knowledge test FILE     lines of text TAB label: an item's "
                        "id, or none\n");
        return EXIT_USAGE;
    }
    if (setup_init(&s, &is_usage, &why)) {
        fprintf(stderr, "%s\n", why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        review_check(&s.pipeline, library_files(s.library), &faults);
        fprintf(stderr, "%s", faults.data);
        status = faults.len ? EXIT_REFUSED : EXIT_DONE;
        if (!faults.len) {
            print_gaps(&s);
            print_reviews(tone_reviews(library_files(s.library)));
        }
    }
    setup_release(&s);
    buf_release(&why);
    buf_release(&faults);
    return status;
}
