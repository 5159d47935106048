/* One log line a call: "2026-11-21T20:58:16.123Z warn telegram: text". Topics are the names of
 * files and handlers.
 *
 * Every line passes one sink, which removes control characters and masks each registered secret and
 * whatever looks like a Telegram bot token (8-12 digits, ':' or "%3A", 30 or more letters, digits,
 * _ and -), also after "bot" in a URL. A line has at most 4 KB; a cut one ends in "…". Customers'
 * words are logged at debug level only. */
#ifndef ZAIDE_BASE_LOG_H
#define ZAIDE_BASE_LOG_H

#include "bot/base/buf.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* `spec` is the LOG setting: a level, then topic=level, comma-separated ("info,telegram=debug").
 * NULL means "info". On -1 the levels stay as they were. */
MUST_USE int log_configure(const char *spec, struct buf *why);

/* Append to a file (mode 0600) in place of stderr; NULL: stderr. On -1 all goes on as before. */
MUST_USE int log_open(const char *path, struct buf *why);
void log_close(void);

/* From now on this string is masked in every line. Strings under 6 bytes are ignored. */
void log_secret(const char *secret);

/* The sink's masking alone, by "[secret]" and "[token]"; also for texts shown to people. */
void log_mask(struct buf *line);

bool log_is_on(enum log_level level, const char *topic);
void log_at(enum log_level level, const char *topic, const char *fmt, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

#endif
