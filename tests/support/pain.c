#include "tests/support/pain.h"

#include "tests/support/unit.h"

#include "calendar.h"

const struct pain_payment pain_example_payments[2] = {
    {"P1", "Kotihoiva Säde Oy", "FI2112345600000785", "RF341234561",
     "SLD2604020000000000000000001",
     24828},
    {"P2", "Östra hemvård & Co", "FI5850001510000026", "1234561", "SLD2604020000000000000000002",
     4400},
};

static bool example_payment(const void *arg, size_t index, struct pain_payment *out)
{
    (void)arg;
    *out = pain_example_payments[index];
    return true;
}

struct pain_run pain_example(void)
{
    struct pain_key key = {.organiser = "KAINUU",
                           .run_day = calendar_day((struct date){2026, 4, 2})};
    struct pain_run run = {
        .created_ms = calendar_instant_ms(calendar_day((struct date){2026, 4, 3}), 9 * 60),
        .execution_day = calendar_day((struct date){2026, 4, 7}),
        .name = "Kainuun hyvinvointialue",
        .iban = "FI2112345600000785",
        .count = 2,
        .cents = 29228,
        .payment = example_payment,
    };

    pain001_ids(&key, &run.ids);
    return run;
}

char *pain_written(const struct pain_run *run, enum pain_version version, size_t *len)
{
    char *bytes;
    FILE *file = open_memstream(&bytes, len);
    struct progress progress = {0};

    progress_start(&progress, "", run->count, true);
    assert_true(pain001_write(run, version, file, &progress));
    assert_int_equal(progress.done, run->count);
    fclose(file);
    return bytes;
}

char *pain_findings(const void *bytes, size_t len, struct pain_totals *totals)
{
    char *text;
    size_t text_len;
    struct report report = {.out = open_memstream(&text, &text_len), .file = "f"};
    struct pain_checker *checker = pain_checker_open(&report);
    bool clean = pain_check_bytes(checker, bytes, len, totals);

    assert_int_equal(clean, report.count == 0);
    pain_checker_close(checker);
    fclose(report.out);
    return text;
}
