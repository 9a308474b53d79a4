/* manifest.h - what a backup says of itself: MANIFEST in its folder.
 *
 * INI, one section [saldo-backup], written last: a folder without it is no backup. The hashes
 * find bytes that have rotted; who made the journal is for the heads' signatures to say. */
#ifndef TOOLS_BACKUP_MANIFEST_H
#define TOOLS_BACKUP_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesis.h"
#include "merkle.h"

enum { MANIFEST_FORMAT = 1, MANIFEST_LINE_BYTES = 160 };

enum manifest_file { MANIFEST_JOURNAL, MANIFEST_TABLES, MANIFEST_CONF, MANIFEST_FILES };
extern const char
    *const manifest_names[MANIFEST_FILES]; /* below the folder of a backup or ledger */

struct manifest {
    uint8_t ledger_id[LEDGER_ID_BYTES];
    uint8_t ledger_key[LIMIT_KEY_BYTES];
    bool simulated;
    int64_t made_ms;    /* UTC */
    uint64_t last;      /* number of the journal's last entry, */
    struct hash head;   /* and its head */
    uint64_t watermark; /* of the tables; not above `last` */
    struct {
        uint64_t bytes;
        struct hash hash; /* BLAKE2b-256 */
    } files[MANIFEST_FILES];
};

/* Into `folder`/MANIFEST, synced. An exit code; what is wrong has been said. */
int manifest_write(const char *folder, const struct manifest *m);
/* TOOL_INPUT: there is none, or one of another format, or one that misses a line. */
int manifest_read(const char *folder, struct manifest *out);

#endif
