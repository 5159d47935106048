#include "bot/commands/code.h"

#include <sodium.h>

const char *code_renew(struct arena *a, struct engine *e, int64_t until_ms, int64_t tries,
                       void (*done)(void *arg, enum store_status), void *arg)
{
    if (sodium_init() < 0)
        die("libsodium: no source of random numbers");
    struct staff_code code = {
        .digits = arena_printf(a, "%u", 1000 + randombytes_uniform(9000)),
        .until_ms = until_ms,
        .tries = tries,
    };
    engine_put(e, "codes", "staff", staff_code_print(a, &code), done, arg);
    return code.digits;
}
