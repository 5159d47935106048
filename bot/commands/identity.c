/* zaide identity: sign-in links, for those who write the exchange's side of them and want to
 * compare. */
#include "bot/base/log.h"
#include "bot/commands/commands.h"
#include "bot/commands/core_settings.h"
#include "handlers/identity/link.h"

const char identity_usage[] =
    "usage: zaide identity sign UID [--platform telegram] [--bot NAME]\n"
    "       zaide identity check PAYLOAD [--platform telegram]\n"
    "sign prints the payload of a link, good for ten minutes and one use; with --bot the whole\n"
    "link. check says whether a payload that your backend made would be taken, and why not.\n"
    "Both need BRAND_ID_SECRET. How a link is made: adapters/README.md\n";

static int usage(void)
{
    fputs(identity_usage, stderr);
    return EXIT_USAGE;
}

struct asked {
    const char *verb, *what, *platform, *bot;
};

static const char *const answers[LINK_VERDICTS] = {
    [LINK_FORGED] = "the MAC is not that of this secret, platform, UID and expiry, or the payload "
                    "is not id_<uid>_<expires>_<mac>",
    [LINK_EXPIRED] = "the expiry is over",
    [LINK_TOO_LONG] = "the expiry is more than ten minutes ahead",
};

static int sign(const struct asked *asked, const char *secret)
{
    char payload[LINK_PAYLOAD + 1];
    if (!link_is_uid(asked->what)) {
        fprintf(stderr, "zaide identity: a UID is 1 to %d ASCII letters and digits\n", LINK_UID);
        return EXIT_USAGE;
    }
    link_sign(payload, secret, asked->platform, asked->what, clock_ms() / 1000 + LINK_LIFE_S);
    if (asked->bot)
        printf("https://t.me/%s?start=", asked->bot);
    printf("%s\n", payload);
    return EXIT_DONE;
}

static int check(const struct asked *asked, const struct settings *settings)
{
    enum link_verdict verdict = LINK_FORGED;
    struct buf secret = BUF_INIT(1000);
    struct link link;
    for (size_t i = 0; verdict == LINK_FORGED; i++) {
        if (!settings_item(settings, "BRAND_ID_SECRET", i, &secret))
            break;
        verdict = link_check(asked->what, secret.data, asked->platform, clock_ms(), &link);
    }
    buf_release(&secret);
    if (verdict != LINK_GOOD) {
        fprintf(stderr, "zaide identity: %s\n", answers[verdict]);
        return EXIT_REFUSED;
    }
    printf("UID %s, for %d more seconds\n", link.uid, (int)(link.expires_s - clock_ms() / 1000));
    return EXIT_DONE;
}

static int run(const struct asked *asked)
{
    struct buf why = BUF_INIT(64 * 1024), secret = BUF_INIT(1000);
    struct settings *settings = load_settings(&why);
    int status = EXIT_USAGE;
    if (!settings)
        fprintf(stderr, "zaide: %s\n", why.data);
    else if (!settings_item(settings, "BRAND_ID_SECRET", 0, &secret) ||
             secret.len < LINK_SECRET_MIN)
        fprintf(stderr,
                "zaide identity: BRAND_ID_SECRET has at least %d characters: "
                "`openssl rand -hex 32` makes one\n",
                LINK_SECRET_MIN);
    else
        status = str_eq(asked->verb, "sign") ? sign(asked, secret.data) : check(asked, settings);
    settings_free(settings);
    buf_release(&secret);
    buf_release(&why);
    return status;
}

int command_identity(int argc, char **argv)
{
    struct asked asked = {.verb = argc > 1 ? argv[1] : "", .platform = "telegram"};
    bool is_sign = str_eq(asked.verb, "sign");
    if (!is_sign && !str_eq(asked.verb, "check"))
        return usage();
    for (int i = 2; i < argc; i++) {
        if (str_eq(argv[i], "--platform") && i + 1 < argc)
            asked.platform = argv[++i];
        else if (str_eq(argv[i], "--bot") && i + 1 < argc && is_sign)
            asked.bot = argv[++i];
        else if (!asked.what && !starts_with(argv[i], "--"))
            asked.what = argv[i];
        else
            return usage();
    }
    return asked.what ? run(&asked) : usage();
}
