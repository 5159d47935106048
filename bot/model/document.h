/* What stands in a file that somebody sent, for a handler that needs it (need_document in
 * ports/handler.h). */
#ifndef ZAIDE_MODEL_DOCUMENT_H
#define ZAIDE_MODEL_DOCUMENT_H

#include <stddef.h>

enum document_fault {
    DOCUMENT_FINE,
    DOCUMENT_TOO_BIG,     /* larger than was asked for, or than the platform hands out */
    DOCUMENT_GONE,        /* the platform has it no more, or never had */
    DOCUMENT_UNREACHABLE, /* it could not be had now: sent again it may */
    DOCUMENT_NOT_TEXT     /* not UTF-8, or with NUL */
};
#define DOCUMENT_FAULTS (DOCUMENT_NOT_TEXT + 1)
const char *document_fault_name(enum document_fault f); /* "too_big" … */

struct document {
    const char
        *text; /* UTF-8 without NUL or byte order mark, however its lines end; "" at a fault */
    size_t len;
    enum document_fault fault;
    const char *why; /* the platform's words, for the log; "" where there are none */
};

#endif
