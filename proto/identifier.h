/* identifier.h - check digits: voucher numbers, business ids, IBANs, reference numbers.
 *
 * Pure; any thread. Texts need not end in NUL. */
#ifndef PROTO_IDENTIFIER_H
#define PROTO_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "0123456789ABCDEFHJKLMNPRSTUVWXY"[digits mod 31] after nine digits. */
bool identifier_voucher_valid(const char *text, size_t len);
/* The nine digits of a valid number, -1 otherwise. */
int32_t identifier_voucher_digits(const char *text, size_t len);
/* Writes ten characters and NUL. digits 0..999999999. */
void identifier_voucher_write(int32_t digits, char text[11]);

bool identifier_business_id_valid(const char *text, size_t len); /* 2077474-0 */
/* Without spaces; a Finnish one has 18 characters and a check digit in its account number. */
bool identifier_iban_valid(const char *text, size_t len);
/* National: 4 to 20 digits; leading zeros are padding. */
bool identifier_reference_valid(const char *text, size_t len);
bool identifier_rf_valid(const char *text, size_t len); /* ISO 11649 */

#endif
