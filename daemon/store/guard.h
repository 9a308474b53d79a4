/* guard.h - what must hold before an environment is trusted: library, file system, length. */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include <lmdb.h>
#include <stdbool.h>

#include "base/fault.h"

enum fault guard_version(void);
/* The file system of the directory, and a data file that is not empty if there is one. */
enum fault guard_files(int directory, bool allow_unsafe_fs);
/* The data file holds every page in use; a missing one would be a SIGBUS at some later time. */
enum fault guard_length(MDB_env *env);

#endif
