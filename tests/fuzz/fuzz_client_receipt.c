/* Stored receipts come from anybody: whatever the bytes, no crash, and what verifies can be read.
 */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "saldo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1}; /* the corpus is signed with it, for ledger 0 */
    static const uint8_t ledger_id[16];
    uint8_t public_key[32];
    uint8_t secret_key[64];
    struct saldo_proof proof;
    struct saldo_answer answer;

    crypto_sign_seed_keypair(public_key, secret_key, seed);
    enum saldo_error e = saldo_receipt_verify(data, size, ledger_id, public_key, &proof);
    enum saldo_error first = saldo_receipt_answer(data, size, 0, &answer);
    if (e == SALDO_OK) {
        CHECK(proof.number >= proof.tree_first);
        CHECK(proof.number - proof.tree_first < proof.tree_count);
        CHECK((first == SALDO_OK) == (proof.answers > 0));
        CHECK(saldo_receipt_answer(data, size, proof.answers, &answer) == SALDO_ERROR_ARGUMENT);
    }
    CHECK(!saldo_receipt_covers(data, size, data, size)); /* a receipt is no request */
    return 0;
}
