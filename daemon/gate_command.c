/* gate_command.c - `saldod gate`: what front.c starts. Reads its own key and the endpoints. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "exits.h"
#include "front.h"
#include "gate/gate.h"
#include "log.h"
#include "secret.h"

static bool transport_secret(const struct config *c, uint8_t out[LIMIT_KEY_BYTES])
{
    struct secret key;
    char path[CONFIG_TEXT_MAX];
    config_path(c, "keys/transport.key", path);
    enum fault f = secret_read(path, &key);
    if (f != FAULT_NONE) {
        log_error("key-file path=%s fault=\"%s\"", path, fault_text(f));
        return false;
    }
    memcpy(out, key.transport_secret, LIMIT_KEY_BYTES);
    secret_wipe(&key);
    return true;
}

int command_gate(int argc, char **argv)
{
    struct config config;
    struct gate_options o = {0};
    const char *listen[CONFIG_LISTEN_MAX];
    char error[CONFIG_TEXT_MAX];
    char link[CONFIG_TEXT_MAX];
    size_t len = 0;

    if (argc != 3)
        return EXITS_USAGE;
    if (!command_harden() || config_read(argv[0], &config, error) != FAULT_NONE)
        return EXITS_START;
    if (sodium_hex2bin(o.incarnation, sizeof(o.incarnation), argv[1], strlen(argv[1]), NULL, &len,
                       NULL) != 0 ||
        len != sizeof(o.incarnation))
        return EXITS_USAGE;
    log_level_set((enum log_level)config.log_level);
    o.parent = (int)strtol(argv[2], NULL, 10);
    for (uint32_t i = 0; i < config.listen_count; i++)
        listen[i] = config.listen[i];
    o.listen = listen;
    o.listen_count = config.listen_count;
    o.ipc = config.ipc[0] == '\0' ? NULL : config.ipc;
    front_link(&config, link);
    o.link = link;
    if (sodium_mlock(o.transport_secret, sizeof(o.transport_secret)) != 0 ||
        !transport_secret(&config, o.transport_secret))
        return EXITS_START;
    int code = gate_run(&o);
    sodium_munlock(o.transport_secret, sizeof(o.transport_secret));
    return code == 0 ? EXITS_OK : EXITS_START;
}
