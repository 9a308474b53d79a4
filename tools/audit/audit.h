/* audit.h - one audit: what it was asked for, what it counted, what it found.
 *
 * The way of an entry: copy.h reads its group, chain.h holds it against hashes and the ledger's
 * signature, signers.h and verifier.h against the key of who sent it, decide.h against the rules,
 * sums.h against the auditor's own arithmetic, receipts.h against what providers kept. report.c
 * says what that proves. One thread, and those of verifier.h. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/chain.h"
#include "audit/compare.h"
#include "audit/flaws.h"
#include "audit/receipts.h"
#include "audit/sums.h"
#include "genesis.h"
#include "ledger/ledger.h"
#include "tool.h"

struct audit_asked {
    const char *journal;
    const char *receipts; /* folder; NULL: none */
    const char *tables;   /* folder; NULL: none */
    bool live, key_given, head_given;
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t public_key[LIMIT_KEY_BYTES];
    uint64_t head_number; /* a head that was written down before */
    struct hash head;
    unsigned threads;
    bool quiet;
};

/* From this entry on the rules of this level were applied. */
struct audit_level {
    uint32_t level;
    uint64_t from;
};

struct audit_result {
    struct genesis genesis;
    struct flaws findings;
    struct chain chain;
    uint64_t last;                           /* entry the journal ends with */
    struct audit_level levels[LEDGER_LEVEL]; /* in the order of the entries */
    uint32_t levels_count;
    uint64_t signatures;
    uint64_t decisions;   /* that came out again */
    uint64_t decided_to;  /* the last of them */
    bool decided, summed; /* to the end */
    bool compared, tables_compared, head_found;
    struct sums_totals totals;
    struct compare_counts compare;
    struct compare_tables tables;
    uint64_t watermark;
    uint64_t receipt_files, receipt_others, receipts_found;
    int64_t first_ms, last_ms;
    int64_t took_ms, cpu_ms; /* of all threads */
};

/* TOOL_OK, and what was found is in `out`; or a complaint and TOOL_USAGE (it cannot be read) or
 * TOOL_INTERNAL. Findings are the caller's to free in any case. */
int audit_run(const struct audit_asked *asked, struct audit_result *out);

/* Write it; TOOL_OK, TOOL_REFUSED where something is wrong, TOOL_INTERNAL. */
int audit_report(const struct tool *tool, const struct audit_asked *asked, struct audit_result *r);

#endif
