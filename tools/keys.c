/* saldo keys, keygen, revoke - the keys that sign requests. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "enrol.h"
#include "envelope.h"
#include "pager.h"
#include "text.h"

/* ---- keys ------------------------------------------------------------------------------------ */

static void write_key_row(struct output *o, const Saldo__V1__KeyInfo *k)
{
    const ProtobufCEnumValue *role =
        protobuf_c_enum_descriptor_get_value(&saldo__v1__role__descriptor, (int)k->role);

    output_hex(o, k->key_id.data, k->key_id.len < 64 ? k->key_id.len : 64);
    output_text(o, k->owner);
    output_text(o, role != NULL ? role->name : "?");
    output_text(o, k->organiser);
    output_time(o, k->valid_from_ms);
    output_time(o, k->valid_to_ms);
    output_flag(o, k->revoked);
}

static int write_keys(struct session *s, void *arg)
{
    static const char *const columns[] = {"key_id",     "owner",    "role",   "organiser",
                                          "valid_from", "valid_to", "revoked"};
    Saldo__V1__KeysQuery query = SALDO__V1__KEYS_QUERY__INIT;
    const Saldo__V1__KeyInfo *k;
    struct pager pager;
    struct output *o =
        output_open(stdout, s->tool->format, &(struct output_shape){columns, 7, false});

    (void)arg;
    pager_ask_keys(&pager, s, &query);
    while ((k = pager_key(&pager)) != NULL)
        write_key_row(o, k);
    int rc = pager_end(&pager);
    int written = tool_written(output_close(o));
    return rc != TOOL_OK ? rc : written;
}

int run_keys(struct tool *tool, int argc, char **argv)
{
    enum arguments_result parsed = arguments_parse(
        tool, &(struct arguments){"keys", "The keys that the ledger knows.", NULL, 0}, argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    return session_ask(tool, write_keys, NULL);
}

/* ---- keygen ---------------------------------------------------------------------------------- */

static int write_key(const struct tool *tool, const char *name, const struct enrolment *e)
{
    static const char *const columns[] = {"name", "key_id", "signing", "transport"};
    uint8_t id[LIMIT_KEY_ID_BYTES];
    struct output *o = output_open(stdout, tool->format, &(struct output_shape){columns, 4, true});

    envelope_key_id(e->signing_key, id);
    output_text(o, name);
    output_hex(o, id, sizeof(id));
    output_hex(o, e->signing_key, sizeof(e->signing_key));
    output_hex(o, e->transport_key, sizeof(e->transport_key));
    return tool_written(output_close(o));
}

static int not_made(const char *name)
{
    int why = errno;

    if (why == EEXIST)
        return tool_fail(TOOL_USAGE,
                         "keys/%s.key is there already, and a key is never overwritten: choose "
                         "another name; saldo enrol registers a key that is there",
                         name);
    if (why == EINVAL)
        return tool_fail(TOOL_USAGE,
                         "keygen: \"%s\" is no name of a key: it has 1 to 64 of A-Z a-z 0-9 . _ - "
                         "and does not begin with a dot",
                         name);
    return tool_fail(TOOL_USAGE, "keys/%s.key cannot be written: %s", name, strerror(why));
}

int run_keygen(struct tool *tool, int argc, char **argv)
{
    struct enrolment e = {.role = "PROVIDER"};
    const char *name;
    const struct argument table[] = {
        {"NAME", ARGUMENT_TEXT, &name, "the key becomes keys/NAME.key of the home", 0, 0},
        {"--register", ARGUMENT_TEXT, &e.owner,
         "also register it, for a provider's id or a login name", 0, "OWNER"},
        {"--role", ARGUMENT_TEXT, &e.role, "PROVIDER unless given", 0, "ROLE"},
        {"--organiser", ARGUMENT_TEXT, &e.organiser, "only for this organiser", 0, "CODE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"keygen", "Make a key; its secret half never leaves the file.", table,
                            sizeof(table) / sizeof(table[0])},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    enum saldo_error error = saldo_keygen(tool->home, name, e.signing_key, e.transport_key);
    if (error != SALDO_OK)
        return not_made(name);
    int rc = write_key(tool, name, &e);
    return rc == TOOL_OK && e.owner != NULL ? enrol_key(tool, &e) : rc;
}

/* ---- revoke ---------------------------------------------------------------------------------- */

int run_revoke(struct tool *tool, int argc, char **argv)
{
    Saldo__V1__RevokeKey revoke = SALDO__V1__REVOKE_KEY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;
    uint8_t id[LIMIT_KEY_ID_BYTES];
    const char *hex;
    const struct argument table[] = {
        {"KEYID", ARGUMENT_TEXT, &hex, "16 hexadecimal digits, see saldo keys", 0, 0},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"revoke", "From now on nothing signed with the key is accepted.", table,
                            1},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    if (!text_unhex(hex, id, sizeof(id)))
        return tool_fail(TOOL_USAGE, "revoke: \"%s\" is not a key id of 16 hexadecimal digits",
                         hex);
    revoke.key_id = (ProtobufCBinaryData){sizeof(id), id};
    command.body_case = SALDO__V1__COMMAND__BODY_REVOKE_KEY;
    command.revoke_key = &revoke;
    return session_act(tool, NULL, &command);
}
