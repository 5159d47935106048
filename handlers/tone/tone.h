/* How zaide sounds: <language>/tone.yaml of the knowledge. What stands before an answer is taken
 * from there; the rest is what `zaide knowledge check` holds every text to (tone/check.h). Pure but
 * for the loading. */
#ifndef ZAIDE_HANDLERS_TONE_TONE_H
#define ZAIDE_HANDLERS_TONE_TONE_H

#include "bot/ports/handler.h"

enum mood { MOOD_CALM, MOOD_SORRY, MOOD_PLAIN, MOODS }; /* of an item: its priority less 1 */

struct tones;

/* NULL: `why` has every fault. The files may go afterwards. A language without the file has none.
 */
struct tones *tones_load(const struct handler_files *files, const struct settings *settings,
                         struct buf *why);
void tones_free(struct tones *t);

/* How many sentences of this mood a language has, and one of them. */
size_t tones_openings(const struct tones *t, const char *lang, enum mood mood);
const char *tones_opening(const struct tones *t, const char *lang, enum mood mood, size_t which);
/* "You mean {facts}.", or "". */
const char *tones_got(const struct tones *t, const char *lang);
/* Has the item first words of its own (`opens_with`), so that none are put before them? */
bool tones_opens_itself(const struct tones *t, const char *lang, const char *id);

#endif
