#include "bot/base/decimal.h"

static const char digits[] = "0123456789";

bool decimal_is(const char *s)
{
    size_t whole = strspn(s, digits), rest = s[whole] == '.' ? strspn(s + whole + 1, digits) : 0;
    size_t len = whole + (s[whole] == '.') + rest;
    bool has_point = s[whole] == '.', is_padded = whole > 1 && *s == '0';
    return whole && !s[len] && len <= DECIMAL_MAX && !is_padded && has_point == (rest > 0);
}

bool decimal_is_zero(const char *s)
{
    return !s[strspn(s, "0.")];
}

/* Digits in front of the point and behind it. */
struct places {
    size_t whole, rest;
};

static struct places places_of(const char *s)
{
    size_t whole = strspn(s, digits);
    return (struct places){whole, s[whole] ? strlen(s + whole + 1) : 0};
}

/* The digit that counts 10^-place: place 1 is the first behind the point, 0 the one before it. */
static int digit_at(const char *s, struct places p, long place)
{
    long at = (long)p.whole + place - (place <= 0);
    bool is_there = place > 0 ? place <= (long)p.rest : -place < (long)p.whole;
    return is_there ? s[at] - '0' : 0;
}

const char *decimal_add(struct arena *a, const char *x, const char *y)
{
    struct places px = places_of(x), py = places_of(y);
    size_t whole = (px.whole > py.whole ? px.whole : py.whole) + 1;
    size_t rest = px.rest > py.rest ? px.rest : py.rest;
    char *sum = arena_alloc(a, whole + rest + 2), *at = sum + whole + rest + (rest > 0);
    int carry = 0;
    for (long place = (long)rest; place > -(long)whole; place--) {
        int digit = digit_at(x, px, place) + digit_at(y, py, place) + carry;
        *--at = (char)('0' + digit % 10);
        carry = digit / 10;
        if (place == 1)
            *--at = '.';
    }
    return *sum == '0' && is_digit(sum[1]) ? sum + 1 : sum;
}

int decimal_compare(const char *x, const char *y)
{
    size_t x_len = strcspn(x, "."), y_len = strcspn(y, ".");
    if (x_len != y_len) /* no needless zero stands in front */
        return x_len < y_len ? -1 : 1;
    int order = strncmp(x, y, x_len);
    x += x_len + (x[x_len] == '.');
    y += y_len + (y[y_len] == '.');
    for (; !order && (*x || *y); x += *x != '\0', y += *y != '\0')
        order = (*x ? *x : '0') - (*y ? *y : '0');
    return order;
}
