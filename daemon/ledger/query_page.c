/* query_page.c - a page of a long list: the lowest keys, wherever their rows are. */
#include "ledger/query_page.h"

#include "ledger/sort.h"

bool page_limit(int32_t asked, size_t *limit)
{
    *limit = asked == 0 ? LIMIT_QUERY_ROWS : (size_t)asked;
    return asked >= 0 && asked <= LIMIT_QUERY_ROWS;
}

bool page_begin(struct page *p, size_t limit, size_t row_size)
{
    size_t size = (row_size + 15) & ~(size_t)15; /* as the arena aligns */

    p->limit = limit;
    struct page_row *rows = query_alloc(p->q, 2 * limit * sizeof(*rows));
    unsigned char *bytes = query_alloc(p->q, 2 * limit * size);
    p->rows = query_alloc(p->q, 2 * limit * sizeof(struct page_row *));
    if (rows == NULL || bytes == NULL || p->rows == NULL)
        return false;
    for (size_t i = 0; i < 2 * limit; i++) {
        rows[i].row = bytes + i * size;
        p->rows[i] = &rows[i];
    }
    return true;
}

static int compare_rows(const void *context, const void *a, const void *b)
{
    (void)context;
    return memcmp((*(struct page_row *const *)a)->key, (*(struct page_row *const *)b)->key,
                  PAGE_KEY);
}

void page_cut(struct page *p)
{
    sort_items(p->rows, p->count, sizeof(struct page_row *), compare_rows, NULL);
    if (p->count <= p->limit)
        return;
    p->count = p->limit;
    p->more = true;
}

void page_fill(struct page *p, struct scan s, query_row *row, query_visit *changed, void *arg)
{
    query_scan(p->q, s, row, arg);
    query_changed_rows(p->q, s.kind, changed, arg);
    page_cut(p);
}

void page_shorten(struct page *p, size_t count)
{
    CHECK(count > 0);
    CHECK(count < p->count);
    p->count = count;
    p->limit = count;
    p->more = true;
}

bool page_beyond(const struct page *p, const uint8_t key[PAGE_KEY])
{
    if (p->stopped && memcmp(key, p->end, PAGE_KEY) > 0)
        return true;
    return p->more && memcmp(key, p->rows[p->limit - 1]->key, PAGE_KEY) > 0;
}

bool page_wants(const struct page *p, const uint8_t key[PAGE_KEY])
{
    return (!p->started || memcmp(key, p->after, PAGE_KEY) > 0) && !page_beyond(p, key);
}

void page_add(struct page *p, const uint8_t key[PAGE_KEY], const void *row, size_t row_size)
{
    if (p->count == 2 * p->limit)
        page_cut(p);
    struct page_row *place = p->rows[p->count++];
    memcpy(place->key, key, PAGE_KEY);
    memcpy(place->row, row, row_size);
}

bool page_look(struct page *p, const uint8_t key[PAGE_KEY])
{
    if (++p->examined >= LIMIT_QUERY_EXAMINED)
        page_stop(p, key);
    return !p->stopped && !page_beyond(p, key);
}

void page_stop(struct page *p, const uint8_t key[PAGE_KEY])
{
    p->stopped = true;
    memcpy(p->end, key, PAGE_KEY);
}

const uint8_t *page_next(const struct page *p)
{
    if (p->more)
        return p->rows[p->limit - 1]->key;
    return p->stopped ? p->end : NULL;
}

/* ---- Keys ----------------------------------------------------------------------------------- */

void page_key(uint8_t key[PAGE_KEY], const uint8_t *bytes, size_t len)
{
    CHECK(len <= PAGE_KEY);
    memset(key, 0, PAGE_KEY);
    memcpy(key, bytes, len);
}

char *page_text(struct query *q, const uint8_t *key, size_t len)
{
    return query_hex(q, key, len);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool page_from_text(struct page *p, const char *text, size_t len)
{
    CHECK(len <= PAGE_KEY);
    memset(p->after, 0, PAGE_KEY);
    p->started = text[0] != '\0';
    if (!p->started)
        return true;
    if (strlen(text) != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        p->after[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
