#include "bot/io/percent.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20; /* to lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(char *s)
{
    char *out = s;
    for (; *s; s++) {
        char c = *s;
        if (c == '%') {
            int high = hex_digit(s[1]), low = high < 0 ? -1 : hex_digit(s[2]);
            if (low < 0 || high + low == 0)
                return false;
            c = (char)(high * 16 + low);
            s += 2;
        }
        *out++ = c;
    }
    *out = '\0';
    return true;
}
