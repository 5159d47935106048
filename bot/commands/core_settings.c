#include "bot/commands/core_settings.h"

#include "bot/base/log.h"
#include "bot/base/zone.h"
#include "bot/commands/parts.h"
#include "bot/io/redis.h"
#include "bot/io/web.h"

extern char **environ;

#define DAY_MS INT64_C(86400000)

const struct setting core_settings[] = {
    {"REDIS_URL",
     "unset: a private server of zaide's own in DATA_DIR. Else "
     "redis://[user:password@]host:port[/db] or unix:///path",
     SETTING_SECRET, NULL, NULL, 0, 0},
    {"REDIS_PREFIX", "start of every key; tenants can share a server", SETTING_TEXT, "zaide:", NULL,
     0, 0},
    {"DATA_DIR", "where the embedded server keeps its data", SETTING_TEXT, "./var", NULL, 0, 0},
    {"TIMEZONE", "of dates shown to staff and in English, as Asia/Shanghai", SETTING_TEXT, "UTC", NULL, 0, 0},
    {"HTTP_LISTEN", "GET /healthz and /metrics, and webhooks", SETTING_TEXT, "127.0.0.1:8080", NULL,
     0, 0},
    {"PUBLIC_URL", "where customers reach HTTP_LISTEN from outside", SETTING_URL, NULL, NULL, 0, 0},
    {"KNOWLEDGE_DIR", "what the bot knows and says", SETTING_TEXT, "handlers/knowledge", NULL, 0,
     0},
    {"BRAND_NAME", "the exchange's name, as customers know it", SETTING_TEXT, NULL, NULL, 0, 0},
    {"BRAND_HOSTS", "official host names", SETTING_LIST, NULL, NULL, 0, 0},
    {"BRAND_VERIFY_URL", "page where anybody can check who is official", SETTING_URL, NULL, NULL, 0,
     0},
    {"BRAND_STATUS_URL", "which coins and networks are paused", SETTING_URL, NULL, NULL, 0, 0},
    {"BRAND_FEES_URL", "fees of withdrawals and trading", SETTING_URL, NULL, NULL, 0, 0},
    {"BRAND_CONVERT_URL", "quick convert", SETTING_URL, NULL, NULL, 0, 0},
    {"BRAND_RECOVERY_URL", "form for deposits over a wrong chain", SETTING_URL, NULL, NULL, 0, 0},
    {"BRAND_SUPPORT_HOURS", "when people answer, as it is to be said to customers", SETTING_TEXT,
     NULL, NULL, 0, 0},
    {"BRAND_CARE_LINE", "a help line for people in despair, as it is to be said to them", SETTING_TEXT,
     NULL, NULL, 0, 0},
    {"LANGUAGES", "that the bot speaks", SETTING_LIST, "zh,en,vi,ja,ko,ms", "zh|en|vi|ja|ko|ms", 0,
     0},
    {"STAFF_LANGUAGE", "of zaide's own words in the staff rooms", SETTING_CHOICE, "en",
     "zh|en|vi|ja|ko|ms", 0, 0},
    {"LOG", "a level and levels of topics, as info,telegram=debug", SETTING_TEXT, "info", NULL, 0,
     0},
    {"CLAIM_IDLE",
     "an owner silent so long since the customer's oldest unanswered word loses the case to the "
     "queue (a reminder at two thirds)",
     SETTING_DURATION, "15m", NULL, 1000, DAY_MS},
    {"CASE_IDLE", "a claimed case whose last word is ours is closed after this", SETTING_DURATION,
     "24h", NULL, 1000, 90 * DAY_MS},
    {"CASE_LIMIT", "a customer who waits longer for a person's word alarms the leads",
     SETTING_DURATION, "2m", NULL, 1000, DAY_MS},
    {"CLAIM_BY_REPLY",
     "on: the first plain message in an unclaimed case's topic claims and sends; ask: it is held",
     SETTING_CHOICE, "ask", "ask|on", 0, 0},
    {"GROUP_ANSWERS",
     "in customers' groups: mentioned: who mentions or answers the bot is answered; off: nobody is",
     SETTING_CHOICE, "mentioned", "mentioned|off", 0, 0},
    {"GROUP_UNASKED",
     "ids of the groups where the bot also answers unasked, when it is sure (the log tells the id of "
     "a group that the bot is added to); all: in all",
     SETTING_LIST, NULL, NULL, 0, 0},
    {"GROUP_PER_MIN", "posts of the bot a minute in one customers' group", SETTING_INT, "6", NULL, 1,
     20},
    {"GROUP_REPEAT",
     "a question that comes again in a group within this time is shown the answer that stands there",
     SETTING_DURATION, "2m", NULL, 0, DAY_MS},
    {"ANNOUNCE_PER_S", "announcements sent a second, less what conversations send meanwhile",
     SETTING_INT, "20", NULL, 1, 10000},
    {"SURGE_REPORTS",
     "so many customers with the same trouble within SURGE_WINDOW, and more than is usual at that "
     "hour, raise a card in the staff room",
     SETTING_INT, "5", NULL, 2, 1000},
    {"SURGE_WINDOW", "see SURGE_REPORTS", SETTING_DURATION, "3m", NULL, 10000, DAY_MS},
    {"PLATFORM_DOWN",
     "a platform of ours that is out of reach so long is named to customers on the others",
     SETTING_DURATION, "60s", NULL, 1000, DAY_MS},
    {"RETENTION", "how long a conversation without a case is kept", SETTING_DURATION, "90d", NULL,
     DAY_MS, 3650 * DAY_MS},
    {0},
};

struct settings *all_settings(void)
{
    struct settings *s = settings_new();
    settings_add(s, "zaide", core_settings);
    for (size_t i = 0; all_adapters[i]; i++)
        if (all_adapters[i]->settings)
            settings_add(s, all_adapters[i]->name, all_adapters[i]->settings);
    for (size_t i = 0; all_handlers[i]; i++)
        if (all_handlers[i]->settings)
            settings_add(s, all_handlers[i]->name, all_handlers[i]->settings);
    return s;
}

/* Forms that no type of setting knows. */
static int check_forms(const struct settings *s, struct buf *why)
{
    const char *zone = settings_get(s, "TIMEZONE"), *redis = settings_get(s, "REDIS_URL");
    struct redis_address address;
    if (!zone_is_known(zone))
        return buf_fail(why, "TIMEZONE=%s is not known: give an IANA name, as Asia/Ho_Chi_Minh",
                        zone);
    if (web_check_listen(settings_get(s, "HTTP_LISTEN"), why) ||
        (redis && redis_address_parse(&address, redis, why)))
        return -1;
    if (redis)
        redis_address_release(&address);
    return 0;
}

struct settings *load_settings(struct buf *why)
{
    struct settings *s = all_settings();
    if (!settings_load(s, ".env", environ, why) && !log_configure(settings_get(s, "LOG"), why) &&
        !check_forms(s, why))
        return s;
    settings_free(s);
    return NULL;
}
