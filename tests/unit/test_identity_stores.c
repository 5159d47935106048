/* One link, many chats, three processes at once: exactly one of them is proven, on either store. */
#include "tests/unit/processes.h"

#define CHATS 40

extern const struct handler guard_handler, identity_handler;
static const struct handler *const handlers[] = {&guard_handler, &identity_handler, NULL};

/* Who was too late was told so, once; who was first, that it is proven. */
static bool check_chat(struct crowd *c, int user)
{
    const char *chat = chat_of(c, user), *uid = field(c->t, chat, "uid_proven");
    struct answer lines = transcript(c->t, chat, 1, 10);
    assert_true(!*uid || str_eq(uid, "12345678"));
    assert_int_equal(lines.n, 2);
    assert_null(strstr(lines.lines[0], "12345678")); /* of the link nothing is kept */
    assert_int_equal(strstr(lines.lines[1], "12345678") != NULL, *uid != '\0');
    return *uid;
}

static void test_one_use(void **state)
{
    static const struct facts facts;
    struct crowd c;
    char payload[LINK_PAYLOAD + 1];
    int n_proven = 0;
    begin_crowd(&c, *state, handlers, &facts);
    link_sign(payload, ID_SECRET, "telegram", "12345678", NOW_MS / 1000 + 300);
    for (int chat = 0; chat < CHATS; chat++)
        for (int i = 0; i < PROCESSES; i++) { /* the same update reaches each, as after a crash */
            struct event event = from_customer(&c, 2000 + chat, EVENT_MESSAGE);
            event.id = (struct event_id){"77:1", arena_printf(&c.t->arena, "%d", chat)};
            event.content.text = arena_printf(&c.t->arena, "/start %s", payload);
            deliver(&c, chat + i, event);
        }
    settle(&c);
    for (int chat = 0; chat < CHATS; chat++)
        n_proven += check_chat(&c, 2000 + chat);
    assert_int_equal(n_proven, 1);
    end_crowd(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_use, set_up_memory, tear_down_trial),
        cmocka_unit_test_setup_teardown(test_one_use, set_up_redis, tear_down_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
