/* zaide knowledge check: every fault of the knowledge, with file and line. */
#include "bot/commands/commands.h"
#include "bot/commands/setup.h"

int command_knowledge(int argc, char **argv)
{
    struct setup s;
    struct buf why = BUF_INIT(256 * 1024), missing = BUF_INIT(256 * 1024);
    bool is_usage = false;
    int status = EXIT_REFUSED;
    if (argc != 2 || !str_eq(argv[1], "check")) {
        fprintf(stderr, "usage: zaide knowledge check\n");
        return EXIT_USAGE;
    }
    if (setup_init(&s, &is_usage, &why)) {
        fprintf(stderr, "%s\n", why.data);
        status = is_usage ? EXIT_USAGE : EXIT_REFUSED;
    } else {
        phrases_missing(s.pipeline.phrases, &missing);
        fprintf(stderr, "%s", missing.data);
        status = missing.len ? EXIT_REFUSED : EXIT_DONE;
        if (!missing.len)
            printf("no faults\n");
    }
    setup_release(&s);
    buf_release(&why);
    buf_release(&missing);
    return status;
}
