/* posting.h - the posting file: payouts as rows for a city's bookkeeping, in the columns it wants.
 *
 * Settings come from a small INI file:
 *
 *     [posting]
 *     separator = semicolon   comma, semicolon or tab
 *     decimal = comma         comma or point
 *     header = yes            yes or no: a first line with the headings
 *     account = 2871          what the column "account" holds
 *     cost_code = 5500        what the column "cost_code" holds; payouts have none of their own
 *     text = Palvelusetelit   what the column "text" begins with; the run day follows
 *     [columns]               heading = source, in the order of the file
 *     Y-tunnus = business_id
 *     Laji = "KR"             a text of its own
 *
 * Fields are quoted where they must be. One thread. */
#ifndef TOOLS_POSTING_H
#define TOOLS_POSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"

enum { POSTING_TEXT_MAX = 128, POSTING_COLUMNS_MAX = 32 };

/* What a column may hold: the words of the INI file. */
#define POSTING_SOURCES(X)                                                                         \
    X(ORGANISER, "organiser")                                                                      \
    X(ORGANISER_NAME, "organiser_name")                                                            \
    X(RUN_DAY, "run_day")                                                                          \
    X(EXECUTION_DAY, "execution_day")                                                              \
    X(ACCOUNT, "account")                                                                          \
    X(COST_CODE, "cost_code")                                                                      \
    X(PROVIDER, "provider")                                                                        \
    X(BUSINESS_ID, "business_id")                                                                  \
    X(PROVIDER_NAME, "provider_name")                                                              \
    X(IBAN, "iban")                                                                                \
    X(REFERENCE, "reference")                                                                      \
    X(END_TO_END_ID, "end_to_end_id")                                                              \
    X(EUROS, "euros")                                                                              \
    X(TEXT, "text")

#define POSTING_ENUM(name, word) POSTING_##name,
enum posting_source { POSTING_SOURCES(POSTING_ENUM) POSTING_SOURCES_COUNT, POSTING_FIXED };
#undef POSTING_ENUM

struct posting_column {
    char heading[POSTING_TEXT_MAX];
    enum posting_source source;
    char fixed[POSTING_TEXT_MAX]; /* of POSTING_FIXED */
};

struct posting {
    char separator;
    char decimal;
    bool header;
    char account[POSTING_TEXT_MAX];
    char cost_code[POSTING_TEXT_MAX];
    char text[POSTING_TEXT_MAX];
    struct posting_column columns[POSTING_COLUMNS_MAX];
    size_t count;
};

/* Comma, decimal point, a header, and the columns most programs ask for. */
void posting_defaults(struct posting *p);
/* Change the defaults to what the file says; columns, if it has any, replace all of them. False
 * after a complaint. */
bool posting_read(struct posting *p, const char *path, struct report *report);

/* A payout; borrowed texts. */
struct posting_row {
    const char *organiser, *organiser_name;
    int32_t run_day, execution_day;
    const char *provider, *business_id, *provider_name, *iban;
    const char *reference, *end_to_end_id;
    int64_t cents;
};

/* The stream remembers what fails. */
void posting_header(const struct posting *p, FILE *file); /* nothing where there is to be none */
void posting_line(const struct posting *p, const struct posting_row *row, FILE *file);

#endif
