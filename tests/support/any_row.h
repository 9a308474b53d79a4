/* any_row.h - rows full of anything that their fields can hold, for the tests of their bytes. */
#ifndef TESTS_SUPPORT_ANY_ROW_H
#define TESTS_SUPPORT_ANY_ROW_H

#include "ledger/state.h"
#include "tests/support/dice.h"

struct any {
    struct ledger *ledger;
    struct dice dice;
};

#define ANY_RECORDED_MS (20600 * INT64_C(86400000) + INT64_C(43200000)) /* the earliest */

/* All kinds with a table, in the order of loading: what is named comes before what names it. Each
 * names items 1 of the others. */
#define ANY_KINDS 22
enum row_kind any_kind(size_t place);

/* A new row of a kind, with its lists, in no index yet. */
uint32_t any_row(struct any *f, enum row_kind kind);

#endif
