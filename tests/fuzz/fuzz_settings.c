/* libFuzzer: bytes as a .env file, line by line as values, and as REDIS_URL. What is taken is of
 * its type, what is not is told by its name. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/settings.h"
#include "bot/io/redis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct setting rows[] = {
    {"TEXT", "a text", SETTING_TEXT, NULL, NULL, 0, 0},
    {"NUMBER", "a number", SETTING_INT, "5", NULL, -10, 1000},
    {"ANY_NUMBER", "any", SETTING_INT, NULL, NULL, 0, 0},
    {"TIME", "a time", SETTING_DURATION, "15m", NULL, 1000, 86400000},
    {"ANY_TIME", "any", SETTING_DURATION, NULL, NULL, 0, 0},
    {"CHOICE", "a choice", SETTING_CHOICE, "on", "on|off|ask", 0, 0},
    {"LIST", "a list", SETTING_LIST, NULL, NULL, 0, 0},
    {"LANGUAGES", "some of these", SETTING_LIST, "en", "zh|en|vi", 0, 0},
    {"URL", "an address", SETTING_URL, NULL, NULL, 0, 0},
    {NULL, NULL, SETTING_TEXT, NULL, NULL, 0, 0},
};

static const struct setting secret_rows[] = {
    {"SECRET", "a secret", SETTING_SECRET, NULL, NULL, 0, 0},
    {NULL, NULL, SETTING_TEXT, NULL, NULL, 0, 0},
};

/* The log remembers each item of a secret for good, and ends the process beyond 1024: as long as it
 * has room for all that these bytes can hold. */
static bool has_room_for_secrets(const char *text)
{
    static size_t n;
    size_t items = 1;
    for (const char *at = strstr(text, "SECRET"); at && *at; at++)
        items += *at == ',' || *at == '\n';
    if (!strstr(text, "SECRET") || n + 2 * items > 1000)
        return false;
    n += 2 * items; /* whole, and cut */
    return true;
}

static struct settings *fresh(bool with_secret)
{
    struct settings *s = settings_new();
    settings_add(s, "Fuzz", rows);
    if (with_secret)
        settings_add(s, "Secrets", secret_rows);
    return s;
}

/* Each is of its type: or the program ends. */
static void ask_all(const struct settings *s)
{
    struct buf item = BUF_INIT(1 << 20);
    settings_int(s, "NUMBER");
    settings_int(s, "ANY_NUMBER");
    settings_int(s, "ANY_TIME");
    int64_t time_ms = settings_int(s, "TIME");
    if (time_ms < 1000 || time_ms > 86400000)
        die("TIME is out of its limits");
    if (!settings_is(s, "CHOICE", "on") && !settings_is(s, "CHOICE", "off") &&
        !settings_is(s, "CHOICE", "ask"))
        die("CHOICE is none of its choices");
    for (size_t i = 0; settings_item(s, "LANGUAGES", i, &item); i++)
        if (!str_eq(item.data, "zh") && !str_eq(item.data, "en") && !str_eq(item.data, "vi"))
            die("LANGUAGES has something else");
    if (settings_has(s, "LIST") && !settings_item(s, "LIST", 0, &item))
        die("LIST is empty");
    buf_release(&item);
}

static void set_each(const char *value)
{
    struct settings *s = fresh(false);
    for (const struct setting *row = rows; row->name; row++) {
        struct buf why = BUF_INIT(8192);
        bool is_taken = !settings_set(s, row->name, value, &why);
        if (is_taken && *value && !str_eq(settings_get(s, row->name), value))
            die("%s is not what it was set to", row->name);
        if (!is_taken && !strstr(why.data, row->name))
            die("a refusal that does not name its setting");
        buf_release(&why);
    }
    ask_all(s);
    settings_free(s);
}

static void set_lines(char *text)
{
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        set_each(line);
    }
}

static void load_file(const char *text, size_t len)
{
    char path[64];
    int fd = memfd_create("settings", MFD_CLOEXEC);
    struct buf why = BUF_INIT(8192);
    if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, 0600))
        die("no file in memory");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct settings *s = fresh(has_room_for_secrets(text));
    if (!settings_load(s, path, NULL, &why))
        ask_all(s);
    else if (!why.len)
        die("refused, and nobody knows why");
    settings_free(s);
    buf_release(&why);
    close(fd);
}

static void parse_address(const char *text)
{
    struct redis_address a;
    struct buf why = BUF_INIT(8192);
    if (!redis_address_parse(&a, text, &why)) {
        if (!a.path && (!a.host || !*a.host || a.port <= 0 || a.port > 65535))
            die("an address that is none");
        if (why.len)
            die("taken, and yet a reason");
        redis_address_release(&a);
    } else if (!why.len) {
        die("refused, and nobody knows why");
    }
    buf_release(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = xmalloc(len + 1);
    memcpy(text, data, len);
    text[len] = '\0';
    load_file(text, len);
    parse_address(text);
    set_lines(text);
    free(text);
    return 0;
}
