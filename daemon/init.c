/* init.c - `saldod init`: a new ledger's directory, its keys, and its first entries. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "base/check.h"
#include "books.h"
#include "calendar.h"
#include "clock.h"
#include "commands.h"
#include "commit.h"
#include "exits.h"
#include "log.h"
#include "outcome.h"
#include "secret.h"

#define CLOCK_SKEW_MS 300000
#define COMMANDS_MAX  8

/* The keys of a client home. The administrator stands in the genesis; the rest are registered,
 * and only on a simulated ledger, where nobody else holds them. */
enum { ADMIN, SETTLEMENT, FINANCE1, FINANCE2, CASEWORKER, AUDITOR, HOME_KEYS };

static const struct {
    const char *name;
    Saldo__V1__Role role;
} home_keys[HOME_KEYS] = {
    [ADMIN] = {"admin", SALDO__V1__ROLE__ADMINISTRATOR},
    [SETTLEMENT] = {"settlement", SALDO__V1__ROLE__SETTLEMENT_JOB},
    [FINANCE1] = {"finance1", SALDO__V1__ROLE__FINANCE_OFFICER},
    [FINANCE2] = {"finance2", SALDO__V1__ROLE__FINANCE_OFFICER},
    [CASEWORKER] = {"caseworker", SALDO__V1__ROLE__CASE_WORKER},
    [AUDITOR] = {"auditor", SALDO__V1__ROLE__AUDITOR},
};

struct init {
    struct config config;
    bool simulated;
    const char *listen;
    const char *organiser;
    const char *organiser_name;
    const char *business_id;
    struct genesis genesis;
    struct secret ledger;
    struct secret transport;
    struct secret home[HOME_KEYS];
};

static bool fail(const char *what, const char *path)
{
    fprintf(stderr, "saldod init: %s: %s: %s\n", path, what, strerror(errno));
    return false;
}

/* ---- Files ---- */

static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good || fail("cannot be synced", path);
}

/* Exists and is empty, or is made. */
static bool take_directory(const char *path)
{
    if (mkdir(path, 0700) == 0)
        return true;
    DIR *dir = errno == EEXIST ? opendir(path) : NULL;
    if (dir == NULL)
        return fail("cannot be made", path);
    int entries = 0;
    while (readdir(dir) != NULL)
        entries++;
    closedir(dir);
    if (entries > 2) {
        fprintf(stderr, "saldod init: %s is not empty\n", path);
        return false;
    }
    return chmod(path, 0700) == 0 || fail("mode", path);
}

static bool make_directories(const struct init *in)
{
    static const char *const names[] = {"keys", "run", "home", "home/keys"};
    char path[CONFIG_TEXT_MAX];
    if (!take_directory(in->config.dir))
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        config_path(&in->config, names[i], path);
        if (mkdir(path, 0700) != 0)
            return fail("cannot be made", path);
    }
    return true;
}

static bool write_text(const struct init *in, const char *name, const char *text)
{
    char path[CONFIG_TEXT_MAX];
    config_path(&in->config, name, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail("cannot be made", path);
    size_t len = strlen(text);
    bool good = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    return (close(fd) == 0 && good) || fail("cannot be written", path);
}

static bool write_key(const struct init *in, const char *name, const struct secret *key)
{
    char path[CONFIG_TEXT_MAX];
    config_path(&in->config, name, path);
    enum fault f = secret_write(path, key);
    if (f != FAULT_NONE)
        fprintf(stderr, "saldod init: %s: %s\n", path, fault_text(f));
    return f == FAULT_NONE;
}

static bool make_keys(struct init *in)
{
    if (secret_make(&in->ledger) != FAULT_NONE || secret_make(&in->transport) != FAULT_NONE)
        return fail("keys cannot be locked in memory", in->config.dir);
    if (!write_key(in, "keys/ledger.key", &in->ledger) ||
        !write_key(in, "keys/transport.key", &in->transport))
        return false;
    int count = in->simulated ? HOME_KEYS : ADMIN + 1;
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "home/keys/%s.key", home_keys[i].name);
        if (secret_make(&in->home[i]) != FAULT_NONE || !write_key(in, name, &in->home[i]))
            return false;
    }
    return !in->simulated || write_key(in, "keys/settlement.key", &in->home[SETTLEMENT]);
}

/* Figures are served next to the clients' port, and on this machine only. */
static unsigned long monitor_port(const char *listen)
{
    const char *colon = strrchr(listen, ':');
    unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
    return port > 0 && port < UINT16_MAX ? port + 1 : 7448;
}

static bool write_daemon_conf(const struct init *in)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "# Settings of this ledger's saldod; see saldod.conf(5).\n"
             "[saldod]\n"
             "listen=%s\n"
             "monitor=127.0.0.1:%lu\n"
             "#workers=2\n"
             "#disk_free_min_mb=512\n"
             "#final_checkpoint=1\n"
             "#log_level=info\n"
             "%s",
             in->listen, monitor_port(in->listen),
             in->config.allow_unsafe_fs ? "allow_unsafe_fs=1\n" : "");
    return write_text(in, "saldod.conf", text);
}

/* Where a client on this machine connects to: an address for all interfaces is none to dial. */
static void endpoint_of(const char *listen, char out[CONFIG_TEXT_MAX])
{
    const char *colon = strrchr(listen, ':');
    bool any = strncmp(listen, "tcp://*:", 8) == 0 || strncmp(listen, "tcp://0.0.0.0:", 14) == 0;
    if (any)
        snprintf(out, CONFIG_TEXT_MAX, "tcp://127.0.0.1%s", colon);
    else
        snprintf(out, CONFIG_TEXT_MAX, "%s", listen);
}

static bool write_home_conf(const struct init *in)
{
    char text[1024];
    char endpoint[CONFIG_TEXT_MAX];
    char transport[2 * LIMIT_KEY_BYTES + 1];
    char id[2 * LEDGER_ID_BYTES + 1];
    char key[2 * LIMIT_KEY_BYTES + 1];
    endpoint_of(in->listen, endpoint);
    sodium_bin2hex(transport, sizeof(transport), in->transport.transport_key, LIMIT_KEY_BYTES);
    sodium_bin2hex(id, sizeof(id), in->genesis.ledger_id, LEDGER_ID_BYTES);
    sodium_bin2hex(key, sizeof(key), in->ledger.signing_key, LIMIT_KEY_BYTES);
    snprintf(text, sizeof(text),
             "[ledger]\nendpoint=%s\ntransport_key=%s\nledger_id=%s\nledger_key=%s\nsimulated=%d\n"
             "key=admin\n",
             endpoint, transport, id, key, in->simulated);
    return write_text(in, "home/saldo.conf", text);
}

/* ---- Entries ---- */

static void make_genesis(struct init *in)
{
    struct genesis *g = &in->genesis;
    *g = (struct genesis){
        .simulated = in->simulated, .clock_skew_ms = CLOCK_SKEW_MS, .created_ms = clock_now_ms()};
    randombytes_buf(g->ledger_id, sizeof(g->ledger_id));
    memcpy(g->ledger_key, in->ledger.signing_key, LIMIT_KEY_BYTES);
    memcpy(g->administrator_signing_key, in->home[ADMIN].signing_key, LIMIT_KEY_BYTES);
    memcpy(g->administrator_transport_key, in->home[ADMIN].transport_key, LIMIT_KEY_BYTES);
}

/* Commit what is in the group on its own; the journal must be open in this process only here. */
static bool commit_alone(struct init *in, struct journal *j, struct flow_group *g)
{
    struct commit c;
    bool good = commit_open(j, in->genesis.ledger_id, &in->ledger, &c) == FAULT_NONE &&
                commit_group(&c, g) == JOURNAL_OK;
    if (!good)
        fprintf(stderr, "saldod init: journal: %s\n", journal_error(j));
    commit_close(&c);
    return good;
}

static bool write_genesis(struct init *in, struct flow_group *g)
{
    const struct journal_options options = {.map_bytes = in->config.journal_map_bytes,
                                            .allow_unsafe_fs = in->config.allow_unsafe_fs};
    uint8_t bytes[GENESIS_BYTES];
    char path[CONFIG_TEXT_MAX];
    struct journal *j = NULL;
    struct hash leaf;
    size_t size;

    config_path(&in->config, "journal", path);
    if (journal_open(path, &options, &j) != FAULT_NONE) {
        fprintf(stderr, "saldod init: journal: %s\n", journal_error(NULL));
        return false;
    }
    make_genesis(in);
    genesis_write(&in->genesis, bytes);
    genesis_leaf(bytes, &leaf);
    const struct flow_entry e = {1, bytes, sizeof(bytes), flow_group_decision(g, &size), 0};
    flow_group_add(g, &e, &leaf);
    g->time_ms = in->genesis.created_ms;
    bool good = commit_alone(in, j, g);
    journal_close(j);
    return good;
}

struct commands {
    Saldo__V1__CommandRequest request;
    Saldo__V1__Command *list[COMMANDS_MAX];
    Saldo__V1__Command commands[COMMANDS_MAX];
    Saldo__V1__RegisterKey keys[COMMANDS_MAX];
    Saldo__V1__SetOrganiser organiser;
    uint8_t ids[COMMANDS_MAX][LIMIT_REQUEST_ID_BYTES];
};

static Saldo__V1__Command *add_command(struct commands *c, int64_t time_ms)
{
    size_t i = c->request.n_commands++;
    CHECK(i < COMMANDS_MAX);
    saldo__v1__command__init(&c->commands[i]);
    randombytes_buf(c->ids[i], sizeof(c->ids[i]));
    for (int byte = 0; byte < 6; byte++)
        c->ids[i][byte] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * byte));
    c->commands[i].request_id = (ProtobufCBinaryData){sizeof(c->ids[i]), c->ids[i]};
    c->list[i] = &c->commands[i];
    c->request.commands = c->list;
    return &c->commands[i];
}

static void add_key(struct commands *c, const struct init *in, int which, int64_t time_ms)
{
    Saldo__V1__Command *command = add_command(c, time_ms);
    Saldo__V1__RegisterKey *k = &c->keys[which];
    saldo__v1__register_key__init(k);
    k->signing_key =
        (ProtobufCBinaryData){LIMIT_KEY_BYTES, (uint8_t *)(uintptr_t)in->home[which].signing_key};
    k->transport_key =
        (ProtobufCBinaryData){LIMIT_KEY_BYTES, (uint8_t *)(uintptr_t)in->home[which].transport_key};
    k->owner = (char *)(uintptr_t)home_keys[which].name;
    k->role = home_keys[which].role;
    command->body_case = SALDO__V1__COMMAND__BODY_REGISTER_KEY;
    command->register_key = k;
}

static void add_organiser(struct commands *c, const struct init *in, int64_t time_ms)
{
    Saldo__V1__Command *command = add_command(c, time_ms);
    saldo__v1__set_organiser__init(&c->organiser);
    c->organiser.code = (char *)(uintptr_t)in->organiser;
    c->organiser.name = (char *)(uintptr_t)in->organiser_name;
    c->organiser.business_id = (char *)(uintptr_t)in->business_id;
    command->body_case = SALDO__V1__COMMAND__BODY_SET_ORGANISER;
    command->set_organiser = &c->organiser;
}

/* The administrator's signed request; the frame is the caller's to free. */
static uint8_t *sign_commands(const struct init *in, const struct commands *c, size_t *frame_len)
{
    struct envelope e = {.purpose = PURPOSE_COMMAND};
    uint8_t hash[LIMIT_HASH_BYTES];
    e.payload_len = saldo__v1__command_request__get_packed_size(&c->request);
    uint8_t *payload = malloc(e.payload_len);
    uint8_t *frame = malloc(envelope_size(e.payload_len));
    if (payload == NULL || frame == NULL) {
        free(payload);
        free(frame);
        return NULL;
    }
    saldo__v1__command_request__pack(&c->request, payload);
    e.payload = payload;
    envelope_key_id(in->home[ADMIN].signing_key, e.key_id);
    envelope_hash(payload, e.payload_len, hash);
    envelope_sign(e.purpose, in->genesis.ledger_id, hash, in->home[ADMIN].signing_secret,
                  e.signature);
    *frame_len = envelope_write(&e, frame, envelope_size(e.payload_len));
    free(payload);
    return frame;
}

static bool all_accepted(const struct answer *answers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (answers[i].code == OUTCOME_ACCEPTED)
            continue;
        fprintf(stderr, "saldod init: first entries: %s\n", outcome_text(answers[i].code));
        return false;
    }
    return true;
}

/* Entry 2, judged and applied as in service. */
static bool apply_commands(struct init *in, struct books *b, const uint8_t *frame, size_t frame_len,
                           int64_t time_ms, struct flow_group *g)
{
    static uint8_t memory[1 << 16];
    struct answer answers[COMMANDS_MAX];
    struct arena arena;
    struct envelope e;
    struct request request;
    struct hash payload;
    struct hash hash;
    struct hash leaf;
    size_t size;
    size_t len = 0;

    arena_init(&arena, memory, sizeof(memory));
    if (!envelope_parse(frame, frame_len, &e) ||
        !codec_decode(e.purpose, e.payload, e.payload_len, b->digest_key, &arena, &request)) {
        fprintf(stderr, "saldod init: a name or code has characters that are not allowed\n");
        return false;
    }
    memcpy(request.key_id, e.key_id, LIMIT_KEY_ID_BYTES);
    const struct ledger_entry entry = {b->last + 1, time_ms,
                                       time_ms == 0 ? 0 : calendar_local_day(time_ms), &request,
                                       LEDGER_LEVEL};
    flow_group_reset(g);
    uint8_t *decision = flow_group_decision(g, &size);
    if (apply_entry(b->ledger, &b->source, &entry, answers, decision, size, &len) != FAULT_NONE ||
        !all_accepted(answers, request.count))
        return false;
    envelope_hash(e.payload, e.payload_len, payload.bytes);
    merkle_request_hash(&e, &payload, &hash);
    merkle_leaf(&hash, decision, len, &leaf);
    const struct flow_entry added = {entry.number, frame, frame_len, decision, len};
    flow_group_add(g, &added, &leaf);
    g->time_ms = time_ms;
    return commit_alone(in, b->journal, g);
}

static bool write_entries(struct init *in, struct flow_group *g)
{
    char tables[CONFIG_TEXT_MAX];
    struct books b;
    int64_t time_ms = in->simulated ? 0 : clock_now_ms(); /* a simulated clock stands still */
    struct commands *c = calloc(1, sizeof(*c));
    size_t frame_len = 0;
    config_path(&in->config, "tables", tables);
    const struct books_options options = {.tables = tables, .verify = true};
    if (c == NULL || books_open(&in->config, &options, &b) != FAULT_NONE) {
        free(c);
        return false;
    }
    saldo__v1__command_request__init(&c->request);
    for (int i = SETTLEMENT; in->simulated && i < HOME_KEYS; i++)
        add_key(c, in, i, time_ms);
    if (in->organiser != NULL)
        add_organiser(c, in, time_ms);
    bool good = true;
    if (c->request.n_commands > 0) {
        uint8_t *frame = sign_commands(in, c, &frame_len);
        good = frame != NULL && apply_commands(in, &b, frame, frame_len, time_ms, g);
        free(frame);
    }
    books_close(&b);
    free(c);
    return good;
}

/* ---- The command ---- */

static int usage(void)
{
    fprintf(stderr, "usage: saldod init DIR [--simulated] [--listen ENDPOINT] [--allow-unsafe-fs]\n"
                    "       [--organiser CODE --organiser-name NAME --business-id ID]\n");
    return EXITS_USAGE;
}

static bool arguments(int argc, char **argv, struct init *in, const char **dir)
{
    static const struct option options[] = {
        {"simulated", no_argument, NULL, 's'},
        {"listen", required_argument, NULL, 'l'},
        {"organiser", required_argument, NULL, 'o'},
        {"organiser-name", required_argument, NULL, 'n'},
        {"business-id", required_argument, NULL, 'b'},
        {"allow-unsafe-fs", no_argument, NULL, 'u'},
        {NULL, 0, NULL, 0},
    };
    bool unsafe = false;
    int c;
    in->listen = "tcp://127.0.0.1:7447";
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 's')
            in->simulated = true;
        else if (c == 'l')
            in->listen = optarg;
        else if (c == 'o')
            in->organiser = optarg;
        else if (c == 'n')
            in->organiser_name = optarg;
        else if (c == 'b')
            in->business_id = optarg;
        else if (c == 'u')
            unsafe = true;
        else
            return false;
    }
    if (optind != argc - 1 || strncmp(in->listen, "tcp://", 6) != 0 || strlen(in->listen) > 200)
        return false;
    if ((in->organiser == NULL) != (in->organiser_name == NULL) ||
        (in->organiser == NULL) != (in->business_id == NULL)) {
        fprintf(stderr, "saldod: --organiser, --organiser-name and --business-id go together\n");
        return false;
    }
    *dir = argv[optind];
    if (config_defaults(*dir, &in->config) != FAULT_NONE)
        return false;
    in->config.allow_unsafe_fs = unsafe;
    return true;
}

static bool make_ledger(struct init *in)
{
    struct flow_group *g = flow_group_new();
    bool good = g != NULL && make_directories(in) && make_keys(in) && write_genesis(in, g) &&
                write_entries(in, g) && write_home_conf(in) && write_daemon_conf(in);
    flow_group_free(g);
    static const char *const synced[] = {"home/keys", "home", "keys", "run", "journal", "tables"};
    char path[CONFIG_TEXT_MAX];
    for (size_t i = 0; good && i < sizeof(synced) / sizeof(synced[0]); i++) {
        config_path(&in->config, synced[i], path);
        good = sync_directory(path);
    }
    config_path(&in->config, "..", path);
    return good && sync_directory(in->config.dir) && sync_directory(path);
}

/* getopt wants the program's name first: main() left the subcommand's there. */
int command_init(int argc, char **argv)
{
    const char *dir = NULL;
    struct init *in = command_harden() ? calloc(1, sizeof(*in)) : NULL;
    char id[2 * LEDGER_ID_BYTES + 1];
    if (in == NULL)
        return EXITS_START;
    log_level_set(LOG_LEVEL_WARNING);
    int code = EXITS_USAGE;
    if (!arguments(argc + 1, argv - 1, in, &dir)) {
        usage();
    } else if (!make_ledger(in)) {
        code = EXITS_START;
    } else {
        sodium_bin2hex(id, sizeof(id), in->genesis.ledger_id, LEDGER_ID_BYTES);
        printf("ledger %s%s\nserve it:  saldod run %s\nuse it:    SALDO_HOME=%s/home\n", id,
               in->simulated ? " (simulated)" : "", in->config.dir, in->config.dir);
        code = EXITS_OK;
    }
    sodium_memzero(in, sizeof(*in));
    free(in);
    return code;
}
