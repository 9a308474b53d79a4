/* query_page.h - a page of a long list. Private to query*.c.
 *
 * A page keeps the lowest keys above the place to go on from, wherever their rows are: those of the
 * tables are offered in any order or in theirs, then those in memory that differ from them. Where
 * looking stopped before the end, because so many rows were looked at, nothing behind that place is
 * on the page, and the next one goes on from there. */
#ifndef LEDGER_QUERY_PAGE_H
#define LEDGER_QUERY_PAGE_H

#include "ledger/query.h"

#define PAGE_KEY LIMIT_HASH_BYTES /* the longest; a shorter one is filled up with zeros */

struct page_row {
    uint8_t key[PAGE_KEY];
    void *row; /* a copy of the kind's struct */
};

struct page {
    struct query *q;
    bool started;
    bool stopped;
    uint8_t after[PAGE_KEY]; /* where the last page ended, if it has started */
    uint8_t end[PAGE_KEY];   /* where looking stopped, if it did */
    size_t examined;         /* rows of the tables that were looked at */
    size_t limit;
    size_t count;
    bool more;              /* than the limit */
    struct page_row **rows; /* room for twice the limit; sorted up to it once `more` is set */
};

/* Room for twice `limit` rows of a size; `q`, `started` and `after` are set. False: there is none.
 */
bool page_begin(struct page *p, size_t limit, size_t row_size);
/* Is this key on the page, as far as is known yet? */
bool page_wants(const struct page *p, const uint8_t key[PAGE_KEY]);
/* Is it behind the end of the page? */
bool page_beyond(const struct page *p, const uint8_t key[PAGE_KEY]);
/* A wanted row; the memory behind `row` is the page's. */
void page_add(struct page *p, const uint8_t key[PAGE_KEY], const void *row, size_t row_size);
/* Rows of the tables are offered in their order, and this one was looked at. False: that is enough,
 * and looking has stopped with it. */
bool page_look(struct page *p, const uint8_t key[PAGE_KEY]);
void page_stop(struct page *p, const uint8_t key[PAGE_KEY]);
/* Offer all rows of a kind: what a scan of the tables finds, then those in memory that differ from
 * them, and cut. `arg` is for both. */
void page_fill(struct page *p, struct scan s, query_row *row, query_visit *changed, void *arg);
/* When all rows were offered: sort them, and no more than the limit. */
void page_cut(struct page *p);
/* No more than `count` of them, which are fewer than there are. After page_cut(). */
void page_shorten(struct page *p, size_t count);
/* The place to go on from, or NULL: that was all. After page_cut(). */
const uint8_t *page_next(const struct page *p);

/* 0: the most there is. False: FIELD_INVALID. */
bool page_limit(int32_t asked, size_t *limit);

/* A key as its bytes are in the tables. */
void page_key(uint8_t key[PAGE_KEY], const uint8_t *bytes, size_t len);
/* The cursor texts of queries: the first `len` bytes of a key in hex digits. */
char *page_text(struct query *q, const uint8_t *key, size_t len);
/* Sets `started` and `after`; an empty text is the beginning. False: it is no such text. */
bool page_from_text(struct page *p, const char *text, size_t len);

#endif
