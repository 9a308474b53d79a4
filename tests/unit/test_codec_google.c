/* The codec against Google's protobuf and a second reading of the rules, in Python.
 * tests/support/google_codec.py judges the same payloads and must come to the same verdicts. */
#include <sodium.h>
#include <unistd.h>

#include "base/bytes.h"
#include "codec.h"
#include "tests/support/dice.h"
#include "tests/support/mutate.h"
#include "tests/support/random_message.h"
#include "tests/support/unit.h"

enum { ARENA_BYTES = 8 << 20, MESSAGE_BYTES = 1 << 18, CASES = 6000, SKIPPED = 77 };

static struct arena arena;
static struct arena source;
static struct answer answers[LIMIT_BATCH_ITEMS];

/* What is judged: a payload of a purpose, or a decision (0). */
static const ProtobufCMessageDescriptor *type_of(int kind)
{
    switch (kind) {
    case PURPOSE_CHARGE:
        return &saldo__v1__charge_request__descriptor;
    case PURPOSE_QUERY:
        return &saldo__v1__query_request__descriptor;
    case 0:
        return &saldo__v1__decision__descriptor;
    default:
        return &saldo__v1__command_request__descriptor;
    }
}

static bool verdict(int kind, const uint8_t *bytes, size_t len)
{
    static const uint8_t key[16];
    struct request r;
    struct decision d;
    arena_reset(&arena);
    if (kind == 0)
        return codec_decision_read(bytes, len, &d, answers);
    return codec_decode((enum purpose)kind, bytes, len, key, &arena, &r);
}

static size_t make_case(struct dice *d, int kind, uint8_t *bytes)
{
    struct random_message random = {d, &source, dice_below(d, 3) == 0 ? 3 : 0};
    arena_reset(&source);
    ProtobufCMessage *m = random_message(&random, type_of(kind));
    assert_non_null(m);
    size_t len = protobuf_c_message_pack(m, bytes);
    return dice_below(d, 2) == 0 ? len : mutate(d, bytes, len);
}

/* kind(1) verdict(1) length(4) payload, one after another; returns how many were taken. */
static int write_cases(FILE *file)
{
    static uint8_t bytes[MESSAGE_BYTES + 256];
    struct dice d = dice_of_environment();
    int taken = 0;
    for (int i = 0; i < CASES; i++) {
        int kind = (int)dice_below(&d, 5);
        size_t len = make_case(&d, kind, bytes);
        bool good = verdict(kind, bytes, len);
        uint8_t head[6];
        struct writer w = {.bytes = head, .size = sizeof(head)};
        put_u8(&w, (uint8_t)kind);
        put_u8(&w, good);
        put_u32(&w, (uint32_t)len);
        assert_int_equal(fwrite(head, 1, w.len, file), w.len);
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        taken += good;
    }
    return taken;
}

/* The first interpreter that has the library: Debian's own may not be the first on the path. */
static const char *python(void)
{
    static const char *const names[] = {"python3", "/usr/bin/python3"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char line[128];
        snprintf(line, sizeof(line), "%s -c 'import google.protobuf' 2>/dev/null", names[i]);
        if (system(line) == 0)
            return names[i];
    }
    return NULL;
}

static const char *interpreter;

static void test_same_verdicts(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    char path[1024];
    char line[1200];
    snprintf(path, sizeof(path), "%s/saldo-codec-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_in_range(write_cases(file), CASES / 10, CASES - CASES / 10);
    assert_int_equal(fclose(file), 0);
    snprintf(line, sizeof(line), "%s tests/support/google_codec.py %s", interpreter, path);
    int rc = system(line);
    unlink(path);
    assert_int_equal(rc, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_verdicts)};
    interpreter = python();
    if (interpreter == NULL) {
        printf("python3-protobuf is not installed: nothing to compare with\n");
        return SKIPPED;
    }
    uint8_t *memory = malloc(2 * ARENA_BYTES);
    if (memory == NULL || sodium_init() < 0)
        return 1;
    arena_init(&arena, memory, ARENA_BYTES);
    arena_init(&source, memory + ARENA_BYTES, ARENA_BYTES);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
