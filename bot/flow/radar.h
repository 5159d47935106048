/* Do many customers suddenly report the same? Over all platforms and languages, within a sliding
 * window, against the usual rate of that hour. Pure: it is told what happened and when, and asked
 * what is to be said of it.
 *
 * In memory alone, and bounded: the newest RADAR_REPORTS reports, RADAR_SURGES surges at once, in
 * each RADAR_CUSTOMERS customers. What an earlier start or another process has seen may be told it
 * later. */
#ifndef ZAIDE_FLOW_RADAR_H
#define ZAIDE_FLOW_RADAR_H

#include "bot/model/report.h"

#define RADAR_REPORTS   2048
#define RADAR_SURGES    16
#define RADAR_CUSTOMERS 2000
#define RADAR_EXAMPLES  3
#define RADAR_USUAL     128    /* topics whose usual rate is known */
#define RADAR_TELL_MS   20000  /* a card is changed at most so often: the staff room has a limit */
#define RADAR_CALM_MS   300000 /* without a report a surge is over */

struct radar;

struct radar *radar_new(int64_t reports, int64_t window_ms);
void radar_free(struct radar *r);

/* How often this topic is reported in an hour like this one. Unknown: never. */
void radar_usual(struct radar *r, const char *topic, double an_hour);

struct sighting {
    int64_t now_ms;
    const char *customer; /* one person: counts once */
    const char *lang;
    const char *text; /* as staff may see it */
    struct report report;
};
void radar_see(struct radar *r, const struct sighting *s);
/* Has it seen this customer say so, within a window before or after? */
bool radar_knows(const struct radar *r, const struct sighting *s);

struct surge {
    const char *key;      /* what it is about: names the card; the topic, where one is known */
    struct report report; /* the topic; pairs and errors of all; words of the first */
    int64_t n;            /* customers, since … */
    int64_t since_ms;
    const char *langs; /* "zh 3, en 2" */
    const char *examples[RADAR_EXAMPLES];
    size_t n_examples;
    bool is_over;
};

/* The next surge of which there is something (new) to tell; false: none. Asked again until then. */
bool radar_tell(struct radar *r, int64_t now_ms, struct arena *a, struct surge *out);

#endif
