/* config.h - saldod.conf(5) in a ledger's directory.
 *
 * Every value has a default; an unknown name or a value that does not fit is an error that names
 * the line. Paths are made from the directory. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "ledger/ledger.h"

#define CONFIG_LISTEN_MAX 8
#define CONFIG_TEXT_MAX   256
/* The sockets' paths must fit an address of the kernel. */
#define CONFIG_DIR_MAX 90

/* The least that a file may set of the overlay: any one commit fits into half of it. */
enum {
    CONFIG_CHARGES_MIN = 400000,
    CONFIG_VOUCHERS_MIN = 200000,
    CONFIG_BUCKETS_MIN = 400000,
};

struct config {
    char dir[CONFIG_DIR_MAX + 1];
    char listen[CONFIG_LISTEN_MAX][CONFIG_TEXT_MAX];
    uint32_t listen_count;
    char ipc[CONFIG_TEXT_MAX]; /* endpoint for clients on the same machine; empty: none */
    uint32_t workers;
    struct ledger_limits limits;
    uint64_t journal_map_bytes;
    uint64_t tables_map_bytes;
    uint64_t disk_free_min_bytes;
    bool allow_unsafe_fs;
    bool final_checkpoint;
    int log_level;                 /* enum log_level */
    char monitor[CONFIG_TEXT_MAX]; /* address of /metrics and /healthz; empty: none */
    uint32_t night_late_h;         /* after midnight */
};

/* Read `dir`/saldod.conf. On a fault `error` holds a sentence for people. */
enum fault config_read(const char *dir, struct config *out, char error[CONFIG_TEXT_MAX]);
/* The defaults for a directory, without reading a file. FAULT_CONFIG: the path is too long. */
enum fault config_defaults(const char *dir, struct config *out);

/* `dir`/`name` into `path` (CONFIG_TEXT_MAX bytes). */
void config_path(const struct config *c, const char *name, char path[CONFIG_TEXT_MAX]);

#endif
