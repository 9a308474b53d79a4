/* rows.h - how the structs of state.h lie in bytes. Private to rows*.c, fetch.c and the queries. */
#ifndef LEDGER_ROWS_H
#define LEDGER_ROWS_H

#include "ledger/field.h"
#include "ledger/state.h"

#define ROW_FORMAT 4 /* first byte of every value */

/* Fields of a kind's key and value, in their order. What the key says is not in the value again. */
struct row_shape {
    size_t size;                                    /* of the struct; 0: the kind has no table */
    void (*key)(const struct fields *f, void *row); /* NULL: the item's number is the key */
    void (*value)(const struct fields *f, void *row);
    /* Do all items it names exist? */
    bool (*valid)(const struct ledger *l, const void *row);
};

/* rows_catalogue.c */
extern const struct row_shape shape_organiser;
extern const struct row_shape shape_service;
extern const struct row_shape shape_class;
extern const struct row_shape shape_window;
extern const struct row_shape shape_provider;
extern const struct row_shape shape_dated;
extern const struct row_shape shape_key;
extern const struct row_shape shape_cost_code;
extern const struct row_shape shape_commitment;

/* rows_money.c */
extern const struct row_shape shape_meta;
extern const struct row_shape shape_charge;
extern const struct row_shape shape_tally;
extern const struct row_shape shape_batch;
extern const struct row_shape shape_history;
extern const struct row_shape shape_account;
extern const struct row_shape shape_payout;
extern const struct row_shape shape_lapse;
extern const struct row_shape shape_run;
extern const struct row_shape shape_bank_line;
extern const struct row_shape shape_open_line;
extern const struct row_shape shape_correction;

/* rows_voucher.c: these two own lists, which follow the fields. Their counts stand before them, so
 * that loading can pass over a value without taking it apart. */
extern const struct row_shape shape_voucher;
extern const struct row_shape shape_bucket;
void voucher_counts_write(const struct ledger *l, const struct voucher *v, struct writer *w);
void voucher_lists_write(const struct ledger *l, const struct voucher *v, struct writer *w);
void bucket_counts_write(const struct ledger *l, const struct bucket *b, struct writer *w);
void bucket_lists_write(const struct ledger *l, const struct bucket *b, struct writer *w);

struct list_counts {
    uint32_t first;  /* versions, open totals */
    uint32_t second; /* extras, intervals */
};
bool voucher_counts_read(struct reader *r, struct list_counts *n);
bool bucket_counts_read(struct reader *r, struct list_counts *n);
/* Read over the lists; the reader fails where they are not what writing gives. */
void voucher_lists_check(const struct ledger *l, struct list_counts n, struct reader *r);
void bucket_lists_check(struct list_counts n, struct reader *r);
/* Take checked lists into memory. */
void voucher_lists_read(struct ledger *l, struct list_counts n, struct reader *r,
                        struct voucher *v);
void bucket_lists_read(struct ledger *l, struct list_counts n, struct reader *r, uint32_t bucket);

/* Fill a struct from bytes, and leave the memory as it is; of a bucket all but its lists. Not of
 * vouchers. */
struct row_bytes {
    const uint8_t *key;
    size_t key_len;
    const uint8_t *value;
    size_t value_len;
};
bool row_peek(const struct ledger *l, enum row_kind kind, struct row_bytes bytes, void *out);

/* Is this a usable reference? 0 is "none". */
static inline bool row_exists(const struct ledger *l, enum row_kind kind, uint32_t item)
{
    return item < l->table[kind].pool.used;
}

/* A bucket's value without taking it apart: has it anything that is not settled? */
bool row_bucket_is_open(const uint8_t *value, size_t value_len);
/* A voucher's value likewise; 0 where it is damaged. */
uint32_t row_voucher_organiser(const uint8_t *value, size_t value_len);

/* correct.c: in memory only; 0: not held. */
uint32_t correction_find(const struct ledger *l, uint64_t number);

/* Where an answered id stands. */
struct charge_place {
    uint64_t number;
    int32_t business_day;
    int32_t digits;
};
bool row_id_read(const uint8_t *value, size_t value_len, struct charge_place *out);

#endif
