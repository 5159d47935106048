#include "bot/io/percent.h"

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
