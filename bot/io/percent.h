/* %XX in URLs. */
#ifndef ZAIDE_IO_PERCENT_H
#define ZAIDE_IO_PERCENT_H

#include "bot/base/util.h"

/* Decode in place. false, with the text undefined: a '%' without two hex digits, or %00, which
 * would end the string early. */
MUST_USE bool percent_decode(char *s);

#endif
