/* Payment files: runs built in memory, written, read back and held against the schemas, where they
 * are present. */
#include "tests/support/unit.h"

#include <malloc.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar.h"
#include "iso20022/charset.h"
#include "iso20022/xml.h"
#include "tests/support/pain.h"

static char *judged(const struct pain_run *run)
{
    char *text;
    size_t text_len;
    struct report report = {.out = open_memstream(&text, &text_len), .file = "f"};
    bool good = pain001_judge(run, &report);

    assert_int_equal(good, report.count == 0);
    fclose(report.out);
    return text;
}

static void assert_clean(const void *bytes, size_t len, size_t payments, int64_t cents)
{
    struct pain_totals totals;
    char *text = pain_findings(bytes, len, &totals);

    assert_string_equal(text, "");
    assert_int_equal(totals.payments, payments);
    assert_int_equal(totals.cents, cents);
    free(text);
}

/* The schema's path, or NULL with a message where the schemas are not here. */
static const char *schema(const char *name, char path[4096])
{
    const char *folder = getenv("SALDO_ISO20022");

    snprintf(path, 4096, "%s/xsd/%s", folder != NULL ? folder : "../shared/iso20022", name);
    if (access(path, R_OK) == 0)
        return path;
    print_message("skipped: no schema %s; SALDO_ISO20022 names its folder\n", path);
    return NULL;
}

/* xmllint's word on the bytes; nothing where the schema is missing. */
static void assert_valid(const void *bytes, size_t len, const char *schema_name)
{
    char path[4096], file[] = "/tmp/saldo_pain001_XXXXXX";
    const char *xsd = schema(schema_name, path);
    int status;

    if (xsd == NULL)
        return;
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("xmllint", "xmllint", "--nonet", "--noout", "--schema", xsd, file, NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    unlink(file);
    assert_int_equal(status, 0);
}

#define SCHEMA_03  "pain.001.001.03.xsd"
#define SCHEMA_09  "pain.001.001.09.xsd"
#define SCHEMA_EPC "EPC132-08_2025_V1.0_pain.001.001.09.xsd"

/* ---- Writing ------------------------------------------------------------------------------- */

static void test_example_20(void **state)
{
    static const char *const parts[] = {
        "<NbOfTxs>2</NbOfTxs>",
        "<CtrlSum>292.28</CtrlSum>",
        "<CreDtTm>2026-04-03T09:00:00+03:00</CreDtTm>",
        "<Dt>2026-04-07</Dt>",
        "<BtchBookg>true</BtchBookg>",
        "<ChrgBr>SLEV</ChrgBr>",
        "<InstdAmt Ccy=\"EUR\">248.28</InstdAmt>",
        "<Nm>Östra hemvård + Co</Nm>",
        "<Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp><Ref>RF341234561</Ref></CdtrRefInf>",
        "<Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>1234561</Ref></CdtrRefInf>",
    };
    struct pain_run run = pain_example();
    size_t len;
    char *bytes = pain_written(&run, PAIN_VERSION_09, &len);
    char *complaints = judged(&run);

    (void)state;
    assert_string_equal(complaints, "");
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(bytes, parts[i]) == NULL)
            fail_msg("%s is not in the file", parts[i]);
    assert_null(strstr(bytes, "PstlAdr"));
    assert_clean(bytes, len, 2, 29228);
    assert_valid(bytes, len, SCHEMA_09);
    assert_valid(bytes, len, SCHEMA_EPC);
    free(complaints);
    free(bytes);
}

static void test_version_03(void **state)
{
    struct pain_run run = pain_example();
    size_t len;
    char *bytes = pain_written(&run, PAIN_VERSION_03, &len);

    (void)state;
    assert_non_null(strstr(bytes, "<ReqdExctnDt>2026-04-07</ReqdExctnDt>"));
    assert_clean(bytes, len, 2, 29228);
    assert_valid(bytes, len, SCHEMA_03);
    free(bytes);
}

static void test_same_run_same_bytes(void **state)
{
    static const enum pain_version versions[] = {PAIN_VERSION_03, PAIN_VERSION_09};
    struct pain_run run = pain_example();

    (void)state;
    for (size_t i = 0; i < COUNT(versions); i++) {
        size_t first_len, second_len;
        char *first = pain_written(&run, versions[i], &first_len);
        char *second = pain_written(&run, versions[i], &second_len);
        assert_int_equal(first_len, second_len);
        assert_memory_equal(first, second, first_len);
        free(first);
        free(second);
    }
}

static void test_ids_tell_runs_apart(void **state)
{
    struct pain_key keys[] = {
        {{0}, "KAINUU", 20545}, {{1}, "KAINUU", 20545}, {{0}, "KAINUX", 20545},
        {{0}, "KAINUU", 20546}, {{0}, "", 20545},
    };
    struct pain_ids ids[COUNT(keys)];

    (void)state;
    for (size_t i = 0; i < COUNT(keys); i++) {
        pain001_ids(&keys[i], &ids[i]);
        assert_true(charset_id_valid(ids[i].message));
        assert_true(charset_id_valid(ids[i].information));
        assert_string_not_equal(ids[i].message + 4, ids[i].information + 4);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(ids[i].message, ids[j].message);
            assert_string_not_equal(ids[i].information, ids[j].information);
        }
    }
    /* banks keep them: they must never change */
    assert_string_equal(ids[0].message, "SLDM26040277VQBQWSK73BJJVCHHGX");
    assert_string_equal(ids[0].information, "SLDP260402GYOENRHEXHNOQZJKOYIR");
}

static bool nasty_payment(const void *arg, size_t index, struct pain_payment *out)
{
    struct pain_payment p = pain_example_payments[index];

    p.name = arg;
    *out = p;
    return true;
}

static void test_nasty_names_in_a_file(void **state)
{
    char long_name[201];
    const char *const names[] = {
        "A\x01\x02 <&> ]]> \"'",
        "Hoiva \xf0\x9f\x98\x80\xef\xbf\xbf",
        "\xff\xfe Oy",
        "--> <!DOCTYPE x>",
        "&amp;",
        long_name,
    };
    struct pain_run run = pain_example();

    (void)state;
    memset(long_name, 'x', 200);
    long_name[200] = '\0';
    run.payment = nasty_payment;
    for (size_t i = 0; i < COUNT(names); i++) {
        size_t len;
        run.arg = names[i];
        char *bytes = pain_written(&run, PAIN_VERSION_09, &len);
        assert_clean(bytes, len, 2, 29228);
        assert_valid(bytes, len, SCHEMA_EPC);
        free(bytes);
    }
}

/* ---- What no file is made of --------------------------------------------------------------- */

static bool one_payment(const void *arg, size_t index, struct pain_payment *out)
{
    *out = index == 0 ? *(const struct pain_payment *)arg : pain_example_payments[index];
    return true;
}

static void test_judge_payments(void **state)
{
    const struct pain_payment good = pain_example_payments[0];
    const struct {
        struct pain_payment p;
        const char *want;
    } table[] = {
        {{"P1", good.name, "FI2112345600000786", good.reference, good.end_to_end_id, 24828},
         "f:P1: \"FI2112345600000786\" is no account number"},
        {{"P1", "\x01\x02", good.iban, good.reference, good.end_to_end_id, 24828}, "is no name"},
        {{"P1", good.name, good.iban, "RF351234561", good.end_to_end_id, 24828}, "no reference"},
        {{"P1", good.name, good.iban, "1234562", good.end_to_end_id, 24828}, "no reference"},
        {{"P1", good.name, good.iban, "", good.end_to_end_id, 24828}, "no reference"},
        {{"P1", good.name, good.iban, good.reference, "äö", 24828}, "is no EndToEndId"},
        {{"P1", good.name, good.iban, good.reference, good.end_to_end_id, 0}, "cannot be paid"},
        {{"P1", good.name, good.iban, good.reference, good.end_to_end_id, -1}, "cannot be paid"},
        {{"P1", good.name, good.iban, good.reference, good.end_to_end_id, 100000000000},
         "cannot be paid"},
        {{"P1", good.name, good.iban, good.reference, good.end_to_end_id, 24827},
         "29228 cents were released, but the payments come to 29227"},
    };
    struct pain_run run = pain_example();

    (void)state;
    run.payment = one_payment;
    for (size_t i = 0; i < COUNT(table); i++) {
        run.arg = &table[i].p;
        char *text = judged(&run);
        if (strstr(text, table[i].want) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", text, table[i].want);
        free(text);
    }
}

static void test_judge_runs(void **state)
{
    struct pain_run runs[6];
    static const char *const want[COUNT(runs)] = {
        "is no account number", "is no name",    "2026-04-06 is no bank day",
        "0 payments",           "were released", "release is not known"};

    (void)state;
    for (size_t i = 0; i < COUNT(runs); i++)
        runs[i] = pain_example();
    runs[0].iban = "FI00";
    runs[1].name = "";
    runs[2].execution_day--; /* Easter Monday */
    runs[3].count = 0;
    runs[4].cents++;
    runs[5].created_ms = 0;
    for (size_t i = 0; i < COUNT(runs); i++) {
        char *text = judged(&runs[i]);
        if (strstr(text, want[i]) == NULL)
            fail_msg("\"%s\" lacks \"%s\"", text, want[i]);
        free(text);
    }
}

/* The writer of libxml2 says nothing about what no reader takes; ours does. */
static bool control_in_id(const void *arg, size_t index, struct pain_payment *out)
{
    struct pain_payment p = pain_example_payments[index];

    p.end_to_end_id = arg;
    *out = p;
    return true;
}

static void test_writer_refuses_what_xml_cannot_carry(void **state)
{
    static const char *const ids[] = {"A\x01", "A\xff", "A\nB", "A\xef\xbf\xbe"};
    struct pain_run run = pain_example();
    struct progress progress = {0};

    (void)state;
    run.payment = control_in_id;
    for (size_t i = 0; i < COUNT(ids); i++) {
        char *bytes;
        size_t len;
        FILE *file = open_memstream(&bytes, &len);
        run.arg = ids[i];
        progress_start(&progress, "", run.count, true);
        assert_false(pain001_write(&run, PAIN_VERSION_09, file, &progress));
        fclose(file);
        free(bytes);
    }
}

static void test_full_disk_is_a_failure(void **state)
{
    struct pain_run run = pain_example();
    struct progress progress = {0};
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(full);
    progress_start(&progress, "", run.count, true);
    assert_false(pain001_write(&run, PAIN_VERSION_09, full, &progress));
    fclose(full);
}

/* ---- Size ---------------------------------------------------------------------------------- */

enum { MANY = 100000 };

/* Bytes that are allocated now. Under the address sanitizer what was freed stays resident, so the
 * process's size would say nothing. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t held(void)
{
    if (__sanitizer_get_current_allocated_bytes != NULL)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static size_t most_held;

static void look(size_t index)
{
    if (index % 1000 == 0 && held() > most_held)
        most_held = held();
}

static bool many_payment(const void *arg, size_t index, struct pain_payment *out)
{
    static char id[PAIN_ID_BYTES];
    struct pain_payment p = pain_example_payments[0];

    (void)arg;
    look(index);
    snprintf(id, sizeof(id), "SLD260402%020zu", index);
    p.end_to_end_id = id;
    p.cents = (int64_t)index + 1;
    *out = p;
    return true;
}

static void look_at_element(void *arg, const struct xml_element *e)
{
    size_t *elements = arg;

    (void)e;
    look((*elements)++);
}

static void test_many_payments_in_bounded_memory(void **state)
{
    struct pain_run run = pain_example();
    struct progress progress = {0};
    struct report report = {.out = stderr, .file = "many"};
    struct pain_totals totals;
    size_t elements = 0;
    const struct xml_handler looking = {NULL, look_at_element, &elements};
    char path[] = "/tmp/saldo_pain001_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w+");

    (void)state;
    assert_non_null(file);
    run.payment = many_payment;
    run.count = MANY;
    run.cents = INT64_C(1) * MANY * (MANY + 1) / 2;
    size_t before = most_held = held();
    assert_true(pain001_judge(&run, &report));
    progress_start(&progress, "", run.count, true);
    assert_true(pain001_write(&run, PAIN_VERSION_09, file, &progress));
    size_t to_write = most_held - before;
    long size = ftell(file);
    fclose(file);
    most_held = before;
    assert_true(xml_read_file(path, &looking, &report));
    size_t to_read = most_held - before;
    struct pain_checker *checker = pain_checker_open(&report);
    assert_true(pain_check_file(checker, path, &totals));
    size_t ids = held() - before;
    pain_checker_close(checker);
    unlink(path);
    assert_int_equal(totals.payments, MANY);
    assert_int_equal(totals.cents, run.cents);
    print_message("%d payments, %ld bytes of file: %zu bytes held to write, %zu to read, %zu for "
                  "the ids\n",
                  MANY, size, to_write, to_read, ids);
    assert_true(size > 40000000);
    assert_true(to_write < 100000); /* whatever the size of the file */
    assert_true(to_read < 1000000);
    assert_true(ids < 24 * 4 * MANY); /* 24 bytes an id, in a table that doubles */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_payments_in_bounded_memory),
        cmocka_unit_test(test_example_20),
        cmocka_unit_test(test_version_03),
        cmocka_unit_test(test_same_run_same_bytes),
        cmocka_unit_test(test_ids_tell_runs_apart),
        cmocka_unit_test(test_nasty_names_in_a_file),
        cmocka_unit_test(test_judge_payments),
        cmocka_unit_test(test_judge_runs),
        cmocka_unit_test(test_writer_refuses_what_xml_cannot_carry),
        cmocka_unit_test(test_full_disk_is_a_failure),
    };

    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
