/* order.c - orders given in a scene, with one field changed. */
#include "tests/support/unit.h"

#include "tests/support/keys.h"
#include "tests/support/order.h"
#include "tests/support/words.h"

/* ---- The scene ---------------------------------------------------------------------------------
 */

static char *hex(struct scene *s, const uint8_t *bytes, size_t len)
{
    char *text = arena_alloc(&s->arena, 2 * len + 1);
    assert_non_null(text);
    for (size_t i = 0; i < len; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

/* What a $name stands for. */
static const char *meant(struct scene *s, const char *name)
{
    struct test_key pair;
    uint8_t line[LIMIT_HASH_BYTES] = {0};
    if (strcmp(name, "delete") == 0)
        return hex(s, s->to_delete, sizeof(s->to_delete));
    if (strcmp(name, "review") == 0)
        return hex(s, s->to_review, sizeof(s->to_review));
    if (strcmp(name, "credit") == 0)
        return hex(s, s->to_credit, sizeof(s->to_credit));
    if (strncmp(name, "line", 4) == 0) {
        line[0] = (uint8_t)name[4];
        return hex(s, line, sizeof(line));
    }
    if (strcmp(name, "payees") == 0) {
        office_payees(s->w, COUNTY, NIGHT, line);
        return hex(s, line, sizeof(line));
    }
    test_key(name, &pair);
    if (strcmp(name, "P3") == 0) /* whose key is revoked */
        return hex(s, pair.id, sizeof(pair.id));
    return hex(s, pair.public, sizeof(pair.public));
}

ProtobufCMessage *scene_words(struct scene *s, const ProtobufCMessageDescriptor *type,
                              const char *text)
{
    char words[2048];
    size_t len = 0;
    arena_reset(&s->arena);
    for (const char *at = text; *at != '\0';) {
        size_t plain = strcspn(at, "$");
        int put = snprintf(words + len, sizeof(words) - len, "%.*s", (int)plain, at);
        at += plain;
        len += (size_t)put;
        if (*at == '$') {
            char name[32];
            size_t end = strcspn(++at, " ");
            snprintf(name, sizeof(name), "%.*s", (int)end, at);
            at += end;
            len += (size_t)snprintf(words + len, sizeof(words) - len, "%s", meant(s, name));
        }
        assert_true(len < sizeof(words));
    }
    words[len] = '\0';
    return words_read(type, &s->arena, words);
}

ProtobufCMessage *order_message(struct scene *s, const struct order *o)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field(&saldo__v1__command__descriptor, (unsigned)o->body);
    return scene_words(s, f->descriptor, o->words);
}

static void outsiders(struct world *w)
{
    office_elsewhere(w);
    EXPECT(ACCEPTED, town_key(w, ADMIN,
                              &(struct key_of){.name = "admin-kymi",
                                               .role = SALDO__V1__ROLE__ADMINISTRATOR,
                                               .organiser = "kymi"}));
    EXPECT(ACCEPTED, town_key(w, ADMIN,
                              &(struct key_of){.name = "settlement-kymi",
                                               .role = SALDO__V1__ROLE__SETTLEMENT_JOB,
                                               .organiser = "kymi"}));
}

/* The morning after a night with charges of P1 and P2: a run waits to be signed. */
struct scene scene_made(void)
{
    struct scene s = {.w = office_morning(false), .memory = malloc(1 << 16)};
    struct charge_of c;
    assert_non_null(s.memory);
    memcpy(s.to_credit, town_last_id(), sizeof(s.to_credit)); /* 50.00 of P2 */
    arena_init(&s.arena, s.memory, 1 << 16);
    outsiders(s.w);
    town_service(s.w, &(struct service_of){
                          .code = "tarkastus", .unit = SALDO__V1__UNIT__PIECE, .review = true});
    town_price(s.w, &(struct price_of){.provider = "P1", .service = "tarkastus", .cents = 1});
    for (int32_t digits = 4; digits <= 8; digits++)
        town_voucher(s.w, &(struct voucher_of){
                              digits, {"sentti", "tarkastus"}, .amount = 100000, .whole = true});
    town_time(s.w, at(2026, 4, 1, 12, 0));
    c = cents_of(town_number(1), at(2026, 3, 30, 9, 0), 50);
    assert_int_equal(town_charge(s.w, &c).code, OUTCOME_ACCEPTED);
    memcpy(s.to_delete, town_last_id(), sizeof(s.to_delete));
    c = cents_of(town_number(8), at(2026, 3, 30, 9, 0), 50);
    c.service = "tarkastus";
    assert_int_equal(town_charge(s.w, &c).code, OUTCOME_ACCEPTED);
    memcpy(s.to_review, town_last_id(), sizeof(s.to_review));
    return s;
}

struct scene scene_stored(void)
{
    struct scene s = scene_made();
    EXPECT(ACCEPTED, office_prepare(s.w, SIGN(FINANCE_1, 2, 12600)));
    EXPECT(ACCEPTED, office_release(s.w, SIGN(FINANCE_2, 2, 12600)));
    EXPECT(ACCEPTED, office_bank(s.w, (struct event){.kind = KIND(UNMATCHED),
                                                     .line = '1',
                                                     .cents = 500,
                                                     .booked = on(2026, 4, 1)}));
    EXPECT(ACCEPTED, town_credit(s.w, &(struct credit_of){
                                          .provider = "P2", .id = s.to_credit, .cents = 100}));
    town_time(s.w, s.w->now_ms + 3600000);
    world_checkpoint(s.w);
    world_checkpoint(s.w);
    return s;
}

void scene_free(struct scene *s)
{
    free(s->memory);
    town_free(s->w);
}

/* ---- What is asked of each ----------------------------------------------------------------------
 */

static enum outcome send(struct scene *s, const struct order *o, const char *key,
                         ProtobufCMessage *m)
{
    return town_command(s->w, key, o->body, m);
}

static enum outcome with(struct scene *s, const struct order *o, const char *field,
                         const char *value)
{
    ProtobufCMessage *m = order_message(s, o);
    printf("body %d: %s=%s\n", (int)o->body, field, value); /* of the one that fails, the last */
    words_set(m, &s->arena, field, value);
    return send(s, o, o->key, m);
}

static void refuse(struct scene *s, const struct order *o, const struct field *f,
                   const char *const *values, size_t count, enum outcome want)
{
    for (size_t i = 0; i < count && values[i] != NULL; i++) {
        enum outcome got = with(s, o, f->name, values[i]);
        if (got != want)
            fail_msg("body %d with %s=%s: %s instead of %s", (int)o->body, f->name, values[i],
                     outcome_name((int)got), outcome_name((int)want));
    }
}

static void edges(struct scene *s, const struct order *o, const struct field *f)
{
    const char *const *right = field_values[f->kind].right;
    for (size_t i = 0; !f->dated && i < FIELD_VALUES && right[i] != NULL; i++)
        if (with(s, o, f->name, right[i]) == OUTCOME_FIELD_INVALID)
            fail_msg("body %d with %s=%s is right", (int)o->body, f->name, right[i]);
}

static void play(struct scene *s, const struct order *o)
{
    for (const struct field *f = o->fields; f < o->fields + FIELDS_MAX && f->name != NULL; f++) {
        const struct field_values *v = &field_values[f->kind];
        refuse(s, o, f, v->wrong, FIELD_VALUES, OUTCOME_FIELD_INVALID);
        refuse(s, o, f, f->wrong, EXTRA_MAX, OUTCOME_FIELD_INVALID);
        if (f->unknown != NONE)
            refuse(s, o, f, &v->unknown, 1, f->unknown);
    }
    if (o->outsider != NULL)
        EXPECT(SCOPE_NOT_ALLOWED, send(s, o, o->outsider, order_message(s, o)));
    expect_outcome(send(s, o, o->key, order_message(s, o)), o->outcome, __FILE__, (int)o->body);
    for (const struct field *f = o->fields; f < o->fields + FIELDS_MAX && f->name != NULL; f++)
        edges(s, o, f);
    assert_true(world_compare(s->w));
}

void orders_play(struct scene *s, const struct order *orders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        play(s, &orders[i]);
}
