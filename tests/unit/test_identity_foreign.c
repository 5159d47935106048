/* What somebody learns who types UIDs that are not his: nothing. The same day is played twice. In
 * one the exchange knows all of these UIDs, in the other it knows others: every word that is said
 * must be the same. */
#define MAX_POSTS 6000

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bot/base/log.h"
#include "handlers/identity/link.h"
#include "handlers/identity/uid.h"
#include "tests/talks/player/stage.c"

#define UIDS    1000
#define FOREIGN 30000000 /* what is typed: from here on */
#define SECRET  "0123456789abcdef0123456789abcdef"

static struct library *library;

static const struct {
    const char *lang, *text;
} asks[] = {
    {"en", "my uid is %ld, am I on the compensation list? how much do i get"},
    {"zh", "我的UID是%ld，请问我在赔偿名单里吗？"},
    {"vi", "uid của em là %ld, em có được đền bù không ạ"},
    {"ja", "UIDは%ldです。補償の対象になっていますか"},
    {"ko", "제 UID는 %ld 입니다. 보상 대상인가요?"},
    {"ms", "uid saya %ld, saya ada dalam senarai pampasan ke"},
    {"en", "%ld"},
    {"en", "is %ld a vip? what tags does it have"},
    {"en", "/compensation %ld"},
    {"en", "/start id_%ld_1790000000_00000000000000000000000000000000"},
    {"en", "my referral commission is missing, uid %ld"},
};

static void ignore(void *arg)
{
    (void)arg;
}

static void write_to(struct stage *t, const char *user, const char *lang, const char *text)
{
    struct event event = {.type = EVENT_MESSAGE,
                          .from = {.chat = user, .user = user},
                          .name = "Ann",
                          .lang_hint = lang,
                          .is_private = true,
                          .content = {.text = text}};
    stage_deliver(t, &event);
}

/* The exchange's list has it, and its customer is known here. */
static void know(struct stage *t, struct arena *a, long uid)
{
    char payload[LINK_PAYLOAD + 1];
    struct event event = {.type = EVENT_TOLD,
                          .id = {"tags", arena_printf(a, "%ld", uid)},
                          .now_ms = clock_ms(),
                          .subject = arena_printf(a, UID_SUBJECT "%ld", uid),
                          .data = "tags vip kol",
                          .content = CONTENT_INIT};
    engine_deliver(t->engine, &event, ignore, NULL);
    event.id.bucket = "owed";
    event.data =
        arena_printf(a, "pay.owed mx %ld 0 USDT 77.%04ld rollback", uid % 1000, uid % 1000);
    engine_deliver(t->engine, &event, ignore, NULL);
    if (uid % 50)
        return;
    link_sign(payload, SECRET, "telegram", arena_printf(a, "%ld", uid), clock_ms() / 1000 + 300);
    write_to(t, arena_printf(a, "9%ld", uid % 1000), "en", arena_printf(a, "/start %s", payload));
}

static char *play(long known)
{
    struct stage *t = xcalloc(1, sizeof(*t));
    struct arena a = ARENA_INIT;
    struct buf why = BUF_INIT(1000), said = BUF_INIT(10 << 20);
    t->file = "a day";
    t->settings = all_settings();
    assert_int_equal(settings_set(t->settings, "BRAND_ID_SECRET", SECRET, &why), 0);
    stage_begin(t, library_files(library));
    for (long i = 0; i < UIDS; i++)
        know(t, &a, known + i);
    size_t before = t->n_posts;
    assert_true(before >= UIDS / 50);
    for (long i = 0; i < UIDS; i++) {
        size_t ask = (size_t)i % ARRAY_LEN(asks);
        char *text = arena_strdup(&a, asks[ask].text), *gap = strstr(text, "%ld");
        text = arena_printf(&a, "%.*s%ld%s", (int)(gap - text), text, (long)FOREIGN + i, gap + 3);
        t->in_a_hurry = true;
        write_to(t, arena_printf(&a, "%ld", 5000 + i), asks[ask].lang, text);
    }
    stage_pass(t, 60000);
    for (size_t i = before; i < t->n_posts; i++)
        if (t->posts[i].to[0] != '9') /* who has proven a UID hears of his own lines */
            buf_printf(&said, "%s: %s\n", t->posts[i].to, t->posts[i].text);
    assert_false(buf_over(&said));
    stage_end(t);
    settings_free(t->settings);
    free(t);
    arena_release(&a);
    buf_release(&why);
    return buf_detach(&said);
}

static void test_1000_foreign_uids_reveal_nothing(void **state)
{
    (void)state;
    char *foreign = play(FOREIGN), *unknown = play(FOREIGN + 5000000);
    size_t at = 0, lines = 0;
    for (const char *c = unknown; *c; c++)
        lines += *c == '\n';
    assert_true(lines > UIDS);
    while (foreign[at] && foreign[at] == unknown[at])
        at++;
    if (foreign[at] || unknown[at])
        fail_msg("they part here: %.200s | %.200s", foreign + at, unknown + at);
    assert_null(strstr(foreign, "kol"));
    assert_null(strstr(foreign, "77."));
    free(foreign);
    free(unknown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_1000_foreign_uids_reveal_nothing),
    };
    struct buf why = BUF_INIT(10000);
    library = library_load("handlers/knowledge", &why);
    if (!library || log_configure("error", &why))
        die("%s", why.data);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    library_free(library);
    buf_release(&why);
    return failed;
}
