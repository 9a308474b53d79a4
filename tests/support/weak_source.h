/* weak_source.h - a ledger_source that does its work so many times, and then once does not. */
#ifndef TESTS_SUPPORT_WEAK_SOURCE_H
#define TESTS_SUPPORT_WEAK_SOURCE_H

#include "ledger/ledger.h"

enum weakness {
    WEAK_FAILS, /* FAULT_IO */
    WEAK_CUTS,  /* a row comes without its last byte */
};

struct weak_source {
    struct ledger_source strong;
    enum weakness weakness;
    uint32_t left;      /* looks, or rows, before that */
    bool hit;           /* it has happened */
    enum row_kind kind; /* to what */
};

/* Valid as long as `s`, which the caller has filled. */
struct ledger_source weak_source(struct weak_source *s);

#endif
