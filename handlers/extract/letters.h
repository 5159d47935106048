/* What a run of bytes is made of. */
#ifndef ZAIDE_EXTRACT_LETTERS_H
#define ZAIDE_EXTRACT_LETTERS_H

#include "bot/base/util.h"

#include <ctype.h>

/* Is every byte so (isdigit, isalnum, isxdigit ...)? Of none: yes. */
bool letters_all(const char *s, size_t len, int (*is)(int));
size_t letters_count(const char *s, size_t len, int (*is)(int));
bool letters_have(const char *s, size_t len, const char *any_of);

bool letter_in(char c, const char *set); /* NUL is in none */

/* Small letters, capitals and digits: no word and no number looks so. */
bool letters_mixed(const char *s, size_t len);

#endif
