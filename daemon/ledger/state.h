/* state.h - what the ledger holds in memory. Private to daemon/ledger.
 *
 * Every row kind of ledger.h that lives in memory is a struct in a pool, starting with a
 * struct row_head. Before a row is changed, row_touch() must be called: it puts the row on the list
 * of the next checkpoint, and hands its old content out first if a checkpoint is under way.
 *
 * The structs of the rows are in row_types.h. */
#ifndef LEDGER_STATE_H
#define LEDGER_STATE_H

#include "calendar.h"
#include "identifier.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "ledger/pool.h"
#include "ledger/row_types.h"
#include "money.h"
#include "outcome.h"

/* ---- The whole ----------------------------------------------------------------------------------
 */

struct dirty_list {
    uint32_t *items; /* `capacity` each */
    uint32_t count;
    uint32_t *frozen;
    uint32_t frozen_count;
    uint32_t frozen_at; /* next to hand out */
};

/* A kind of row that lives in a pool. */
struct table {
    struct pool pool;
    struct index index;
    struct dirty_list dirty; /* not of charges, which stand in their order */
};

/* Where the cells of charges stand (charge_store.h): in segments, oldest first. */
struct charge_store {
    uint32_t oldest; /* item; 0: none */
    uint32_t last;   /* segment being filled */
    uint32_t spare;  /* list of segments that were used before */
    uint32_t spare_count;
    uint32_t fresh; /* first segment that never was */
    uint32_t free_segments;
    uint64_t place;        /* of the last segment: counts up with each */
    uint64_t new_from;     /* places of cells since the last freeze */
    uint64_t unsaved_from; /* of those, and of a freeze that is under way */
    uint32_t first_new;    /* items; 0: none */
    uint32_t first_frozen;
    uint32_t to_hand_out;
};

struct meta { /* the row ROW_META */
    struct row_head head;
    uint64_t last_number;
    int64_t time_ms;
    int32_t day;             /* 0 before the first entry with a time */
    int32_t first_day;       /* day of the first entry with a time; 0: none yet */
    int32_t settled_through; /* 0: nothing settled */
    int64_t accepted;
    int64_t refused;
    uint64_t max_id_ms; /* latest time in a used request id */
    uint64_t keys_version;
};

/* A local day, and the month it is in; instants of the ends are exclusive. */
struct day_span {
    int64_t from_ms;
    int64_t to_ms;
    int64_t month_ms;
    int64_t month_end_ms;
    int32_t day;
    int32_t month;
};
#define LEDGER_DAY_SPANS 128

/* What a charge leads to; items are 0 where there is none. Without a start it has no day. */
struct lookup {
    uint64_t id_hash;
    int64_t month_ms;
    int64_t month_end_ms;
    int32_t digits; /* -1: not a voucher's number */
    int32_t day;    /* service date */
    int32_t month;
    int32_t period;
    uint32_t voucher;
    uint32_t bucket;       /* of the period: with the money */
    uint32_t month_bucket; /* with the time */
    bool has_day;
};

struct ledger {
    struct ledger_genesis genesis;
    struct meta meta;
    struct table table[ROW_KIND_COUNT]; /* by enum row_kind; META, ID have none */
    struct pool versions;
    struct pool extras;
    struct pool totals;
    struct pool chunks;
    struct pool days;
    uint32_t open_days;  /* list, earliest first */
    uint32_t open_lines; /* so many OPEN_LINE rows that are not gone */
    struct charge_store charges;
    uint64_t seed;          /* of all hashes; not part of the state */
    struct index names;     /* catalogue codes; item = kind << 28 | item of its table */
    uint64_t evicted_id_ms; /* ids up to this time may be in the tables only */
    uint32_t epoch;         /* counts freezes; starts at 1 */
    uint32_t persisted;     /* rows with dirty <= this are in the tables */
    uint32_t swept;         /* `persisted` when a sweep for room found none; 0: none did */
    bool freezing;
    uint32_t freeze_kind; /* next kind to hand out */
    uint32_t evict_kind;
    uint32_t evict_at;
    struct day_span *spans; /* LEDGER_DAY_SPANS: days lately asked for; not part of the state */
    struct lookup *lookups; /* LIMIT_BATCH_ITEMS: of the charges of the entry prepared last ... */
    uint64_t looked_up;     /* ... which has this number */
    ledger_put *put;
    void *put_arg;
    uint8_t *scratch; /* LEDGER_ROW_MAX bytes: one row on its way out or in */
    void *memory;     /* everything above points into it */
    size_t memory_size;
};

/* The row struct of an item. */
#define ROW_AT(type, l, kind, item) ((struct type *)pool_at(&(l)->table[kind].pool, item))

/* ---- table.c
 * ------------------------------------------------------------------------------------- */

/* Say that a row is about to be changed (see the top). */
void row_touch(struct ledger *l, enum row_kind kind, uint32_t item);
/* A new zeroed row, on the dirty list, not in any index yet; charges have charge_keep(). */
uint32_t row_new(struct ledger *l, enum row_kind kind);
/* Put a row into, or find it in, the index of its table; not for the catalogue's kinds. */
void row_index(struct ledger *l, enum row_kind kind, uint32_t item);
/* Unindex and free a row and the lists it owns. Only for clean rows; not for the catalogue's. */
void row_drop(struct ledger *l, enum row_kind kind, uint32_t item);
/* Walk the items 1 .. pool.used - 1 and skip those that are not live. */
bool row_live(const struct ledger *l, enum row_kind kind, uint32_t item);
bool row_indexed(const struct ledger *l, enum row_kind kind, uint32_t item); /* for the audit */
static inline bool row_clean(const struct ledger *l, const struct row_head *head)
{
    return head->dirty <= l->persisted;
}
/* Have the tables not got it, or not as it is? */
bool row_changed(const struct ledger *l, enum row_kind kind, uint32_t item);

/* What indexes hash, each in the file that finds by it; keyed with the ledger's seed, as all of it
 * is chosen by somebody. */
uint64_t voucher_hash(const struct ledger *l, int32_t digits);
uint64_t bucket_hash(const struct ledger *l, int32_t period, int32_t digits);
uint64_t account_hash(const struct ledger *l, uint32_t organiser, uint32_t provider);
uint64_t tally_hash(const struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider);
uint64_t lapse_hash(const struct ledger *l, uint32_t organiser, int32_t day);
uint64_t bank_line_hash(const struct ledger *l, const uint8_t line[LIMIT_HASH_BYTES]);
uint64_t correction_hash(const struct ledger *l, uint64_t number);

/* ---- night_row.c: what a night writes
 * ------------------------------------------------------------ */

/* New rows, indexed, with their keys set. */
struct history *history_make(struct ledger *l, int32_t period, int32_t digits, int32_t day);
struct batch *batch_make(struct ledger *l, int32_t day);
struct payout *payout_make(struct ledger *l, int32_t run_day, uint32_t organiser,
                           uint32_t provider);
struct run *run_make(struct ledger *l, int32_t day, uint32_t organiser);
/* In memory only; 0: not held. history_last: the latest night that is not after `day`. */
uint32_t history_last(const struct ledger *l, int32_t period, int32_t digits, int32_t day);
uint32_t batch_find(const struct ledger *l, int32_t day);
uint32_t payout_find(const struct ledger *l, int32_t run_day, uint32_t organiser,
                     uint32_t provider);
uint32_t run_find(const struct ledger *l, int32_t day, uint32_t organiser);

/* ---- payout.c: payout runs, and the way of a payout's money
 * ------------------------------------------- */

/* Make the organiser's run of a settled day: a payout for every provider's payable that stands in
 * none. The caller has seen that there is no such run. */
void run_decide(struct ledger *l, uint32_t organiser, int32_t day);
/* Why nothing may be paid to a provider now; NONE: it may. */
enum payout_reason payout_hold(const struct ledger *l, uint32_t provider);
/* How a payout stands: one that is PLANNED is HELD as long as its provider may not be paid. */
struct payout_standing {
    enum payout_state state;
    enum payout_reason reason;
};
struct payout_standing payout_standing(const struct ledger *l, const struct payout *p);
/* Of the payouts that stand PLANNED now; all payouts of the run must be in memory. */
struct run_figures run_figures(const struct ledger *l, const struct run *r);
/* EXPORTED or HELD for each that is PLANNED. Those that leave, and the run, keep the accounts of
 * this moment. */
void run_release(struct ledger *l, struct run *r);
/* The runs that a request's commands prepare or release, which takes all payouts of each in memory:
 * without a bound a request could be BUSY for ever. Commands in their order; false: too many. */
struct runs_named {
    uint32_t count;
    const Saldo__V1__Command *list[LIMIT_REQUEST_RUNS];
};
bool runs_admit(struct runs_named *n, const Saldo__V1__Command *c);
/* Has it ever left? And is it on its way now: EXPORTED, ACCEPTED, HELD for its name? */
bool payout_left(const struct payout *p);
bool payout_in_transit(const struct payout *p);
/* Where a payout's money is. Its run, which keeps count, must be in memory where it moves. */
enum payout_place { PLACE_PAYABLE, PLACE_IN_TRANSIT, PLACE_BANK };
struct payout_way {
    enum payout_place from, to;
};
void payout_move(struct ledger *l, const struct payout *p, struct payout_way way);

/* ---- catalogue.c: names and dated rows
 * ----------------------------------------------------------- */

/* All return an item, or 0. Texts that are too long are simply not found. */
uint32_t organiser_find(const struct ledger *l, struct text code);
uint32_t service_find(const struct ledger *l, uint32_t organiser, struct text code);
/* UINT32_MAX: unknown; 0: ALL (empty text). */
uint32_t class_find(const struct ledger *l, uint32_t organiser, struct text code);
uint32_t provider_find(const struct ledger *l, struct text id);
uint32_t cost_code_find(const struct ledger *l, uint32_t organiser, struct text code);
uint32_t key_find(const struct ledger *l, const uint8_t key_id[LIMIT_KEY_ID_BYTES]);
uint32_t owner_find(const struct ledger *l, struct text name); /* persons; 0: none */

/* After a row was made by row_new() or loaded and filled: make it findable. For all kinds of the
 * catalogue (their `windows` and `next` lists are rebuilt), COMMITMENT and VOUCHER; nothing else.
 */
void catalogue_index(struct ledger *l, enum row_kind kind, uint32_t item);

/* The head of the list of rows with this key, latest `from` first; 0: none. */
uint32_t dated_list(const struct ledger *l, enum dated_kind kind, uint32_t provider,
                    uint32_t service, uint32_t rate_class);
/* The row in force on a day: of those that cover it, the one with the latest `from`. */
const struct dated *dated_on(const struct ledger *l, uint32_t list, int32_t day);

/* limit -1 and used 0 where there is none. `make` is for the apply phase; what it gives may be
 * changed: a row that was there is touched. */
uint32_t commitment_find(const struct ledger *l, uint32_t cost_code, int32_t year);
uint32_t commitment_make(struct ledger *l, uint32_t cost_code, int32_t year);

static inline struct text text_of(const char *s)
{
    return (struct text){s, (uint32_t)strlen(s)};
}
static inline bool text_is(struct text t, const char *s)
{
    return strlen(s) == t.len && memcmp(s, t.bytes, t.len) == 0;
}
/* Copy into a bounded, zero-filled field; CHECKs that it fits (judged before). */
void text_copy(char *to, size_t size, struct text from);

/* ---- voucher.c
 * -------------------------------------------------------------------------------------- */

uint32_t voucher_find(const struct ledger *l, int32_t digits);
uint32_t voucher_make(struct ledger *l, int32_t digits);       /* new, indexed, not closed */
uint64_t voucher_hash(const struct ledger *l, int32_t digits); /* in the index of its table */
/* Last day of service: the smaller of valid_to and closed_on. */
int32_t voucher_end(const struct voucher *v);
/* First day on which everything of it has lapsed: end + grace + 1. */
int32_t voucher_final_day(const struct ledger *l, const struct voucher *v);
/* The version in force on a day; the oldest where the day is before all. */
const struct version *voucher_version_on(const struct ledger *l, const struct voucher *v,
                                         int32_t day);
bool voucher_suspended(const struct ledger *l, const struct voucher *v, int32_t day);
bool voucher_prior_approval(const struct ledger *l, const struct voucher *v, uint32_t service,
                            int32_t day);
/* Which bucket a service date of a month is taken from: the month, or 0. */
int32_t voucher_period(const struct voucher *v, int32_t month);
/* What the versions recorded up to `recorded_day` allot to a month (monthly), to the months up to
 * it (carry-over), or to the whole validity. `month` is ignored for WHOLE. */
int64_t voucher_allotment(const struct ledger *l, const struct voucher *v, int32_t month,
                          int32_t recorded_day);
/* The same, of all versions, as if `newest` stood above them. */
int64_t voucher_allotment_amended(const struct ledger *l, const struct voucher *v,
                                  const struct version *newest, int32_t month);
/* GRANTED, OPEN, CLOSED, FINAL or VOID on a day. */
const char *voucher_state(const struct ledger *l, const struct voucher *v, int32_t day);

/* ---- bucket.c
 * ---------------------------------------------------------------------------------------- */

uint64_t bucket_hash(const struct ledger *l, int32_t period, int32_t digits);
uint32_t bucket_find(const struct ledger *l, int32_t period, int32_t digits);
/* Found or new: with its allotment posted if it is the one that holds money for `month`. */
uint32_t bucket_make(struct ledger *l, struct voucher *v, int32_t period, int32_t month);
/* Post the allotment of a bucket in hand, as bucket_make() does. */
void bucket_open(struct ledger *l, struct voucher *v, uint32_t bucket, int32_t month);
/* What a charge in `month` may take. The bucket may be 0: then nothing was taken yet. */
int64_t bucket_available(const struct ledger *l, const struct voucher *v, uint32_t bucket,
                         int32_t month);
/* Take or give back (negative) units or cents; pending grows. ALLOTTED and PENDING are posted. */
void bucket_take(struct ledger *l, struct voucher *v, uint32_t bucket, int64_t amount,
                 int64_t cents);
/* The running total of an open day, found or new. */
struct open_total *bucket_total(struct ledger *l, uint32_t bucket, int32_t day);
/* After a change of versions or of the end: allotment and lapse day anew, differences posted. */
void bucket_reallot(struct ledger *l, struct voucher *v, uint32_t bucket);
bool bucket_overlaps(const struct ledger *l, uint32_t bucket, struct interval i);
void bucket_interval_add(struct ledger *l, uint32_t bucket, struct interval i);
/* The same for one that is part of the row already. */
void bucket_interval_hold(struct ledger *l, struct bucket *b, struct interval i);
void bucket_interval_remove(struct ledger *l, uint32_t bucket, struct interval i);

/* ---- account.c
 * ---------------------------------------------------------------------------------------- */

uint32_t account_find(const struct ledger *l, uint32_t organiser, uint32_t provider);
struct account *account_make(struct ledger *l, uint32_t organiser, uint32_t provider); /* touched */
struct open_day *day_make(struct ledger *l, int32_t day);
/* Found or new, touched. */
struct tally *tally_make(struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider);
uint32_t tally_find(const struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider);
/* Add to what lapses on a day. */
void lapse_add(struct ledger *l, uint32_t organiser, int32_t day, int64_t cents);
/* Does the night of `settle_day` make the organiser's payout run? */
bool account_run_day(const struct organiser *o, int32_t settle_day);
uint64_t account_hash(const struct ledger *l, uint32_t organiser, uint32_t provider);
uint64_t tally_hash(const struct ledger *l, int32_t day, uint32_t organiser, uint32_t provider);
uint64_t lapse_hash(const struct ledger *l, uint32_t organiser, int32_t day);
uint32_t lapse_find(const struct ledger *l, uint32_t organiser, int32_t day);
/* Was that day's lapse posted by a night already? */
bool lapse_posted(const struct ledger *l, int32_t day);
/* Execution day of the payout that will hold what is settled with `settle_day`; 0: on command. */
int32_t account_pays_on(struct ledger *l, uint32_t organiser, int32_t settle_day);

/* ---- settle.c
 * --------------------------------------------------------------------------------------------- */

uint64_t batch_hash(const struct ledger *l, int32_t day);
uint32_t batch_find(const struct ledger *l, int32_t day);

/* ---- lookup.c: finding what charges need
 * -------------------------------------------------------------------------- */

/* Fill l->lookups for the charges of a request of `owner`, bringing in rows from the tables. */
enum fault lookup_charges(struct ledger *l, const struct ledger_source *source,
                          const struct request *r, uint32_t owner);
/* Charge `index` of `count` is about to be judged: ask for the memory of those after it. */
void lookup_ahead(const struct ledger *l, uint32_t index, uint32_t count);

/* ---- terms.c: what a provider may charge for
 * -------------------------------------------------------------------------- */

/* A service and class of an organiser, found by their codes. Charges change no catalogue, so this
 * holds for a whole entry. */
struct terms {
    uint32_t organiser; /* 0: nothing remembered here yet */
    struct text service_code;
    struct text class_code;
    uint32_t service_item;
    const struct service *service; /* NULL: unknown */
    uint32_t rate_class;           /* item; 0: ALL; UINT32_MAX: unknown */
    uint32_t approvals;            /* lists of dated rows */
    uint32_t prices;
    uint32_t rates;
};
#define TERMS_KEPT 16

/* The terms for a charge of a provider, found or remembered in `kept` (TERMS_KEPT of them). */
const struct terms *terms_of(const struct ledger *l, struct terms *kept, uint32_t provider,
                             uint32_t organiser, const struct charge *c);

/* ---- The acts
 * -------------------------------------------------------------------------------------------- */

/* Who acts, when: the same for all items of an entry. */
struct act {
    uint64_t number;
    uint32_t index; /* of a command in its request */
    int64_t time_ms;
    int32_t day;
    uint32_t level;       /* enum ledger_level */
    int32_t window_first; /* calendar_window_first(day) */
    int64_t window_ms;    /* its midnight */
    const struct ledger_key *key;
    uint32_t owner;              /* id owner of the key */
    uint32_t provider;           /* item; 0 where the key is no provider's */
    enum purpose purpose;        /* of the request: a settlement has one of its own */
    bool dry_run;                /* judge only */
    bool runs_full;              /* of a command: see runs_admit() */
    struct terms *terms;         /* of charges: TERMS_KEPT of them */
    struct batch_summary *batch; /* filled by settle_day */
};

/* correct.c: an approved charge enters the batch of the act's day. */
void charge_join_batch(struct ledger *l, uint32_t organiser, const struct act *a, uint32_t bucket,
                       int64_t amount, int64_t cents);

/* charge.c: judge and, unless dry, record one charge. */
void charge_act(struct ledger *l, const struct act *a, const struct charge *c, uint32_t index,
                struct answer *out);

/* command.c: key, role, id, and the command's own function. */
void command_act(struct ledger *l, const struct act *a, const struct command *c, uint32_t index,
                 struct answer *out);

/* command_key.c: the administrator of the genesis, as the first key; for ledger_new(). */
void command_register_genesis(struct ledger *l);
/* Neither expired nor revoked, nor yet to come. */
bool key_valid(const struct ledger_key *key, int64_t time_ms);

/* One function a command: judges in the order of RULES.md, and unless a->dry_run changes the state.
 * `out` already holds zeros; have and need may be filled. */
#define LEDGER_COMMANDS(X)                                                                         \
    X(SetOrganiser, SET_ORGANISER, set_organiser)                                                  \
    X(SetService, SET_SERVICE, set_service)                                                        \
    X(AddRateWindow, ADD_RATE_WINDOW, add_rate_window)                                             \
    X(AddRate, ADD_RATE, add_rate)                                                                 \
    X(SetProvider, SET_PROVIDER, set_provider)                                                     \
    X(ChangeProviderAccount, CHANGE_PROVIDER_ACCOUNT, change_provider_account)                     \
    X(AddApproval, ADD_APPROVAL, add_approval)                                                     \
    X(EndApproval, END_APPROVAL, end_approval)                                                     \
    X(AddPrice, ADD_PRICE, add_price)                                                              \
    X(GrantVoucher, GRANT_VOUCHER, grant_voucher)                                                  \
    X(AmendVoucher, AMEND_VOUCHER, amend_voucher)                                                  \
    X(CloseVoucher, CLOSE_VOUCHER, close_voucher)                                                  \
    X(VoidVoucher, VOID_VOUCHER, void_voucher)                                                     \
    X(ConvertVoucher, CONVERT_VOUCHER, convert_voucher)                                            \
    X(ReserveVoucher, RESERVE_VOUCHER, reserve_voucher)                                            \
    X(AddSuspension, ADD_SUSPENSION, add_suspension)                                               \
    X(EndSuspension, END_SUSPENSION, end_suspension)                                               \
    X(AddPriorApproval, ADD_PRIOR_APPROVAL, add_prior_approval)                                    \
    X(ReviewCharge, REVIEW_CHARGE, review_charge)                                                  \
    X(DeleteCharge, DELETE_CHARGE, delete_charge)                                                  \
    X(CreditCharge, CREDIT_CHARGE, credit_charge)                                                  \
    X(SetCommitment, SET_COMMITMENT, set_commitment)                                               \
    X(RegisterKey, REGISTER_KEY, register_key)                                                     \
    X(RevokeKey, REVOKE_KEY, revoke_key)                                                           \
    X(SettleDay, SETTLE_DAY, settle_day)                                                           \
    X(StartPayoutRun, START_PAYOUT_RUN, start_payout_run)                                          \
    X(PreparePayoutRun, PREPARE_PAYOUT_RUN, prepare_payout_run)                                    \
    X(ReleasePayoutRun, RELEASE_PAYOUT_RUN, release_payout_run)                                    \
    X(ReleaseHeldPayout, RELEASE_HELD_PAYOUT, release_held_payout)                                 \
    X(RecordBankEvent, RECORD_BANK_EVENT, record_bank_event)                                       \
    X(CloseBankLine, CLOSE_BANK_LINE, close_bank_line)
#define LEDGER_DECLARE(type, enumerator, field)                                                    \
    enum outcome command_##field(struct ledger *l, const struct act *a,                            \
                                 const Saldo__V1__##type *c, struct answer *out);
LEDGER_COMMANDS(LEDGER_DECLARE)
#undef LEDGER_DECLARE

/* The key's scope covers the organiser. */
static inline bool act_in_scope(const struct act *a, uint32_t organiser)
{
    return a->key->organiser == 0 || a->key->organiser == organiser;
}

/* ---- rows.c: the bytes of rows
 * ---------------------------------------------------------------------------- */

/* So many live intervals a month of a voucher may hold, and so many days may be unsettled, that a
 * bucket fits into LEDGER_ROW_MAX. */
#define LEDGER_INTERVALS_MAX 4096
#define LEDGER_OPEN_DAYS_MAX 1024

/* Keys of rows that are not in memory; each returns its length. `key` has LEDGER_KEY_MAX bytes. */
size_t row_key_voucher(int32_t digits, uint8_t *key);
size_t row_key_bucket(int32_t period, int32_t digits, uint8_t *key);
size_t row_key_batch(int32_t day, uint8_t *key);
size_t row_key_payout(int32_t run_day, uint32_t organiser, uint32_t provider, uint8_t *key);
size_t row_key_run(int32_t day, uint32_t organiser, uint8_t *key);
size_t row_key_id(const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner, uint8_t *key);
size_t row_key_charge(int32_t business_day, int32_t digits, uint64_t number, uint8_t *key);

/* Key and value of an item. Returns the value's length, 0: the row is to be deleted. */
size_t row_encode(const struct ledger *l, enum row_kind kind, uint32_t item, uint8_t *key,
                  size_t *key_len, uint8_t *value);
/* Put a row from the tables into memory, clean and indexed; 0 if the bytes are damaged. */
uint32_t row_decode(struct ledger *l, enum row_kind kind, const uint8_t *key, size_t key_len,
                    const uint8_t *value, size_t value_len);
/* Is there room for what row_decode() would make of this value? True for damaged ones. */
bool row_fits(const struct ledger *l, enum row_kind kind, const uint8_t *value, size_t value_len);

/* ---- fetch.c: rows from the tables
 * -------------------------------------------------------------------------- */

/* Have a row in memory: found there, or brought in from the source as a clean one. *item is 0 where
 * there is none. FAULT_FULL: no room (evict, or answer BUSY); other faults end the daemon.
 * They never evict, so what one call brought in stays until ledger_evict_step(). */
enum fault fetch_voucher(struct ledger *l, const struct ledger_source *source, int32_t digits,
                         uint32_t *item);
enum fault fetch_bucket(struct ledger *l, const struct ledger_source *source, int32_t period,
                        int32_t digits, uint32_t *item);
enum fault fetch_charge(struct ledger *l, const struct ledger_source *source,
                        const uint8_t id[LIMIT_REQUEST_ID_BYTES], uint32_t owner, uint32_t *item);
enum fault fetch_batch(struct ledger *l, const struct ledger_source *source, int32_t day,
                       uint32_t *item);
enum fault fetch_run(struct ledger *l, const struct ledger_source *source, int32_t day,
                     uint32_t organiser, uint32_t *item);
/* All payouts of a run. */
enum fault fetch_run_payouts(struct ledger *l, const struct ledger_source *source, int32_t day,
                             uint32_t organiser);
enum fault fetch_payout(struct ledger *l, const struct ledger_source *source,
                        const struct payout *named, uint32_t *item);
enum fault fetch_bank_line(struct ledger *l, const struct ledger_source *source,
                           const uint8_t line[LIMIT_HASH_BYTES], uint32_t *item);

#endif
