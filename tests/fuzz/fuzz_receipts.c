/* The folder of receipts that an audit is given, with one file in it: it is a receipt of this
 * ledger, or a finding, or none of the audit's business. */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/receipts.h"
#include "base/check.h"
#include "saldo.h"
#include "tests/support/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *folder;
static int fd = -1;

static void remove_folder(void)
{
    folder_remove(folder);
}

static void prepare(void)
{
    char path[4096];
    folder = folder_make();
    CHECK(atexit(remove_folder) == 0);
    CHECK(snprintf(path, sizeof(path), "%s/receipt", folder) < (int)sizeof(path));
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1}; /* the corpus is signed with it, for ledger 0 */
    static const uint8_t ledger_id[16];
    uint8_t public_key[32], secret_key[64];
    struct receipts receipts = {0};
    struct flaws flaws = {0};
    struct saldo_proof proof;
    if (fd < 0)
        prepare();
    CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
    CHECK(ftruncate(fd, (off_t)size) == 0);
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    const struct receipts_ledger ledger = {ledger_id, public_key};
    CHECK(receipts_read(&receipts, folder, &ledger, &flaws) == 0);
    CHECK(receipts.files + receipts.others == 1);
    CHECK(receipts.count + flaws.total == receipts.files);
    const bool proves = saldo_receipt_verify(data, size, ledger_id, public_key, &proof) == SALDO_OK;
    CHECK(receipts.count == proves);
    CHECK(!proves || receipts.highest == proof.number);
    receipts_end(&receipts, 0, &flaws); /* a journal without an entry: what is proved is missing */
    CHECK(flaws.total == receipts.files);
    receipts_free(&receipts);
    flaws_free(&flaws);
    return 0;
}
