/* inquiry.h - what the reports ask the ledger, in pieces of bounded size.
 *
 * Functions return an exit code; whatever is not TOOL_OK has been said on standard error. What a
 * visitor is given is valid during its call only, unless it says otherwise. One thread. */
#ifndef TOOLS_REPORT_INQUIRY_H
#define TOOLS_REPORT_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session.h"
#include "signed_entry.h"
#include "slab.h"

enum { INQUIRY_NUMBER_MAX = 16 };

/* What a charge needs of its voucher; kept, so that each is asked for once. */
struct inquiry_voucher {
    char number[INQUIRY_NUMBER_MAX];
    const char *organiser; /* "" where the voucher is unknown */
    const char *cost_code; /* "" for a provider's key */
};

struct inquiry {
    struct session session;
    struct slab slab;                  /* texts that stay */
    Saldo__V1__Reply *catalogue;       /* owned; its lists are sorted */
    struct inquiry_voucher **vouchers; /* owned hash table */
    size_t vouchers_count, vouchers_room;
    struct signed_entry entry; /* the last one that was asked for */
    const char **shared;       /* owned list; the texts of inquiry_share() */
    size_t shared_count, shared_room;
    int32_t settled_through;
    int64_t time_ms; /* the ledger's own clock */
    uint64_t last_number;
    bool simulated;
    char ledger_id[40];
};

int inquiry_open(struct inquiry *s, struct tool *tool);
void inquiry_close(struct inquiry *s);

/* Of the catalogue, valid until inquiry_close(); NULL: not there, or out of the key's scope. */
const Saldo__V1__CatalogueOrganiser *inquiry_organiser(const struct inquiry *s, const char *code);
const Saldo__V1__CatalogueProvider *inquiry_provider(const struct inquiry *s, const char *id);
const Saldo__V1__CatalogueService *inquiry_service(const struct inquiry *s, const char *organiser,
                                                   const char *code);

/* A copy that stays until inquiry_close(). */
const char *inquiry_keep(struct inquiry *s, const char *text);

/* The same for texts of which there are few: equal ones give the same copy. */
const char *inquiry_share(struct inquiry *s, const char *text);

int inquiry_voucher(struct inquiry *s, const char *number, const struct inquiry_voucher **out);
/* The whole voucher, in s->session.reply; it is remembered for inquiry_voucher(). */
int inquiry_ask_voucher(struct inquiry *s, const char *number);

typedef int inquiry_line(void *arg, const Saldo__V1__BatchLine *line, int32_t day);
/* Both included. */
struct inquiry_days {
    int32_t from, to;
};
/* *days shrinks to those of them that are settled. TOOL_REFUSED where there are none, after a
 * message that says where these days lie. */
int inquiry_settled(struct inquiry *s, struct inquiry_days *days);
/* The lines of settled days. */
int inquiry_batches(struct inquiry *s, struct inquiry_days days, inquiry_line *visit, void *arg);

typedef int inquiry_charge(void *arg, const Saldo__V1__ChargeStatus *charge);
/* Whose charges: "" is everybody's. */
struct inquiry_whose {
    const char *provider, *voucher;
};

/* The credits that a night settled, in the order of their entries; of one provider, or "". */
typedef int inquiry_credit(void *arg, const Saldo__V1__Correction *credit);
int inquiry_credits(struct inquiry *s, int32_t day, const char *provider, inquiry_credit *visit,
                    void *arg);

/* The provider's own reference of a charge that a visitor is given, until inquiry_close(); "" where
 * there is none or the key may not see it. Charges of one entry one after the other cost one
 * question. */
int inquiry_reference(struct inquiry *s, const Saldo__V1__ChargeStatus *charge, const char **out);

/* Every charge of theirs that was answered on these days; then, as a charge in review settles
 * later, day by day those before, until *missing is 0: the visitor counts it down. */
int inquiry_sweep(struct inquiry *s, struct inquiry_days days, struct inquiry_whose whose,
                  int64_t *missing, inquiry_charge *visit, void *arg);

typedef int inquiry_balance(void *arg, const Saldo__V1__Balance *balance);
struct inquiry_balances {
    const char *organiser; /* "": all */
    const char *voucher;   /* "": all */
    int32_t as_of;
    bool vouchers; /* each with its voucher in `of`, which inquiry_voucher() then knows too */
};
int inquiry_balances(struct inquiry *s, struct inquiry_balances wanted, inquiry_balance *visit,
                     void *arg);

#endif
