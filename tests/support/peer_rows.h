/* peer_rows.h - a county and its charges as SQL, for a database that does what Saldo does.
 *
 * The tables are those of tests/bench/peers/schema.sql. Commands are taken after Saldo accepted
 * them, in order, so nothing is judged here. One thread. */
#ifndef TESTS_SUPPORT_PEER_ROWS_H
#define TESTS_SUPPORT_PEER_ROWS_H

#include <stdint.h>
#include <stdio.h>

#include "codec.h"
#include "request.h"
#include "saldo.pb-c.h"

/* Holidays and bank days of the years, from 1 January on. */
void peer_rows_calendar(FILE *sql, int32_t from_year, int32_t to_year);

/* What an accepted command changed, as statements. Commands that no charge is judged by write
 * nothing: payouts, accounts, the bank. Those that change charges already made (review, deletion,
 * credit, nights) end the process: the peer has none of that. */
void peer_rows_command(FILE *sql, const Saldo__V1__Command *c, int64_t time_ms);

/* A charge as a line for COPY offered. */
struct peer_charge {
    uint64_t n;
    uint64_t batch;
    int64_t time_ms;
    const uint8_t *key_id;
    const struct charge *charge;
};
void peer_rows_charge(FILE *copy, const struct peer_charge *p);

/* Its answer as a line for COPY expected. */
void peer_rows_answer(FILE *copy, uint64_t n, const struct answer *a);

#endif
