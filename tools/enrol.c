#include "enrol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "base/limits.h"
#include "envelope.h"
#include "outcome.h"
#include "progress.h"
#include "text.h"

/* ---- One key ------------------------------------------------------------------------------- */

static bool find_role(const char *name, Saldo__V1__Role *role)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value_by_name(&saldo__v1__role__descriptor, name);

    if (v == NULL || v->value == SALDO__V1__ROLE__ROLE_NONE)
        return false;
    *role = (Saldo__V1__Role)v->value;
    return true;
}

static int bad_role(const char *name)
{
    return tool_fail(TOOL_USAGE,
                     "--role: \"%s\" is none of PROVIDER CASE_WORKER FINANCE_OFFICER "
                     "SETTLEMENT_JOB AUDITOR ADMINISTRATOR",
                     name);
}

int enrol_key(struct tool *tool, const struct enrolment *e)
{
    struct enrolment copy = *e; /* the message's fields are not const */
    Saldo__V1__RegisterKey key = SALDO__V1__REGISTER_KEY__INIT;
    Saldo__V1__Command command = SALDO__V1__COMMAND__INIT;

    if (!find_role(e->role, &key.role))
        return bad_role(e->role);
    key.signing_key = (ProtobufCBinaryData){sizeof(copy.signing_key), copy.signing_key};
    key.transport_key = (ProtobufCBinaryData){sizeof(copy.transport_key), copy.transport_key};
    key.owner = tool_lend(e->owner);
    if (e->organiser != NULL)
        key.organiser = tool_lend(e->organiser);
    command.body_case = SALDO__V1__COMMAND__BODY_REGISTER_KEY;
    command.register_key = &key;
    return session_act(tool, NULL, &command);
}

/* ---- All providers of an import ---------------------------------------------------------------
 */

static int provider_key(struct session *s, const char *id, uint8_t signing[32],
                        uint8_t transport[32])
{
    enum saldo_error error = saldo_key_public(s->tool->home, id, signing, transport);

    if (error == SALDO_ERROR_KEY && errno == ENOENT)
        error = saldo_keygen(s->tool->home, id, signing, transport);
    if (error == SALDO_OK)
        return TOOL_OK;
    return tool_fail(TOOL_USAGE, "keys/%s.key: %s: %s", id, saldo_error_text(error),
                     strerror(errno));
}

/* What one registration needs to stay in place until it is sent. */
struct registration {
    Saldo__V1__Command command;
    Saldo__V1__RegisterKey key;
    uint8_t id[16];
    uint8_t signing[32];
    uint8_t transport[32];
};

static int prepare(struct session *s, const char *id, struct registration *r)
{
    int rc = provider_key(s, id, r->signing, r->transport);

    if (rc != TOOL_OK)
        return rc;
    session_id(s, r->id);
    saldo__v1__command__init(&r->command);
    saldo__v1__register_key__init(&r->key);
    r->key.signing_key = (ProtobufCBinaryData){sizeof(r->signing), r->signing};
    r->key.transport_key = (ProtobufCBinaryData){sizeof(r->transport), r->transport};
    r->key.owner = tool_lend(id);
    r->key.role = SALDO__V1__ROLE__PROVIDER;
    r->command.request_id = (ProtobufCBinaryData){sizeof(r->id), r->id};
    r->command.body_case = SALDO__V1__COMMAND__BODY_REGISTER_KEY;
    r->command.register_key = &r->key;
    return TOOL_OK;
}

static int register_all(struct session *s, const char *const *ids, size_t count,
                        struct registration *list)
{
    Saldo__V1__Command **commands = tool_alloc(count, sizeof(Saldo__V1__Command *));
    struct saldo_answer *answers = tool_alloc(count, sizeof(*answers));
    int rc = TOOL_OK;

    for (size_t i = 0; i < count && rc == TOOL_OK; i++) {
        rc = prepare(s, ids[i], &list[i]);
        commands[i] = &list[i].command;
    }
    if (rc == TOOL_OK)
        rc = session_commands(s, &(struct session_commands){.list = commands, .count = count},
                              answers);
    for (size_t i = 0; i < count && rc == TOOL_OK; i++)
        if (answers[i].code != OUTCOME_ACCEPTED)
            rc = tool_fail(TOOL_REFUSED, "the key of %s: %s: %s", ids[i],
                           outcome_name(answers[i].code), outcome_text(answers[i].code));
    free(answers);
    free(commands);
    return rc;
}

int enrol_providers_keys(struct session *s, const char *const *ids, size_t count)
{
    size_t most = count < SALDO_BATCH_MAX ? count : SALDO_BATCH_MAX;
    struct registration *list = tool_alloc(most, sizeof(*list));
    struct progress progress;
    int rc = TOOL_OK;

    progress_start(&progress, "keys", count, s->tool->quiet);
    for (size_t at = 0; at < count && rc == TOOL_OK; at += most) {
        size_t n = count - at < most ? count - at : most;
        rc = register_all(s, ids + at, n, list);
        progress_add(&progress, n);
    }
    progress_end(&progress);
    free(list);
    return rc;
}

/* ---- The subcommand ----------------------------------------------------------------------------
 */

int run_enrol(struct tool *tool, int argc, char **argv)
{
    struct enrolment e = {.role = "PROVIDER"};
    const char *name = NULL, *signing = NULL, *transport = NULL;
    const struct argument table[] = {
        {"OWNER", ARGUMENT_TEXT, &e.owner, "a provider's id, or a login name", 0, 0},
        {"--name", ARGUMENT_TEXT, &name, "the key is keys/NAME.key of the home", 0, "NAME"},
        {"--signing", ARGUMENT_TEXT, &signing, "or its public halves, made elsewhere", 0, "HEX"},
        {"--transport", ARGUMENT_TEXT, &transport, "both in hexadecimal", 0, "HEX"},
        {"--role", ARGUMENT_TEXT, &e.role, "PROVIDER unless given", 0, "ROLE"},
        {"--organiser", ARGUMENT_TEXT, &e.organiser, "only for this organiser", 0, "CODE"},
    };
    enum arguments_result parsed = arguments_parse(
        tool,
        &(struct arguments){"enrol", "Register a key with the ledger, by the administrator's key.",
                            table, sizeof(table) / sizeof(table[0])},
        argc, argv);

    if (parsed != ARGUMENTS_GO)
        return arguments_exit(parsed);
    bool halves = signing != NULL && transport != NULL;
    if (halves == (name != NULL) || (signing != NULL) != (transport != NULL))
        return tool_fail(TOOL_USAGE, "enrol: give --name, or both --signing and --transport");
    if (halves && (!text_unhex(signing, e.signing_key, sizeof(e.signing_key)) ||
                   !text_unhex(transport, e.transport_key, sizeof(e.transport_key))))
        return tool_fail(TOOL_USAGE, "enrol: a public half is 64 hexadecimal digits");
    if (!halves && saldo_key_public(tool->home, name, e.signing_key, e.transport_key) != SALDO_OK)
        return tool_fail(TOOL_USAGE, "keys/%s.key: %s", name, strerror(errno));
    return enrol_key(tool, &e);
}
