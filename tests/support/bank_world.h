/* bank_world.h - runs of several months, and the files that a bank makes of them: random, and the
 * same for the same dice.
 *
 * The bank accepts, rejects, warns of names, books singly, in parts and in sums with details or
 * without, tells things twice, takes fees and sends money back. */
#ifndef SUPPORT_BANK_WORLD_H
#define SUPPORT_BANK_WORLD_H

#include "bank/match.h"
#include "iso20022/pain002.h"
#include "slab.h"
#include "tests/support/dice.h"

enum { BANK_WORLD_PAYOUTS = 64, BANK_WORLD_FILES = 64 };

/* The organisers' accounts. */
extern const char *const bank_world_accounts[2];

/* What stands in one file: lines, or statuses. */
struct bank_file_lines {
    struct match_line lines[128];
    size_t line_count;
    struct pain002_status statuses[64];
    size_t status_count;
};

struct bank_world {
    struct dice *dice;
    struct slab slab;
    struct match_payout payouts[BANK_WORLD_PAYOUTS];
    bool rejected[BANK_WORLD_PAYOUTS];
    size_t payout_count;
    struct bank_file_lines files[BANK_WORLD_FILES];
    size_t file_count;
    unsigned ids;
    bool twice; /* something is debited twice, so that a choice between equals has to be made */
};

/* Every payout is sent, and no file read. The caller frees the slab. */
void bank_world_make(struct bank_world *w, struct dice *dice);

#endif
