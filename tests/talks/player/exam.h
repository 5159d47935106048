/* The exam (tests/data/exam) as talks: each question is asked by a customer of its own, through the whole flow. */
#ifndef ZAIDE_TESTS_EXAM_H
#define ZAIDE_TESTS_EXAM_H

#include "tests/talks/player/stage.h"

/* All files of a folder; faults are told. EXAM=all tells of each line what came of it. */
int exam_play(const char *dir, const struct handler_files *files);

#endif
