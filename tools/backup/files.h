/* files.h - files of a backup: copied, hashed, and on the disk before they are spoken of.
 *
 * Functions return an exit code; whatever is not TOOL_OK has been said on standard error. Nothing
 * is ever written over. One thread. */
#ifndef TOOLS_BACKUP_FILES_H
#define TOOLS_BACKUP_FILES_H

#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>

#include "merkle.h"
#include "progress.h"

#define FILES_PATH_MAX 4096

/* `folder`/`name`. TOOL_USAGE: too long. */
int files_path(char path[FILES_PATH_MAX], const char *folder, const char *name);
/* Make a folder, for its owner alone. TOOL_USAGE: it exists. */
int files_folder(const char *path);
/* TOOL_USAGE: a folder that is not whole yet stands there already, and what to do is said. */
int files_part_free(const char *part);
/* A new file with these bytes, synced. */
int files_write(const char *path, const char *bytes, size_t len);
/* A new file with the bytes of another, synced; their number and BLAKE2b-256. `to` may be NULL: the
 * bytes are only read. `bar` counts bytes. */
struct files_copied {
    uint64_t bytes;
    struct hash hash;
};
int files_copy(const char *from, const char *to, struct progress *bar, struct files_copied *out);
/* 0 where it cannot be told. */
size_t files_size(const char *path);
/* The environment in a folder, to be read only; how many bytes are in use. The caller closes it. */
int files_open_environment(const char *path, MDB_env **env, size_t *bytes);
/* A new file with one whole state of an environment, without its free pages, synced. Others may
 * write on meanwhile. `bar` counts bytes; it was started with the size at the beginning. */
int files_copy_environment(MDB_env *env, const char *to, struct progress *bar);
/* The names in a folder are on the disk. */
int files_sync(const char *folder);

#endif
