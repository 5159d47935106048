/* Updates as Telegram sends them, and as it never should: tests/data/telegram/<name>.json. */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "adapters/telegram/decode.h"
#include "bot/base/text.h"

#define DATA    "tests/data/telegram/"
#define ACCOUNT "7000001"
#define NOW_MS  1795257601234

/* What is expected of a file: the event, printed; "silent" or "malformed" and the reason; or "no
 * JSON" and the id that is found all the same. */
static const struct {
    const char *file, *expected;
} cases[] = {
    {"text_private",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6913 name='Ann Lee' @ann_lee "
     "lang=en private message=345 text='Hello, where is my deposit?' origin=912345678/345"},
    {"text_entities",
     "message telegram:7000001:5800000001::5800000001 id=7000001:31982/6914 name='李雷' "
     "lang=zh-hans private message=346 text='💰 到账 bold link code @ann #tag 👍 quote' "
     "custom_emoji[💰](5368324170671202286) underline[到账] bold[bold] "
     "text_link[link](https://example.com/a?b=1) pre[code](c) spoiler[👍] blockquote[quote] "
     "origin=5800000001/346"},
    {"start_payload", "message telegram:7000001:912345678::912345678 id=7000001:31982/6915 "
                      "name='Ann Lee' @ann_lee lang=en private message=347 "
                      "text='/start incident-17' origin=912345678/347"},
    {"photo_caption",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6916 name='Ann Lee' @ann_lee "
     "lang=en private message=348 text='充到ERC20了' bold[ERC20] file=photo:AgACAgUAAxkBAAIx:81234 "
     "origin=912345678/348"},
    {"album_part",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6917 name='Ann Lee' @ann_lee "
     "lang=en private message=349 file=photo:AgACAgUAAxkBAAIb:71234 album=13987654321098765 "
     "origin=912345678/349"},
    {"document",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6918 name='Ann Lee' @ann_lee "
     "lang=en private message=350 file=document:BQACAgUAAxkBAAIdoc:204800 "
     "'statement 2026-11.pdf' application/pdf origin=912345678/350"},
    {"voice", "message telegram:7000001:5800000001::5800000001 id=7000001:31982/6919 name='李雷' "
              "lang=zh-hans private message=351 file=voice:AwACAgUAAxkBAAIvoice:29112 audio/ogg "
              "origin=5800000001/351"},
    {"video",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6920 name='Ann Lee' @ann_lee "
     "lang=en private message=352 text='see' file=video:BAACAgUAAxkBAAIvideo:3145728 'screen.mp4' "
     "video/mp4 origin=912345678/352"},
    {"video_note",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6921 name='Ann Lee' @ann_lee "
     "lang=en private message=353 file=video_note:DQACAgUAAxkBAAInote:412345 "
     "origin=912345678/353"},
    {"animation",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6922 name='Ann Lee' @ann_lee "
     "lang=en private message=354 file=animation:CgACAgUAAxkBAAIanim:90000 'cat.gif.mp4' "
     "video/mp4 origin=912345678/354"},
    {"audio",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6923 name='Ann Lee' @ann_lee "
     "lang=en private message=355 file=audio:CQACAgUAAxkBAAIaudio:5000000 'song.mp3' audio/mpeg "
     "origin=912345678/355"},
    {"sticker",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6924 name='Ann Lee' @ann_lee "
     "lang=en private message=356 file=sticker:CAACAgIAAxkBAAIstick:12345 origin=912345678/356"},
    {"reply_quote",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6925 name='Ann Lee' @ann_lee "
     "lang=en private message=357 text='this one' about=340 quote='ERC20 or TRC20' "
     "origin=912345678/357 of=7000001"},
    {"forwarded_user",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/7213 name='Ann Lee' @ann_lee "
     "lang=en private message=801 text='Please pay the unlocking fee' origin=912345678/801 "
     "from='Miya Support' 700000099 @miya_supp0rt"},
    {"forwarded_hidden",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/7214 name='Ann Lee' @ann_lee "
     "lang=en private message=802 text='Please pay the unlocking fee' origin=912345678/802 "
     "from='Miya Support'  @"},
    {"forwarded_channel",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/7215 name='Ann Lee' @ann_lee "
     "lang=en private message=803 text='Airdrop today' origin=912345678/803 from='Nika News' "
     "-1002000000777 @nika_news"},
    {"topic_text", "message telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/6926 "
                   "name='Mia' @mia_support lang=en message=900 text='On it' "
                   "origin=-1002000000001/900"},
    {"topic_reply",
     "message telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/6927 name='Mia' "
     "@mia_support lang=en message=901 text='// look at this' about=899 "
     "origin=-1002000000001/901 of=7000001 to-us"},
    {"topic_reply_colleague",
     "message telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/7027 name='Mia' "
     "@mia_support lang=en message=904 text='the fan, too?' about=899 "
     "origin=-1002000000001/904 of=700000004 to-others"},
    {"general_text", "message telegram:7000001:-1002000000001::700000003 id=7000001:31982/6928 "
                     "name='Mia' @mia_support lang=en message=902 text='/agents' "
                     "origin=-1002000000001/902"},
    {"general_reply",
     "message telegram:7000001:-1002000000001::700000003 id=7000001:31982/6929 name='Mia' "
     "@mia_support lang=en message=903 text='yes' about=890 origin=-1002000000001/903 "
     "of=7000001 to-us"},
    {"general_announce",
     "message telegram:7000001:-1002000000001::700000003 id=7000001:31982/7990 name='Mia' "
     "@mia_support lang=en message=905 text='/announce' about=891 origin=-1002000000001/905 "
     "of=700000004 replied( text='Trading is back' bold[Trading] file=photo:AgACAgUAAxkBAAIn:71000)"
     " to-others"},
    {"group_text",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/6930 name='Ann Lee' "
     "@ann_lee lang=en message=77 text='@zaide_test_bot fees?' origin=-1002000000077/77 to-us"},
    {"group_to_others",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7013 name='Ann Lee' "
     "@ann_lee lang=en message=78 text='😀 @bob_trades did yours arrive?' "
     "origin=-1002000000077/78 to-others"},
    {"group_command",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7014 name='Ann Lee' "
     "@ann_lee lang=en message=79 text='/help@Zaide_Test_Bot' origin=-1002000000077/79 to-us"},
    {"group_text_mention",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7015 name='Ann Lee' "
     "@ann_lee lang=en message=80 text='Bob, did you bind it?' origin=-1002000000077/80 "
     "to-others"},
    {"group_reply_member",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7016 name='Ann Lee' "
     "@ann_lee lang=en message=81 text='in the security menu' about=70 "
     "origin=-1002000000077/81 of=912345679 to-others"},
    {"group_reply_us",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7017 name='Ann Lee' "
     "@ann_lee lang=en message=82 text='and on android?' about=71 origin=-1002000000077/82 "
     "of=7000001 to-us"},
    {"group_reply_channel",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7018 name='Ann Lee' "
     "@ann_lee lang=en message=83 text='when does it start?' about=72 "
     "origin=-1002000000077/83 of=777000"},
    {"group_topic",
     "message telegram:7000001:-1002000000077:5:912345678 id=7000001:31982/7019 name='Ann "
     "Lee' @ann_lee lang=en message=84 text='what are the fees?' origin=-1002000000077/84"},
    {"group_forward",
     "message telegram:7000001:-1002000000077::912345678 id=7000001:31982/7020 name='Ann Lee' "
     "@ann_lee lang=en message=85 text='I can double your coins' origin=-1002000000077/85 "
     "from='Bob' 912345679 @"},
    {"edited_text",
     "message edit telegram:7000001:912345678::912345678 id=7000001:31982/6931 name='Ann Lee' "
     "@ann_lee lang=en private message=345 text='Hello, where is my withdrawal?' about=345 "
     "origin=912345678/345"},
    {"edited_caption",
     "message edit telegram:7000001:912345678::912345678 id=7000001:31982/6932 name='Ann Lee' "
     "@ann_lee lang=en private message=348 text='TRC20' file=photo:AgACAgUAAxkBAAIx:81234 "
     "about=348 "
     "origin=912345678/348"},
    {"edited_location", "silent: edited location"},
    {"reaction", "message reaction telegram:7000001:912345678::912345678 id=7000001:31982/6934 "
                 "name='Ann Lee' @ann_lee lang=en private about=341 reaction='❤'"},
    {"reaction_removed",
     "message reaction telegram:7000001:912345678::912345678 id=7000001:31982/6935 "
     "name='Ann Lee' @ann_lee lang=en private about=341 reaction=''"},
    {"reaction_custom", "silent: a reaction that is no emoji"},
    {"reaction_anonymous",
     "message reaction telegram:7000001:-1002000000001::-1002000000001 id=7000001:31982/6937 "
     "name='Support desk' anonymous about=899 reaction='🔥'"},
    {"button",
     "button telegram:7000001:912345678::912345678 id=7000001:31982/6938 name='Ann Lee' @ann_lee "
     "lang=en private about=341 data='rate 5' callback=3918291829182918291"},
    {"button_topic",
     "button telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/6939 name='Mia' "
     "@mia_support lang=en about=899 data='claim 812' callback=3918291829182918291"},
    {"button_old",
     "button telegram:7000001:912345678::912345678 id=7000001:31982/6940 name='Ann Lee' @ann_lee "
     "lang=en private about=12 data='rate 5' callback=3918291829182918291"},
    {"button_inline", "silent: a button without message"},
    {"location",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6942 name='Ann Lee' @ann_lee "
     "lang=en private message=361 file=location:(null):0 '10.77, 106.7' origin=912345678/361"},
    {"venue",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6943 name='Ann Lee' @ann_lee "
     "lang=en private message=362 file=venue:(null):0 'Office, 1 Main St (10.77, 106.7)' "
     "origin=912345678/362"},
    {"contact",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6944 name='Ann Lee' @ann_lee "
     "lang=en private message=363 file=contact:(null):0 'Li +8613800000000' origin=912345678/363"},
    {"poll",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6945 name='Ann Lee' @ann_lee "
     "lang=en private message=364 file=poll:(null):0 'Which?\n– A\n– B' origin=912345678/364"},
    {"dice",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6946 name='Ann Lee' @ann_lee "
     "lang=en private message=365 file=dice:(null):0 '🎲 4' origin=912345678/365"},
    {"story",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6947 name='Ann Lee' @ann_lee "
     "lang=en private message=366 unreadable=story origin=912345678/366"},
    {"giveaway",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6948 name='Ann Lee' @ann_lee "
     "lang=en private message=367 unreadable=giveaway origin=912345678/367"},
    {"unknown_kind",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6949 name='Ann Lee' @ann_lee "
     "lang=en private message=368 unreadable=hologram origin=912345678/368"},
    {"paid_media",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6950 name='Ann Lee' @ann_lee "
     "lang=en private message=369 text='look' unreadable=paid_media origin=912345678/369"},
    {"topic_created", "silent: forum_topic_created"},
    {"topic_closed", "home telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/7028 "
                     "name='Mia' @mia_support lang=en message=905 data='closed'"},
    {"topic_reopened", "home telegram:7000001:-1002000000001:41:700000003 id=7000001:31982/7029 "
                       "name='Mia' @mia_support lang=en message=905 data='opened'"},
    {"topic_closed_by_us", "silent: forum_topic_closed"},
    {"pinned", "silent: pinned_message"},
    {"joined", "silent: new_chat_participant"},
    {"migrated", "room telegram:7000001:-4000001::700000003 id=7000001:31982/6954 name='Mia' "
                 "@mia_support lang=en message=906 data='-1002000000009' room.moved"},
    {"migrated_from", "room telegram:7000001:-4000001::700000003 id=7000001:31982/7030 name='Mia' "
                      "@mia_support lang=en message=2 data='-1002000000009' room.moved"},
    {"anonymous_admin",
     "message telegram:7000001:-1002000000001:41:1087968824 id=7000001:31982/6955 "
     "name='Support desk' anonymous message=907 text='/claim' origin=-1002000000001/907"},
    {"as_channel", "message telegram:7000001:-1002000000077::136817688 id=7000001:31982/6956 "
                   "name='Exchange news' @ex_news anonymous message=78 text='airdrop' "
                   "origin=-1002000000077/78"},
    {"from_bot", "message telegram:7000001:-1002000000077::555000111 id=7000001:31982/6957 "
                 "name='Other' @other_bot anonymous message=79 text='hi' "
                 "origin=-1002000000077/79"},
    {"blocked", "member telegram:7000001:912345678::912345678 id=7000001:31982/6958 "
                "name='Ann Lee' @ann_lee lang=en private data='blocked'"},
    {"unblocked", "member telegram:7000001:912345678::912345678 id=7000001:31982/6959 "
                  "name='Ann Lee' @ann_lee lang=en private data='unblocked'"},
    {"made_admin", "member telegram:7000001:-1002000000001::700000003 id=7000001:31982/6960 "
                   "name='Mia' @mia_support lang=en data='changed'"},
    {"chat_member", "silent: chat_member"},
    {"member_left", "silent: chat_member"},
    {"member_joined", "member telegram:7000001:-1002000000001::1000002 id=7000001:31983/50 "
                      "name='Miya Support' @miya_cs data='joined'"},
    {"channel_post", "silent: channel_post"},
    {"inline_query", "silent: inline_query"},

    {"ids_over_2_53",
     "message telegram:7000001:9007199254740993::9007199254740993 id=7000001:31982/6964 "
     "name='Ann Lee' @ann_lee lang=en private message=345 text='big' "
     "origin=9007199254740993/345"},
    {"ids_over_int64", "malformed: no chat id"},
    {"id_fraction", "malformed: no message id"},
    {"no_sender", "malformed: no sender"},
    {"no_chat", "malformed: no chat id"},
    {"no_message_id", "malformed: no message id"},
    {"wrong_types",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6970 name='' private "
     "message=7 text='still here' origin=912345678/7"},
    {"text_is_number", "malformed: a message without content"},
    {"photo_empty",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6972 name='Ann Lee' @ann_lee "
     "lang=en private message=9 unreadable=photo origin=912345678/9"},
    {"message_is_list", "malformed: a member of the wrong type"},
    {"entities_nasty",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6974 name='Ann Lee' @ann_lee "
     "lang=en private message=10 text='ab👍cd' bold[cd] origin=912345678/10"},
    {"controls",
     "message telegram:7000001:912345678::912345678 id=7000001:31982/6975 name='An\uFFFDn "
     "\u202eLee' "
     "@ann_lee lang=en private message=11 text='a\uFFFDbc bold' bold[bold] origin=912345678/11"},
    {"update_id_text", "malformed: no update id"},
    {"update_id_huge", "malformed: no update id"},
    {"nulls", "malformed: a message without content"},
    {"empty", "malformed: an empty update"},
    {"not_utf8", "no JSON 524000960"},
    {"deep", "no JSON 524000961"},
    {"cut_short", "no JSON 524000962"},
};

static void print_content(struct buf *out, const struct content *c)
{
    if (*c->text)
        buf_printf(out, " text='%s'", c->text);
    for (size_t i = 0; i < c->n_entities; i++) {
        const struct entity *e = &c->entities[i];
        buf_printf(out, " %s[%.*s]", entity_name(e->type), (int)e->len, c->text + e->offset);
        if (e->url)
            buf_printf(out, "(%s)", e->url);
    }
    for (size_t i = 0; i < c->n_files; i++) {
        const struct file *f = &c->files[i];
        buf_printf(out, " file=%s:%s:%lld", file_kind_name(f->kind), f->id, (long long)f->size);
        if (f->name)
            buf_printf(out, " '%s'", f->name);
        if (f->mime)
            buf_printf(out, " %s", f->mime);
    }
    if (c->about_id)
        buf_printf(out, " about=%s", c->about_id);
    if (c->quote)
        buf_printf(out, " quote='%s'", c->quote);
    if (c->reaction)
        buf_printf(out, " reaction='%s'", c->reaction);
    if (c->album)
        buf_printf(out, " album=%s", c->album);
    if (c->unreadable)
        buf_printf(out, " unreadable=%s", c->unreadable);
    if (c->origin_chat || c->origin_id)
        buf_printf(out, " origin=%s/%s", c->origin_chat, c->origin_id);
}

static void print_event(struct arena *a, struct buf *out, const struct event *e)
{
    static const char *const kinds[] = {"", " edit", " delete", " reaction", " home"};
    buf_printf(out, "%s%s %s id=%s/%s name='%s'", event_type_name(e->type), kinds[e->content.kind],
               address_print(a, &e->from), e->id.bucket, e->id.member, e->name);
    if (*e->username)
        buf_printf(out, " @%s", e->username);
    if (*e->lang_hint)
        buf_printf(out, " lang=%s", e->lang_hint);
    buf_printf(out, "%s%s", e->is_private ? " private" : "", e->is_anonymous ? " anonymous" : "");
    if (e->message_id)
        buf_printf(out, " message=%s", e->message_id);
    print_content(out, &e->content);
    if (*e->about_user)
        buf_printf(out, " of=%s", e->about_user);
    if (e->replied) {
        buf_str(out, " replied(");
        print_content(out, e->replied);
        buf_str(out, ")");
    }
    if (!str_empty(e->forwarded.name))
        buf_printf(out, " from='%s' %s @%s", e->forwarded.name, e->forwarded.user,
                   e->forwarded.username);
    buf_printf(out, "%s%s", e->is_to_us ? " to-us" : "", e->is_to_others ? " to-others" : "");
    if (*e->data)
        buf_printf(out, " data='%s'", e->data);
    for (size_t i = 0; i < e->n_problems; i++)
        buf_printf(out, " %s", e->problems[i]);
    if (e->callback_id)
        buf_printf(out, " callback=%s", e->callback_id);
}

static void print_update(struct arena *a, struct buf *out, const char *text, size_t len)
{
    struct json *json = json_parse(text, len, NULL);
    struct event event;
    const char *why;
    if (!json) {
        buf_printf(out, "no JSON %lld", (long long)telegram_find_update_id(text, len));
        return;
    }
    switch (telegram_decode(a, json, ACCOUNT, "zaide_test_bot", NOW_MS, &event, &why)) {
    case TELEGRAM_EVENT:
        assert_int_equal(event.now_ms, NOW_MS);
        print_event(a, out, &event);
        break;
    case TELEGRAM_SILENT:
        buf_printf(out, "silent: %s", why);
        break;
    case TELEGRAM_MALFORMED:
        buf_printf(out, "malformed: %s", why);
        break;
    }
    json_free(json);
}

static void read_data(const char *name, struct buf *out)
{
    char path[200], chunk[4096];
    snprintf(path, sizeof(path), DATA "%s.json", name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot read %s", path);
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), file)) > 0;)
        buf_add(out, chunk, n);
    fclose(file);
}

static void recorded_updates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buf text = BUF_INIT(1 << 20), seen = BUF_INIT(1 << 20);
        read_data(cases[i].file, &text);
        print_update(&arena, &seen, text.data, text.len);
        if (!str_eq(seen.data, cases[i].expected))
            fail_msg("%s.json:\n%s\nexpected:\n%s", cases[i].file, seen.data, cases[i].expected);
        buf_release(&text);
        buf_release(&seen);
        arena_release(&arena);
    }
}

/* What the inbox keeps of an event is a copy: nothing may be lost on the way. */
static void an_event_can_be_copied(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buf text = BUF_INIT(1 << 20), seen = BUF_INIT(1 << 20);
        struct event event;
        const char *why;
        read_data(cases[i].file, &text);
        struct json *json = json_parse(text.data, text.len, NULL);
        if (json &&
            telegram_decode(&arena, json, ACCOUNT, "zaide_test_bot", NOW_MS, &event, &why) == TELEGRAM_EVENT) {
            print_event(&arena, &seen, event_copy(&arena, &event));
            assert_string_equal(seen.data, cases[i].expected);
        }
        json_free(json);
        buf_release(&text);
        buf_release(&seen);
        arena_release(&arena);
    }
}

static void a_text_of_a_megabyte_is_skipped(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct buf text = BUF_INIT(1 << 20), seen = BUF_INIT(1 << 20);
    buf_str(&text, "{\"update_id\":5,\"message\":{\"message_id\":1,\"chat\":{\"id\":1,\"type\":"
                   "\"private\"},\"from\":{\"id\":1},\"text\":\"");
    while (text.len < 1000000)
        buf_str(&text, "充到 ");
    buf_str(&text, "\"}}");
    print_update(&arena, &seen, text.data, text.len);
    assert_string_equal(seen.data, "malformed: a text longer than Telegram allows");
    buf_release(&text);
    buf_release(&seen);
    arena_release(&arena);
}

/* "[1][2]…" for the updates of an answer, "!" where it breaks, "-" where it is none. */
static void assert_batch(const char *text, const char *expected)
{
    struct telegram_batch batch;
    struct buf seen = BUF_INIT(10000);
    const char *update;
    size_t len, size = strlen(text);
    char *copy = xmalloc(size); /* without the NUL: nothing may read so far */
    memcpy(copy, text, size);
    if (!telegram_batch_open(&batch, copy, size)) {
        buf_char(&seen, '-');
    } else {
        while (telegram_batch_next(&batch, &update, &len))
            buf_printf(&seen, "[%.*s]", (int)len, update);
        if (batch.is_broken)
            buf_char(&seen, '!');
    }
    assert_string_equal(seen.data, expected);
    buf_release(&seen);
    free(copy);
}

static void an_answer_is_cut_into_its_updates(void **state)
{
    (void)state;
    assert_batch("{\"ok\":true,\"result\":[]}", "");
    assert_batch(" { \"ok\" : true , \"result\" : [ {\"a\":[1,2]} , {\"b\":\"]}\"} ] } ",
                 "[{\"a\":[1,2]}][{\"b\":\"]}\"}]");
    assert_batch("{\"x\":{\"result\":[9]},\"y\":\"\\\"\",\"result\":[1,\"\\\\\",{}]}",
                 "[1][\"\\\\\"][{}]");
    assert_batch("{\"ok\":true,\"result\":[{\"text\":\"\xff\"},{\"a\":1}]}",
                 "[{\"text\":\"\xff\"}][{\"a\":1}]");
    assert_batch("{\"ok\":true,\"result\":[{\"a\":1},{\"text\":\"cut", "[{\"a\":1}]!");
    assert_batch("{\"ok\":true,\"result\":[{\"a\":1}", "[{\"a\":1}]!");
    assert_batch("{\"ok\":true,\"result\":[{\"a\":1},,]}", "[{\"a\":1}]!");
    assert_batch("{\"ok\":true,\"result\":[}]}", "!");
    assert_batch("{\"ok\":true,\"result\":[", "!");
    assert_batch("{\"ok\":true,\"result\":true}", "-");
    assert_batch("{\"ok\":false,\"error_code\":409}", "-");
    assert_batch("{\"ok\"", "-");
    assert_batch("{\"ok\":", "-");
    assert_batch("{\"ok\":\"\\", "-");
    assert_batch("<html>502</html>", "-");
    assert_batch("", "-");
}

static int64_t find_id(const char *text)
{
    return telegram_find_update_id(text, strlen(text));
}

static void an_id_is_found_in_what_is_no_json(void **state)
{
    (void)state;
    assert_int_equal(find_id("{\"update_id\": 17,\"mess"), 17);
    assert_int_equal(find_id("{\"update_id\"\n:\n17"), 17);
    /* people's words cannot look so: their quotes are escaped */
    assert_int_equal(find_id("{\"text\":\"\\\"update_id\\\":1,\",\"update_id\":18}"), 18);
    assert_int_equal(find_id("{\"update_id\":\"5\"}"), -1);
    assert_int_equal(find_id("{\"update_id\":-5}"), -1);
    assert_int_equal(find_id("{\"update_id\":99999999999}"), -1);
    assert_int_equal(find_id("{\"update_id\":99999999999999999999999999}"), -1);
    assert_int_equal(find_id("{\"update_id\""), -1);
    assert_int_equal(find_id(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_updates),
        cmocka_unit_test(an_event_can_be_copied),
        cmocka_unit_test(a_text_of_a_megabyte_is_skipped),
        cmocka_unit_test(an_answer_is_cut_into_its_updates),
        cmocka_unit_test(an_id_is_found_in_what_is_no_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
