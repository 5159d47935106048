/* libFuzzer: bytes as the answer of getUpdates, as one update, and as the answer of a send. Seeds:
 * tests/data/telegram. */
#include "adapters/telegram/decode.h"
#include "adapters/telegram/errors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void decode(const char *text, size_t len)
{
    struct arena arena = ARENA_INIT;
    struct event event;
    const char *why;
    struct json *json = json_parse(text, len, NULL);
    telegram_find_update_id(text, len);
    if (json && telegram_decode(&arena, json, "70000001", "zaide_bot", 1795257600000, &event,
                                &why) == TELEGRAM_EVENT) {
        const struct content *c = &event.content;
        for (size_t i = 0; i < c->n_entities; i++)
            if (c->entities[i].offset + c->entities[i].len > strlen(c->text))
                die("an entity ends behind the text");
        event_copy(&arena, &event); /* dies of what cannot be written and read again */
    }
    json_free(json);
    arena_release(&arena);
}

static void decode_batch(const char *text, size_t len)
{
    struct telegram_batch batch;
    const char *update;
    size_t update_len;
    if (!telegram_batch_open(&batch, text, len))
        return;
    while (telegram_batch_next(&batch, &update, &update_len))
        decode(update, update_len);
}

static void read_answer(const char *text, size_t len)
{
    struct arena arena = ARENA_INIT;
    struct telegram_answer answer;
    struct delivery delivery;
    struct http_reply reply = {.outcome = HTTP_REPLIED,
                               .status = 400,
                               .body = text,
                               .body_len = len,
                               .retry_after_s = -1,
                               .error = ""};
    telegram_answer_read(&arena, &reply, &answer);
    telegram_delivery(&answer, false, &delivery);
    if (delivery.retry_ms < 0 || !delivery.why)
        die("a delivery that nobody can act on");
    telegram_answer_release(&answer);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = xmalloc(len + 1); /* replies end in a NUL */
    memcpy(text, data, len);
    text[len] = '\0';
    decode(text, len);
    decode_batch(text, len);
    read_answer(text, len);
    free(text);
    return 0;
}
