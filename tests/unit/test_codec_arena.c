/* codec_arena_size() is enough for whatever the limits allow. */
#include <sodium.h>

#include "codec.h"
#include "tests/support/command.h"
#include "tests/support/unit.h"

/* Does a request decode in just as much memory as it may need? */
static bool fits(const uint8_t *bytes, size_t len)
{
    static const uint8_t key[16];
    struct request r;
    struct arena arena;
    void *memory = malloc(codec_arena_size(len));
    assert_non_null(memory);
    arena_init(&arena, memory, codec_arena_size(len));
    bool good = codec_decode(PURPOSE_COMMAND, bytes, len, key, &arena, &r);
    free(memory);
    return good;
}

static char *text_of_length(size_t len)
{
    static char text[LIMIT_TEXT_BYTES + 2];
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

/* The worst there is: conversions into four vouchers, each with as many services as make
 * protobuf-c ask for one more slab, and the services' names of 0 bytes and more. */
static void test_arena_size_suffices(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 18];
    static Saldo__V1__GrantVoucher grant;
    static Saldo__V1__ConvertVoucher convert;
    for (size_t services = 0; services <= LIMIT_VOUCHER_SERVICES; services++) {
        for (size_t text_len = 0; text_len <= LIMIT_CODE_BYTES; text_len += 8) {
            char *names[LIMIT_VOUCHER_SERVICES];
            Saldo__V1__GrantVoucher *into[LIMIT_CONVERT_INTO];
            Saldo__V1__Command *commands[20];
            saldo__v1__grant_voucher__init(&grant);
            saldo__v1__convert_voucher__init(&convert);
            for (size_t i = 0; i < services; i++)
                names[i] = text_of_length(text_len);
            grant.services = names;
            grant.n_services = services;
            for (size_t i = 0; i < COUNT(into); i++)
                into[i] = &grant;
            convert.into = into;
            convert.n_into = COUNT(into);
            for (size_t i = 0; i < COUNT(commands); i++)
                commands[i] = command_of(SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER, &convert);
            size_t len = pack_request(bytes, commands, COUNT(commands));
            assert_true(fits(bytes, len));
        }
    }
}

/* And the most that fits into one request. */
static void test_arena_size_suffices_in_full(void **state)
{
    (void)state;
    static Saldo__V1__Command *commands[LIMIT_BATCH_ITEMS];
    Saldo__V1__GrantVoucher grant = SALDO__V1__GRANT_VOUCHER__INIT;
    Saldo__V1__ConvertVoucher convert = SALDO__V1__CONVERT_VOUCHER__INIT;
    Saldo__V1__Value value = SALDO__V1__VALUE__INIT;
    Saldo__V1__GrantVoucher *into[LIMIT_CONVERT_INTO] = {&grant, &grant, &grant, &grant};
    char *services[LIMIT_VOUCHER_SERVICES];

    for (size_t i = 0; i < COUNT(services); i++)
        services[i] = "s";
    grant.number = grant.organiser = grant.client = grant.decision = "a";
    grant.cost_code = grant.reserved_for = "a";
    grant.unit_value_cents = &value;
    grant.services = services;
    grant.n_services = COUNT(services);
    convert.into = into;
    convert.n_into = COUNT(into);
    for (size_t i = 0; i < COUNT(commands); i++)
        commands[i] = command_of(SALDO__V1__COMMAND__BODY_CONVERT_VOUCHER, &convert);
    uint8_t *bytes = malloc(LIMIT_REQUEST_BYTES);
    size_t one = saldo__v1__command__get_packed_size(commands[0]) + 3; /* its tag and length */
    size_t count = LIMIT_REQUEST_BYTES / one;
    assert_in_range(count, 1, COUNT(commands));
    size_t len = pack_request(bytes, commands, count);
    assert_in_range(len, LIMIT_REQUEST_BYTES / 10 * 9, LIMIT_REQUEST_BYTES);
    assert_true(fits(bytes, len));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_size_suffices),
        cmocka_unit_test(test_arena_size_suffices_in_full),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
