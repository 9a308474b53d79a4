/* The CSV reader: a row is a file, the rows read from it and the complaints about it. */
#include "tests/support/unit.h"

#include "csv.h"

/* Reads the bytes; rows become "field|field;" and complaints stay as they are written. */
static void read_all(const void *bytes, size_t len, char **rows, char **complaints)
{
    size_t rows_len, complaints_len;
    FILE *to = open_memstream(rows, &rows_len);
    FILE *out = open_memstream(complaints, &complaints_len);
    struct report report = {.out = out, .file = "f"};
    struct csv_reader *csv = csv_reader_from(bytes, len, &report);
    struct csv_row row;

    while (csv != NULL && csv_reader_next(csv, &row)) {
        fprintf(to, "%zu:", row.line);
        for (size_t i = 0; i < row.count; i++)
            fprintf(to, "%s%s", i > 0 ? "|" : "", row.fields[i]);
        fputc(';', to);
    }
    csv_reader_close(csv);
    fclose(to);
    fclose(out);
}

struct table {
    const char *bytes;
    const char *rows;
    const char *complaint; /* a part of them; NULL: there is none */
    size_t len;            /* 0: up to the NUL */
};

static void check(const struct table *t)
{
    char *rows, *complaints;

    read_all(t->bytes, t->len > 0 ? t->len : strlen(t->bytes), &rows, &complaints);
    assert_string_equal(rows, t->rows);
    if (t->complaint == NULL)
        assert_string_equal(complaints, "");
    else if (strstr(complaints, t->complaint) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", complaints, t->complaint);
    free(rows);
    free(complaints);
}

static void test_good_files(void **state)
{
    static const struct table table[] = {
        {"a,b\n1,2\n3,4\n", "2:1|2;3:3|4;", NULL, 0},
        {"a,b\r\n1,2\r\n", "2:1|2;", NULL, 0},
        {"a,b\n1,2", "2:1|2;", NULL, 0},
        {"a,b\n1,2\r", "2:1|2;", NULL, 0},
        {"a,b\n,\n", "2:|;", NULL, 0},
        {"a,b\n\n1,2\n\r\n", "3:1|2;", NULL, 0},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "2:1|2;", NULL, 0},
        {"a,b\n\"1,5\",\"say \"\"no\"\"\"\n", "2:1,5|say \"no\";", NULL, 0},
        {"a,b\n\"one\ntwo\",2\n3,4\n", "2:one\ntwo|2;4:3|4;", NULL, 0},
        {"a,b\n\"\",\"\"\n", "2:|;", NULL, 0},
        {"a,b\n\"\"\"\",2\n", "2:\"|2;", NULL, 0},
        {"a,b\n1,\"2\"", "2:1|2;", NULL, 0},
        {"a\nP\xc3\xa4iv\xc3\xa4\xf0\x9f\x98\x80\n", "2:P\xc3\xa4iv\xc3\xa4\xf0\x9f\x98\x80;", NULL,
         0},
        {"a,b", "", NULL, 0},
        {" a , b \n 1 , 2 \n", "2: 1 | 2 ;", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        check(&table[i]);
}

/* Each complaint has its line, and the lines after it are read. */
static void test_bad_lines(void **state)
{
    static const struct table table[] = {
        {"a,b\n1\n3,4\n", "3:3|4;", "f:2: 1 fields, but the header line names 2", 0},
        {"a,b\n1,2,3\n3,4\n", "3:3|4;", "f:2: 3 fields", 0},
        {"a,b\n1,x\"y\n3,4\n", "3:3|4;", "f:2: a quote stands inside", 0},
        {"a,b\n\"1\"x,2\n3,4\n", "3:3|4;", "f:2: text follows a closing quote", 0},
        {"a,b\n1,\"2\n3,4\n", "3:3|4;", "f:2: a quote is opened and not closed", 0},
        {"a,b\n1,\"2\"\"\n3,4\n", "3:3|4;", "f:2: a quote is opened and not closed", 0},
        {"a,b\n1\r,2\n3,4\n", "3:3|4;", "f:2: a carriage return stands alone", 0},
        {"a,b\n1,\0\n3,4\n", "3:3|4;", "f:2: a NUL byte", 12},
        {"a,b\n1,\"x\n\0\"\n3,4\n", "4:3|4;", "f:2: a NUL byte", 16},
        {"a,b\n1,\xe4\n3,4\n", "3:3|4;", "f:2: not UTF-8", 0},
        {"a,b\n1,\xc0\xaf\n3,4\n", "3:3|4;", "f:2: not UTF-8", 0},
        {"a,b\n1,\xed\xa0\x80\n3,4\n", "3:3|4;", "f:2: not UTF-8", 0},
        {"a,b\n1,\xf4\x90\x80\x80\n3,4\n", "3:3|4;", "f:2: not UTF-8", 0},
        {"a,b\n1,\"x\n\xc3\"\n3,4\n", "4:3|4;", "f:2: not UTF-8", 0},
        {"a,b\n1,2\n3\n\n4,5,6\n7,8\n", "2:1|2;6:7|8;", "f:5: 3 fields", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        check(&table[i]);
}

static void test_no_header(void **state)
{
    static const struct table table[] = {
        {"", "", "f:1: the first line must name the columns", 0},
        {"\n1,2\n", "", "f:1: the first line must name the columns", 0},
        {"\r\n1,2\n", "", "f:1: the first line must name the columns", 0},
        {"\xef\xbb\xbf", "", "f:1: the first line must name the columns", 0},
        {"a,\"b\n1,2\n", "", "f:1: a quote is opened and not closed", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        check(&table[i]);
}

/* A line of `len` bytes of x as the first of two fields. */
static char *long_line(size_t len, const char *open, const char *close)
{
    char *bytes = calloc(len + 64, 1);
    assert_non_null(bytes);
    char *to = stpcpy(stpcpy(bytes, "a,b\n"), open);

    memset(to, 'x', len);
    strcpy(to + len, close);
    strcat(bytes, ",2\n3,4\n");
    return bytes;
}

static void test_long_lines(void **state)
{
    static const char *const quotes[] = {"", "\""};

    (void)state;
    for (size_t i = 0; i < COUNT(quotes); i++) {
        char *rows, *complaints;
        char *fits = long_line(CSV_ROW_BYTES_MAX - 10, quotes[i], quotes[i]);
        read_all(fits, strlen(fits), &rows, &complaints);
        assert_string_equal(complaints, "");
        assert_string_equal(strrchr(rows, 'x') + 1, "|2;3:3|4;");
        free(rows);
        free(complaints);
        free(fits);

        char *over = long_line(CSV_ROW_BYTES_MAX * 3, quotes[i], quotes[i]);
        read_all(over, strlen(over), &rows, &complaints);
        assert_memory_equal(complaints, "f:2: ", 5);
        assert_string_equal(rows, "3:3|4;");
        free(rows);
        free(complaints);
        free(over);
    }
}

static void test_many_fields(void **state)
{
    char bytes[2 * (CSV_FIELDS_MAX + 2)];
    char *rows, *complaints;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < CSV_FIELDS_MAX; i++)
        len += (size_t)sprintf(bytes + len, "%sa", i > 0 ? "," : "");
    read_all(bytes, len, &rows, &complaints);
    assert_string_equal(complaints, "");
    free(rows);
    free(complaints);
    len += (size_t)sprintf(bytes + len, ",a");
    read_all(bytes, len, &rows, &complaints);
    assert_string_equal(complaints, "f:1: the line has more than 64 fields\n");
    free(rows);
    free(complaints);
}

static void test_missing_file(void **state)
{
    char *complaints;
    size_t len;
    FILE *out = open_memstream(&complaints, &len);
    struct report report = {.out = out, .file = "nowhere.csv"};

    (void)state;
    assert_null(csv_reader_open("tests/pilot/nowhere.csv", &report));
    report.file = "folder";
    assert_null(csv_reader_open("tests/pilot", &report));
    assert_int_equal(report.count, 2);
    fclose(out);
    assert_non_null(strstr(complaints, "nowhere.csv: cannot be read: No such file"));
    assert_non_null(strstr(complaints, "folder: not a plain file"));
    free(complaints);
}

/* Whatever the bytes are, the reader ends, and every byte it hands out is its own. */
static void test_every_cut(void **state)
{
    static const char whole[] = "\xef\xbb\xbf"
                                "a,b\r\n\"x,\"\"y\"\"\r\n\",P\xc3\xa4\n,\"\"\n";

    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        char *rows, *complaints;
        read_all(whole, len, &rows, &complaints);
        free(rows);
        free(complaints);
    }
    for (size_t at = 0; at + 1 < sizeof(whole); at++) {
        char copy[sizeof(whole)];
        char *rows, *complaints;
        memcpy(copy, whole, sizeof(whole));
        copy[at] = "\"\n\r,\0\xff"[at % 6];
        read_all(copy, sizeof(copy) - 1, &rows, &complaints);
        free(rows);
        free(complaints);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_files),  cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_no_header),   cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_many_fields), cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
