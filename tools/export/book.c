#include "export/book.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "tool.h"

enum { BOOK_BUCKETS_FIRST = 256 };

/* ---- Names ----------------------------------------------------------------------------------- */

static bool has_small(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'a' && *text <= 'z')
            return true;
    return false;
}

static size_t put_character(char c, char *out)
{
    const char *marks = "--.d_u"; /* each beside what stands for it */

    for (size_t i = 0; marks[i] != '\0'; i += 2) {
        if (marks[i] != c)
            continue;
        out[0] = '-';
        out[1] = marks[i + 1];
        return 2;
    }
    out[0] = c;
    return 1;
}

const char *book_part(const char *code, char out[BOOK_PART_MAX])
{
    bool letter = isalpha((unsigned char)code[0]) != 0;
    bool small = code[0] >= 'a' && code[0] <= 'z';
    size_t len = 0;

    CHECK(code[0] != '\0');
    CHECK(2 * strlen(code) + 4 < BOOK_PART_MAX);
    if (!isalnum((unsigned char)code[0])) {
        memcpy(out, "0-z", 3);
        len = 3;
    }
    for (const char *at = code; *at != '\0'; at++)
        len += put_character(at == code && small ? (char)(*at - 'a' + 'A') : *at, out + len);
    if (letter && small != has_small(code + 1)) {
        memcpy(out + len, "-c", 2);
        len += 2;
    }
    out[len] = '\0';
    return out;
}

/* Characters that begin or end something in one of the formats get a harmless neighbour. */
static char harmless(char c)
{
    static const char pairs[] = ";,|/\"'\\/[(])";

    for (size_t i = 0; pairs[i] != '\0'; i += 2)
        if (pairs[i] == c)
            return pairs[i + 1];
    return (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
}

const char *book_clean(struct book *b, const char *code, const char *name)
{
    char *out = slab_alloc(&b->slab, strlen(code) + strlen(name) + 2);
    size_t len = strlen(code);

    memcpy(out, code, len);
    for (const char *at = name; *at != '\0'; at++) {
        char c = harmless(*at);
        if (c == ' ')
            continue;
        /* two spaces would end a payee: one stands for all between two words */
        if (len > 0 && (at == name || harmless(at[-1]) == ' '))
            out[len++] = ' ';
        out[len++] = c;
    }
    out[len] = '\0';
    return out;
}

/* ---- Accounts -------------------------------------------------------------------------------- */

static void name_account(struct book_account *a)
{
    static const char *const shapes[][2] = {
        [BOOK_COMMITMENT] = {"Expenses", "Commitment"},
        [BOOK_ALLOTTED] = {"Liabilities", "Allotted"},
        [BOOK_PENDING] = {"Liabilities", "Pending"},
        [BOOK_PAYABLE] = {"Liabilities", "Payable"},
        [BOOK_IN_TRANSIT] = {"Assets", "InTransit"},
        [BOOK_BANK] = {"Assets", "Bank"},
    };
    char organiser[BOOK_PART_MAX], provider[BOOK_PART_MAX] = "";

    book_part(a->organiser, organiser);
    if (a->provider[0] != '\0')
        book_part(a->provider, provider);
    int len = snprintf(a->name, sizeof(a->name), "%s:County:%s:%s%s%s", shapes[a->place][0],
                       organiser, shapes[a->place][1], provider[0] != '\0' ? ":" : "", provider);
    CHECK(len > 0 && (size_t)len < sizeof(a->name));
}

static size_t mix(size_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211U;
    return hash;
}

/* The bucket of an account, or the free one where it belongs. */
static size_t find_bucket(const struct book *b, const char *organiser, enum book_place place,
                          const char *provider)
{
    size_t mask = b->buckets_count - 1;
    size_t at = mix(mix((size_t)place + 14695981039346656037U, organiser) * 31, provider) & mask;

    for (; b->buckets[at] != 0; at = (at + 1) & mask) {
        const struct book_account *a = b->accounts[b->buckets[at] - 1];
        if (a->place == place && strcmp(a->provider, provider) == 0 &&
            strcmp(a->organiser, organiser) == 0)
            break;
    }
    return at;
}

static void index_accounts(struct book *b, size_t buckets)
{
    free(b->buckets);
    b->buckets = tool_alloc(buckets, sizeof(*b->buckets));
    b->buckets_count = buckets;
    for (size_t i = 0; i < b->count; i++) {
        const struct book_account *a = b->accounts[i];
        b->buckets[find_bucket(b, a->organiser, a->place, a->provider)] = i + 1;
    }
}

static const char *keep(struct book *b, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(slab_alloc(&b->slab, size), text, size);
}

struct book_account *book_account(struct book *b, const char *organiser, enum book_place place,
                                  const char *provider)
{
    CHECK((place == BOOK_PAYABLE) == (provider[0] != '\0'));
    if (2 * (b->count + 1) > b->buckets_count)
        index_accounts(b, b->buckets_count > 0 ? 2 * b->buckets_count : BOOK_BUCKETS_FIRST);
    size_t at = find_bucket(b, organiser, place, provider);
    if (b->buckets[at] != 0)
        return b->accounts[b->buckets[at] - 1];
    struct book_account *a = slab_alloc(&b->slab, sizeof(*a));
    *a = (struct book_account){
        .organiser = keep(b, organiser), .provider = keep(b, provider), .place = place};
    name_account(a);
    b->accounts = tool_grow(b->accounts, b->count, &b->room, sizeof(struct book_account *));
    b->accounts[b->count++] = a;
    b->buckets[at] = b->count;
    return a;
}

/* ---- Payees ---------------------------------------------------------------------------------- */

void book_add_payee(struct book *b, const char *code, const char *name)
{
    b->payees = tool_grow(b->payees, b->payees_count, &b->payees_room, sizeof(*b->payees));
    b->payees[b->payees_count++] =
        (struct book_payee){.code = keep(b, code), .text = book_clean(b, code, name)};
}

static int compare_payees(const void *a, const void *b)
{
    const struct book_payee *x = a, *y = b;

    return strcmp(x->code, y->code);
}

const char *book_payee(const struct book *b, const char *code)
{
    const struct book_payee wanted = {.code = code};
    const struct book_payee *found =
        b->payees_count == 0
            ? NULL
            : bsearch(&wanted, b->payees, b->payees_count, sizeof(wanted), compare_payees);

    return found != NULL ? found->text : code;
}

static int compare_accounts(const void *a, const void *b)
{
    const struct book_account *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

void book_sort(struct book *b)
{
    if (b->payees_count > 0)
        qsort(b->payees, b->payees_count, sizeof(*b->payees), compare_payees);
    if (b->count == 0)
        return;
    qsort(b->accounts, b->count, sizeof(struct book_account *), compare_accounts);
    index_accounts(b, b->buckets_count);
}

/* ---- Booking --------------------------------------------------------------------------------- */

int64_t book_balance(const struct book_account *a)
{
    return a->opening + a->debit - a->credit;
}

void book_post(const struct book *b, const struct book_entry *e)
{
    int64_t sum = 0;

    CHECK(e->count > 0);
    for (size_t i = 0; i < e->count; i++) {
        struct book_account *a = e->postings[i].account;
        int64_t cents = e->postings[i].cents;
        sum += cents;
        if (e->day < b->from)
            a->opening += cents;
        else if (cents > 0)
            a->debit += cents;
        else
            a->credit -= cents;
    }
    CHECK(sum == 0);
}

void book_free(struct book *b)
{
    free(b->accounts);
    free(b->buckets);
    free(b->payees);
    slab_free(&b->slab);
    *b = (struct book){0};
}
