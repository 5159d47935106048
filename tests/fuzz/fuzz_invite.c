/* libFuzzer: any message with links in it. What is ours is on the list, a code stands in the
 * message, and the link that is built has that host and that code. */
#include "bot/base/plain.h"
#include "bot/base/text.h"
#include "bot/commands/core_settings.h"
#include "bot/commands/library.h"
#include "handlers/flows/invite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct settings *settings;
static struct lexicon *lexicon;

static void set_up(void)
{
    struct buf why = BUF_INIT(64 * 1024);
    struct library *library = library_load("handlers/knowledge", &why);
    lexicon = library ? lexicon_load(library_files(library), &why) : NULL;
    settings = settings_new();
    settings_add(settings, "core", core_settings);
    if (!lexicon || settings_set(settings, "BRAND_HOSTS", "example.com,a.io", &why))
        die("%s", why.data);
    library_free(library);
    buf_release(&why);
}

static void check(struct arena *a, const struct invite_link *link)
{
    static const struct invite_rule rule = {"VN", "www.example.com", "vi", "join/{code}", true};
    size_t len = strlen(link->host);
    if (!len || strpbrk(link->host, "/?#@:\\ \n"))
        die("the host %s", link->host);
    bool on_list = str_eq(link->host, "example.com") || str_eq(link->host, "a.io") ||
                   (len > 12 && str_eq(link->host + len - 12, ".example.com")) ||
                   (len > 5 && str_eq(link->host + len - 5, ".a.io"));
    if (on_list != link->is_ours)
        die("%s is%s ours", link->host, link->is_ours ? "" : " not");
    if (!*link->code)
        return;
    if (strspn(link->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") !=
            strlen(link->code) ||
        !strstr(link->rest, link->code))
        die("the code %s of %s", link->code, link->rest);
    if (!str_eq(invite_build(a, &rule, link),
                arena_printf(a, "https://www.example.com/vi/join/%s", link->code)))
        die("built %s", invite_build(a, &rule, link));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = ARENA_INIT;
    struct invite_link links[4];
    if (!lexicon)
        set_up();
    size_t n = invite_links(lexicon, settings, &arena, text_clean(&arena, (const char *)data, len),
                            links, 4);
    for (size_t i = 0; i < n; i++)
        check(&arena, &links[i]);
    arena_release(&arena);
    return 0;
}
