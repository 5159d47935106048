/* From a file to a draft: what a list and its chunks are to be told. Pure.
 *
 * The file has comma-separated values (bot/base/csv.h); its first line names the columns uid (or
 * customer), asset, amount, reason. */
#ifndef ZAIDE_HANDLERS_COMPENSATION_UPLOAD_H
#define ZAIDE_HANDLERS_COMPENSATION_UPLOAD_H

#include "bot/base/buf.h"
#include "handlers/compensation/line.h"

#define PAY_CHECK 64 /* hex digits of SHA-256 over all lines (pay_line_facts) */

struct pay_upload {
    struct pay_line *lines;
    size_t n, cap;
    char check[PAY_CHECK + 1];
    const char *sums;
};

/* 0; or -1 and every fault, "FILE:LINE: what" in a line each: then nothing is to be done. */
MUST_USE int pay_upload_read(struct arena *a, const char *file, const char *text, size_t len,
                             struct pay_upload *out, struct buf *faults);

/* The n-th thing to tell, each when the one before is done: the list that it begins, then the
 * chunks, in any order, then that all are here. False past the end. */
struct pay_tell {
    const char *subject, *data;
};
bool pay_upload_tell(struct arena *a, const struct pay_upload *u, const char *list,
                     const char *author, size_t n, struct pay_tell *out);

/* A line of a chain: the hash of the one before and this text (SHA-256, hex). Whoever changes a
 * line, or takes one out, changes all hashes behind it. */
void pay_chain(char hash[PAY_CHECK + 1], const char *text);

#endif
