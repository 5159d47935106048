/* Sign-in links in talks: what the exchange's backend would make. */
#ifndef ZAIDE_TESTS_LINKS_H
#define ZAIDE_TESTS_LINKS_H

#include "tests/talks/player/stage.h"

/* "{link 12345678}" in a text becomes a payload for that UID, good for ten minutes; "{link 12345678
 * -1s}" is over since then, "{link again}" the same as the last one. */
const char *links_fill(struct stage *t, struct arena *a, const char *text);

/* "12345678 vip kol": as `zaide tags import` does it. */
void links_tag(struct stage *t, const char *rest);

/* "mx-rollback by mia 12345678,USDT,12.50,rollback;…": as `zaide compensation upload` does it. In
 * agents' words "{check}" stands for what who approves it is to type. */
void links_upload(struct stage *t, const char *rest);
const char *links_check(struct arena *a, const char *text);

#endif
