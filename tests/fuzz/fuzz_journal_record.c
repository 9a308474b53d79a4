/* Values of the journal's databases, as a reader or an audit finds them on a bad disk: whatever is
 * taken for a record or a head points only into itself and is written again to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "journal/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again_record(const struct journal_record *r, const uint8_t *data, size_t size)
{
    CHECK(record_size(r) == size);
    uint8_t *again = malloc(size);
    CHECK(again != NULL);
    record_write(r, again, size);
    CHECK(again[0] == JOURNAL_LEVEL); /* whatever the level was, this program writes its own */
    CHECK(data[0] == r->level && data[0] <= JOURNAL_LEVEL);
    CHECK(memcmp(again + 1, data + 1, size - 1) == 0);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const MDB_val value = store_view(data, size);
    struct journal_record r = {.number = 1};
    struct stored_head head;
    uint8_t again[RECORD_HEAD_BYTES];
    uint64_t number;
    if (record_read(&value, &r))
        again_record(&r, data, size);
    if (head_read(&value, &head)) {
        head_write(&head, again);
        CHECK(size == sizeof(again) && memcmp(again, data, size) == 0);
    }
    if (number_read(&value, &number)) {
        number_write(number, again);
        CHECK(size == RECORD_NUMBER_BYTES && memcmp(again, data, size) == 0);
    }
    return 0;
}
