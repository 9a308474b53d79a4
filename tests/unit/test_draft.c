/* Drafts: a file that is there whole, or not at all. */
#include "tests/support/unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "tests/support/folder.h"
#include "tool.h"

struct fixture {
    char *folder;
    char path[4096];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    f->folder = folder_make();
    snprintf(f->path, sizeof(f->path), "%s/file.xml", f->folder);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    folder_remove(f->folder);
    free(f);
    return 0;
}

static struct draft *draft_of(const struct fixture *f, const char *text)
{
    struct draft *d = draft_open(f->path);

    assert_non_null(d);
    fputs(text, draft_file(d));
    return d;
}

static size_t files_in(const char *folder)
{
    DIR *d = opendir(folder);
    size_t count = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        count += e->d_name[0] != '.';
    closedir(d);
    return count;
}

static void assert_holds(const struct fixture *f, const char *want)
{
    char text[64] = "";
    FILE *file = fopen(f->path, "r");

    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof(text) - 1, file), strlen(want));
    assert_string_equal(text, want);
    fclose(file);
    assert_int_equal(files_in(f->folder), 1);
}

static void test_appears_when_published(void **state)
{
    struct fixture *f = *state;
    struct draft *d = draft_of(f, "one");
    struct stat st;

    assert_int_equal(access(f->path, F_OK), -1);
    assert_int_equal(draft_publish(d, DRAFT_SAME), TOOL_OK);
    assert_holds(f, "one");
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_dropped_leaves_nothing(void **state)
{
    struct fixture *f = *state;

    draft_drop(draft_of(f, "one"));
    draft_drop(NULL);
    assert_int_equal(files_in(f->folder), 0);
}

static void test_same_bytes_only(void **state)
{
    static const char *const others[] = {"two", "on", "ones", ""};
    struct fixture *f = *state;

    assert_int_equal(draft_publish(draft_of(f, "one"), DRAFT_SAME), TOOL_OK);
    assert_int_equal(draft_publish(draft_of(f, "one"), DRAFT_SAME), TOOL_OK);
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_int_equal(draft_publish(draft_of(f, others[i]), DRAFT_SAME), TOOL_INPUT);
        assert_holds(f, "one");
    }
    assert_int_equal(draft_publish(draft_of(f, "two"), DRAFT_REPLACE), TOOL_OK);
    assert_holds(f, "two");
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    char path[4200];

    snprintf(path, sizeof(path), "%s/none/file.xml", f->folder);
    assert_null(draft_open(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_appears_when_published, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dropped_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_bytes_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
