/* story.h - a charge's life as sentences, each with the journal entry that proves it.
 *
 * Pure: a function of what the daemon told about the charge. Parts that the asking key may not see
 * are NULL, and the story is shorter. The charge itself, its answer and what was done to it are as
 * they stand in the journal; price list, rates, approvals and the voucher are as they stand now,
 * and where they no longer fit the decision, the story says so. */
#ifndef TOOLS_WHY_STORY_H
#define TOOLS_WHY_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saldo.pb-c.h"

enum story_language { STORY_ENGLISH, STORY_FINNISH };

enum { STORY_STEP_MAX = 400, STORY_PAYOUTS_MAX = 64 };

struct story_payout {
    const Saldo__V1__Payout *payout;
    const Saldo__V1__Run *run; /* NULL: not to be seen */
};

struct story_facts {
    const Saldo__V1__ChargeStatus *charge;
    const Saldo__V1__Charge *signed_charge; /* as it was signed; NULL: not to be seen */
    const char *signer;                     /* owner of the key; "" where it is not to be seen */
    char key[17];                           /* that signed it, in hexadecimal */
    const Saldo__V1__Terms *terms;          /* NULL: not to be seen */
    const Saldo__V1__CatalogueProvider *provider; /* NULL: likewise */
    const Saldo__V1__Correction **corrections;    /* in the order of their entries */
    size_t corrections_count;
    const Saldo__V1__Voucher *voucher;              /* NULL: unknown or not to be seen */
    const Saldo__V1__CatalogueService *service;     /* NULL: likewise */
    uint64_t batch_number;                          /* entry of its night; 0: none */
    struct story_payout payouts[STORY_PAYOUTS_MAX]; /* in the order of their run days */
    size_t payouts_count;
    const Saldo__V1__BankLine **lines; /* of these payouts, in the order of their entries */
    size_t lines_count;
};

struct story_step {
    const char *part; /* one word for programs: asked, rule, decided, corrected, settled, ... */
    uint64_t number;  /* journal entry; 0: a rule, or nothing yet */
    char text[STORY_STEP_MAX];
};

/* All zeros but the language: empty. */
struct story {
    enum story_language language;
    struct story_step *steps; /* owned */
    size_t count, room;
};

void story_tell(struct story *s, const struct story_facts *f);
void story_free(struct story *s);

/* One more sentence, in both languages. */
__attribute__((format(printf, 4, 6), format(printf, 5, 6))) void
story_say(struct story *s, const char *part, uint64_t number, const char *english,
          const char *finnish, ...);

/* "1234.05", in Finnish "1234,05"; returns `out`, of TEXT_EUROS_MAX bytes. */
const char *story_euros(const struct story *s, int64_t cents, char *out);

/* The parts of the story, a file each. */
void story_rules(struct story *s, const struct story_facts *f);
void story_corrections(struct story *s, const struct story_facts *f);
void story_payments(struct story *s, const struct story_facts *f);

/* Rules that compare amounts; money.c. The last one is for a rule that nothing is said of. */
void story_price(struct story *s, const struct story_facts *f);
void story_cap(struct story *s, const struct story_facts *f);
void story_shares(struct story *s, const struct story_facts *f);
void story_limit(struct story *s, const struct story_facts *f);
void story_bucket(struct story *s, const struct story_facts *f);
void story_nothing(struct story *s, const struct story_facts *f);

bool story_is_hour(const struct story_facts *f);
int32_t story_service_day(const struct story_facts *f); /* 0: the charge has no start */
/* The version of the voucher in force on that day; NULL: none. */
const Saldo__V1__VoucherVersion *story_version(const struct story_facts *f);

/* What a refusal means and what the provider can do: a code of outcome.h. */
void story_refusal(struct story *s, const Saldo__V1__ChargeStatus *c);

#endif
