/* flaws.h - what an audit found wrong, and what to do about it.
 *
 * A finding names the journal entry it is about (0: none) and, for receipts, the file. The list is
 * bounded: what goes beyond is counted and no longer kept, and nothing of it counts as proved.
 * One thread. */
#ifndef AUDIT_FLAWS_H
#define AUDIT_FLAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name in JSON, what to do */
#define FLAW_LIST(X)                                                                               \
    X(FLAW_LEDGER, "ledger",                                                                       \
      "this journal is not the one you were asked to audit: ask where "                            \
      "the copy comes from, and compare ledger id and public key")                                 \
    X(FLAW_RECORD, "record",                                                                       \
      "an entry or head is missing or damaged: take another copy; if "                             \
      "it is the same there, entries were removed or overwritten")                                 \
    X(FLAW_CHAIN, "chain",                                                                         \
      "the bytes are not those that were hashed: somebody or something "                           \
      "changed the journal after it was written")                                                  \
    X(FLAW_HEAD, "head",                                                                           \
      "the ledger's key did not sign this: the records under it may be "                           \
      "anybody's")                                                                                 \
    X(FLAW_SIGNATURE, "signature",                                                                 \
      "nobody who holds a registered key sent this request: ask "                                  \
      "the owner of the key what was sent")                                                        \
    X(FLAW_ENTRY, "entry",                                                                         \
      "the sequencer's figures are not what the format allows: ask the "                           \
      "operator which program wrote this entry")                                                   \
    X(FLAW_DECISION, "decision",                                                                   \
      "the rules give another answer than the one recorded: money "                                \
      "may have been granted or refused wrongly from here on")                                     \
    X(FLAW_SUM, "sum",                                                                             \
      "the journal's own figures do not add up: work out this voucher, batch "                     \
      "or payout by hand from the entries named")                                                  \
    X(FLAW_TABLES, "tables",                                                                       \
      "the tables do not say what the journal says: balances shown "                               \
      "from them are wrong; rebuild them from the journal")                                        \
    X(FLAW_OMISSION, "omission",                                                                   \
      "the ledger signed an entry that this copy does not have: "                                  \
      "ask for the journal's continuation, and keep the receipt")                                  \
    X(FLAW_FORK, "fork",                                                                           \
      "the ledger signed two different histories: keep both, one of them "                         \
      "was shown to somebody else")                                                                \
    X(FLAW_RECEIPT, "receipt",                                                                     \
      "this file proves nothing about this ledger: ask its holder "                                \
      "where it comes from")

#define FLAW_ENUM(name, word, todo) name,
enum flaw_kind { FLAW_LIST(FLAW_ENUM) FLAW_KINDS };
#undef FLAW_ENUM

enum { FLAWS_MAX = 1000, FLAW_TEXT_MAX = 240 };

struct flaw {
    enum flaw_kind kind;
    uint64_t number; /* journal entry; 0: none */
    char text[FLAW_TEXT_MAX];
};

struct flaws {
    struct flaw *list;
    size_t count, room;
    uint64_t total; /* with those that were not kept */
    uint64_t of_kind[FLAW_KINDS];
};

struct flaw_place {
    enum flaw_kind kind;
    uint64_t number;
};

/* Texts longer than FLAW_TEXT_MAX are cut. */
__attribute__((format(printf, 3, 4))) void flaws_add(struct flaws *f, struct flaw_place place,
                                                     const char *format, ...);
/* In the order of the entries; those of none stand last. */
void flaws_sort(struct flaws *f);
void flaws_free(struct flaws *f);

const char *flaw_word(enum flaw_kind kind);
const char *flaw_todo(enum flaw_kind kind);

#endif
