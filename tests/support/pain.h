/* pain.h - a payment file to test with: domain example 20, two payments of 248.28 and 44.00 on
 * Tuesday 7 April 2026. Texts that are given out are the caller's to free. */
#ifndef SUPPORT_PAIN_H
#define SUPPORT_PAIN_H

#include <stddef.h>

#include "iso20022/pain001.h"

extern const struct pain_payment pain_example_payments[2];
struct pain_run pain_example(void);

/* The run as a file in memory. */
char *pain_written(const struct pain_run *run, enum pain_version version, size_t *len);
/* All that the check says about it; "": it is clean. */
char *pain_findings(const void *bytes, size_t len, struct pain_totals *totals);

#endif
