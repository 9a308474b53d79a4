/* bad_client.c - whatever a client may send, while others work and must not notice.
 *
 * usage: bad_client SALDOD DIR     SEED from the environment
 *
 * DIR is a real ledger as ledger.sh makes it, with the key "caseworker". Every bad frame gets its
 * documented code or is dropped (the table of tests/README.md), the daemon and its gate stay what
 * they are, and the others get all their answers. Exit code 0: all is well. */
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "calendar.h"
#include "clock.h"
#include "identifier.h"
#include "outcome.h"
#include "tests/support/bad.h"

/* ---- Signatures ---- */

static void bad_signatures(struct bad *b)
{
    const struct {
        const char *name;
        struct hostile *over;
        struct hostile_signing how;
        int want;
    } cases[] = {
        {"a good signature",
         &b->p1,
         {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_VOUCHER_UNKNOWN},
        {"signed for another purpose",
         &b->p1,
         {&b->p1.key, PURPOSE_CHARGE, PURPOSE_COMMAND},
         OUTCOME_BAD_SIGNATURE},
        {"an unknown key over a known connection",
         &b->p1,
         {&b->stranger, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_BAD_SIGNATURE},
        {"another owner's key",
         &b->p1,
         {&b->p2, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_BAD_SIGNATURE},
        {"a revoked key of one's own",
         &b->p1,
         {&b->revoked, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_BAD_SIGNATURE},
        {"an expired key",
         &b->expired,
         {&b->expired.key, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_BAD_SIGNATURE},
        {"the purpose of a head",
         &b->p1,
         {&b->p1.key, PURPOSE_HEAD, PURPOSE_HEAD},
         OUTCOME_BAD_FRAME},
        {"a purpose that there is not", &b->p1, {&b->p1.key, 9, PURPOSE_CHARGE}, OUTCOME_BAD_FRAME},
        {"a charge by a case worker",
         &b->caseworker,
         {&b->caseworker.key, PURPOSE_CHARGE, PURPOSE_CHARGE},
         OUTCOME_ROLE_NOT_ALLOWED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bad_send_charge(b, cases[i].over, &cases[i].how);
        bad_expect(b, cases[i].over, cases[i].name, cases[i].want);
    }
    for (uint32_t at = 0; at < 64; at += 9) { /* a bit of the signature, which stands at the end */
        size_t len = bad_good_frame(b);
        b->frame[len - 1 - at] ^= (uint8_t)(1U << dice_below(&b->dice, 8));
        CHECK(hostile_send(&b->p1, b->frame, len));
        bad_expect(b, &b->p1, "a wrong signature", OUTCOME_BAD_SIGNATURE);
    }
}

/* ---- Roles ---- */

static size_t grant_payload(uint8_t payload[PAYLOAD_MAX])
{
    static char *services[] = {"visit"};
    Saldo__V1__CommandRequest r = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    Saldo__V1__GrantVoucher g = SALDO__V1__GRANT_VOUCHER__INIT;
    Saldo__V1__Command *list[] = {&c};
    char number[11];
    uint8_t id[16];
    bad_id(id);
    identifier_voucher_write(NOWHERE, number);
    g.number = number;
    g.organiser = "county";
    g.client = "A00001";
    g.kind = SALDO__V1__VOUCHER_KIND__BALANCE;
    g.services = services;
    g.n_services = 1;
    g.amount_cents = 100;
    g.period = SALDO__V1__PERIOD__WHOLE;
    g.valid_from = calendar_local_day(clock_now_ms());
    g.valid_to = g.valid_from + 10;
    c.request_id = (ProtobufCBinaryData){sizeof(id), id};
    c.body_case = SALDO__V1__COMMAND__BODY_GRANT_VOUCHER;
    c.grant_voucher = &g;
    r.n_commands = 1;
    r.commands = list;
    CHECK(saldo__v1__command_request__get_packed_size(&r) <= PAYLOAD_MAX);
    return saldo__v1__command_request__pack(&r, payload);
}

static void wrong_roles(struct bad *b)
{
    uint8_t payload[PAYLOAD_MAX];
    const struct hostile_signing provider = {&b->p1.key, PURPOSE_COMMAND, PURPOSE_COMMAND};
    const struct hostile_signing scoped = {&b->scoped.key, PURPOSE_COMMAND, PURPOSE_COMMAND};
    size_t len = grant_payload(payload);
    bad_send(b, &b->p1, &provider, payload, len);
    bad_expect(b, &b->p1, "a grant by a provider", OUTCOME_ROLE_NOT_ALLOWED);
    len = grant_payload(payload);
    bad_send(b, &b->scoped, &scoped, payload, len);
    bad_expect(b, &b->scoped, "a grant for another organiser", OUTCOME_SCOPE_NOT_ALLOWED);
}

/* ---- Again, and in another order ---- */

static void again(struct bad *b)
{
    uint8_t payload[PAYLOAD_MAX];
    uint8_t id[16];
    struct hostile p2;
    const struct hostile_signing how = {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    bad_id(id);
    size_t len = bad_charge(id, 1000, 0, payload);
    bad_send(b, &b->p1, &how, payload, len);
    bad_expect(b, &b->p1, "a charge", OUTCOME_VOUCHER_UNKNOWN);
    for (int i = 0; i < 3; i++) {
        bad_send(b, &b->p1, &how, payload, len);
        bad_expect(b, &b->p1, "the same frame again", DUPLICATE + OUTCOME_VOUCHER_UNKNOWN);
    }
    hostile_open(&p2, b->home, "P2", false);
    CHECK(hostile_connected(&p2, WAIT_MS));
    bad_send(b, &p2, &how, payload, len);
    bad_expect(b, &p2, "the same frame over another's connection", OUTCOME_BAD_SIGNATURE);
    hostile_close(&p2);

    len = bad_charge(id, 2000, 0, payload);
    bad_send(b, &b->p1, &how, payload, len);
    bad_expect(b, &b->p1, "the id with other content", OUTCOME_ID_CONFLICT);
    saldo_request_id_at(clock_now_ms() + HOUR_MS, id);
    len = bad_charge(id, 1000, 0, payload);
    bad_send(b, &b->p1, &how, payload, len);
    bad_expect(b, &b->p1, "an id of the future", OUTCOME_CLOCK_SKEW);
}

/* Ids give no order: frames may arrive in any, and each gets its own answer. */
static void reordered(struct bad *b)
{
    enum { FRAMES = 16 };
    uint8_t payload[FRAMES][PAYLOAD_MAX];
    size_t len[FRAMES];
    const struct hostile_signing how = {&b->p1.key, PURPOSE_CHARGE, PURPOSE_CHARGE};
    struct hostile_reply r;
    bool seen[FRAMES] = {false};
    for (int i = 0; i < FRAMES; i++) {
        uint8_t id[16];
        saldo_request_id_at(clock_now_ms() - FRAMES + i, id);
        len[i] = bad_charge(id, 1000, 0, payload[i]);
    }
    uint64_t first = b->p1.correlation + 1;
    for (int i = FRAMES - 1; i >= 0; i--)
        bad_send(b, &b->p1, &how, payload[i], len[i]);
    for (int i = 0; i < FRAMES; i++) {
        int got = DROPPED;
        if (hostile_receive(&b->p1, WAIT_MS, &r) && r.correlation - first < FRAMES &&
            !seen[r.correlation - first]) {
            got = bad_code(&r);
            seen[r.correlation - first] = true;
        }
        bad_judge(b, "frames in another order", got, OUTCOME_VOUCHER_UNKNOWN);
    }
}

/* ---- The keys of the story ---- */

static void command(struct saldo *admin, Saldo__V1__Command__BodyCase body, void *message)
{
    Saldo__V1__CommandRequest r = SALDO__V1__COMMAND_REQUEST__INIT;
    Saldo__V1__Command c = SALDO__V1__COMMAND__INIT;
    Saldo__V1__Command *list[] = {&c};
    uint8_t payload[PAYLOAD_MAX];
    uint8_t id[16];
    struct saldo_answer answer;
    bad_id(id);
    c.request_id = (ProtobufCBinaryData){sizeof(id), id};
    c.body_case = body;
    c.void_voucher = message; /* all members of the oneof are pointers */
    r.n_commands = 1;
    r.commands = list;
    CHECK(saldo__v1__command_request__get_packed_size(&r) <= sizeof(payload));
    size_t len = saldo__v1__command_request__pack(&r, payload);
    CHECK(saldo_command(admin, payload, len, false, &answer, 1) == SALDO_OK);
    CHECK(answer.code == OUTCOME_ACCEPTED);
}

static void enrol(struct bad *b, struct saldo *admin, const char *name, Saldo__V1__RegisterKey *key)
{
    uint8_t sign[32];
    uint8_t transport[32];
    CHECK(saldo_keygen(b->home, name, sign, transport) == SALDO_OK);
    key->signing_key = (ProtobufCBinaryData){sizeof(sign), sign};
    key->transport_key = (ProtobufCBinaryData){sizeof(transport), transport};
    command(admin, SALDO__V1__COMMAND__BODY_REGISTER_KEY, key);
}

static void read_key(const struct bad *b, const char *name, struct client_key *out)
{
    struct client_detail d = {.text = ""};
    CHECK(client_key_read(b->home, name, out, &d) == SALDO_OK);
}

static void make_keys(struct bad *b)
{
    Saldo__V1__SetOrganiser other = SALDO__V1__SET_ORGANISER__INIT;
    Saldo__V1__RegisterKey expired = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__RegisterKey revoked = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__RegisterKey scoped = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__RevokeKey revoke = SALDO__V1__REVOKE_KEY__INIT;
    const struct saldo_options options = {.home = b->home, .key = "admin"};
    uint8_t sign[32];
    uint8_t transport[32];
    struct saldo *admin;
    CHECK(saldo_open(&options, &admin) == SALDO_OK);
    other.code = "other";
    other.name = "Other county";
    command(admin, SALDO__V1__COMMAND__BODY_SET_ORGANISER, &other);
    expired.owner = revoked.owner = "P1";
    expired.role = revoked.role = SALDO__V1__ROLE__PROVIDER;
    expired.valid_from_ms = clock_now_ms() - 2 * HOUR_MS;
    expired.valid_to_ms = clock_now_ms() - HOUR_MS;
    enrol(b, admin, "expired", &expired);
    enrol(b, admin, "revoked", &revoked);
    scoped.owner = "scoped";
    scoped.role = SALDO__V1__ROLE__CASE_WORKER;
    scoped.organiser = "other";
    enrol(b, admin, "scoped", &scoped);
    read_key(b, "revoked", &b->revoked);
    revoke.key_id = (ProtobufCBinaryData){LIMIT_KEY_ID_BYTES, b->revoked.key_id};
    command(admin, SALDO__V1__COMMAND__BODY_REVOKE_KEY, &revoke);
    saldo_close(admin);
    CHECK(saldo_keygen(b->home, "stranger", sign, transport) == SALDO_OK);
    read_key(b, "stranger", &b->stranger);
    read_key(b, "P2", &b->p2);
}

/* ---- Connections ---- */

static void connections(struct bad *b)
{
    static const struct {
        const char *key;
        bool admitted;
    } cases[] = {{"P1", true}, {"expired", true}, {"revoked", false}, {"stranger", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hostile h;
        hostile_open(&h, b->home, cases[i].key, false);
        bool connected = hostile_connected(&h, cases[i].admitted ? WAIT_MS : 1500);
        bad_judge(b, cases[i].key, connected ? 0 : DROPPED, cases[i].admitted ? 0 : DROPPED);
        hostile_close(&h);
    }
}

static void open_all(struct bad *b)
{
    hostile_open(&b->p1, b->home, "P1", false);
    hostile_open(&b->caseworker, b->home, "caseworker", false);
    hostile_open(&b->scoped, b->home, "scoped", false);
    hostile_open(&b->expired, b->home, "expired", false);
    CHECK(hostile_connected(&b->p1, WAIT_MS) && hostile_connected(&b->caseworker, WAIT_MS));
    CHECK(hostile_connected(&b->scoped, WAIT_MS) && hostile_connected(&b->expired, WAIT_MS));
}

static void all_cases(struct bad *b)
{
    open_all(b);
    connections(b);
    bad_frames(b);
    bad_signatures(b);
    wrong_roles(b);
    again(b);
    reordered(b);
    hostile_close(&b->p1);
    hostile_close(&b->caseworker);
    hostile_close(&b->scoped);
    hostile_close(&b->expired);
}

/* Nobody else may notice anything, and nobody may have died. */
static void judge_others(struct bad *b, pid_t gate, uint64_t answered)
{
    int status;
    uint64_t timeouts = clients_timeouts(b->clients);
    if (live_ended(&b->live, &status) || live_gate(&b->live) != gate) {
        fprintf(stderr, "WRONG: the daemon or its gate died\n");
        b->wrong++;
    }
    if (timeouts > 0 || answered < 100) {
        fprintf(stderr, "WRONG: the others got %" PRIu64 " answers and %" PRIu64 " timeouts\n",
                answered, timeouts);
        b->wrong++;
    }
}

int main(int argc, char **argv)
{
    static struct bad b;
    const char *text = getenv("SEED");
    if (argc != 3 || sodium_init() < 0) {
        fprintf(stderr, "usage: bad_client SALDOD DIR\n");
        return 2;
    }
    uint64_t seed =
        text == NULL || text[0] == '\0' ? randombytes_random() : strtoull(text, NULL, 0);
    printf("SEED=%" PRIu64 "\n", seed);
    b.dice = (struct dice){seed};
    snprintf(b.home, sizeof(b.home), "%s/home", argv[2]);
    CHECK((b.frame = malloc(FRAME_MAX)) != NULL);
    live_init(&b.live, argv[1], argv[2]);
    live_start(&b.live);
    CHECK(live_wait_ready(&b.live, WAIT_MS));
    make_keys(&b);
    const struct clients_options o = {
        .home = b.home, .seed = seed, .providers = 3, .pause_us = 4000, .attempt_ms = WAIT_MS};
    b.clients = clients_new(&o);
    clients_connect(b.clients);
    pid_t gate = live_gate(&b.live);
    all_cases(&b);
    if (!clients_rest(b.clients, WAIT_MS))
        b.wrong++;
    uint64_t answered = clients_answered(b.clients);
    judge_others(&b, gate, answered);
    clients_free(b.clients);
    if (live_stop(&b.live, WAIT_MS) != 0)
        b.wrong++;
    printf("%u bad things tried, %u wrong; beside them %" PRIu64 " requests were answered\n",
           b.tried, b.wrong, answered);
    free(b.frame);
    return b.wrong == 0 ? 0 : 1;
}
