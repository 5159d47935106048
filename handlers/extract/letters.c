#include "handlers/extract/letters.h"

bool letter_in(char c, const char *set)
{
    return c && strchr(set, c);
}

size_t letters_count(const char *s, size_t len, int (*is)(int))
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += is((unsigned char)s[i]) != 0;
    return n;
}

bool letters_all(const char *s, size_t len, int (*is)(int))
{
    return letters_count(s, len, is) == len;
}

bool letters_have(const char *s, size_t len, const char *any_of)
{
    for (size_t i = 0; i < len; i++)
        if (letter_in(s[i], any_of))
            return true;
    return false;
}

bool letters_mixed(const char *s, size_t len)
{
    return letters_count(s, len, islower) && letters_count(s, len, isupper) &&
           letters_count(s, len, isdigit);
}
