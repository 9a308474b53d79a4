/* backup.h - what saldo backup and saldo restore share.
 *
 * A backup is a folder: MANIFEST, saldod.conf, journal/data.mdb and tables/data.mdb, as in a
 * ledger. It holds no key: keys/ is kept apart, or whoever finds a backup could sign receipts.
 * Functions return an exit code; whatever is not TOOL_OK has been said. One thread. */
#ifndef TOOLS_BACKUP_BACKUP_H
#define TOOLS_BACKUP_BACKUP_H

#include "backup/manifest.h"

/* What journal and tables of a folder say of themselves, into the manifest; its hashes and time
 * stay. TOOL_PROOF: they cannot be read as what they should be, or do not fit together. `older`
 * says whether the tables are of a format before this program's, which nothing but their version
 * is read of; NULL: that is TOOL_PROOF too. */
int backup_look(const char *folder, struct manifest *m, bool *older);
/* Remove the lock files that looking has made: they are the machine's, and made again. */
int backup_unlock(const char *folder);
/* The folder's names and its own are on the disk. */
int backup_sync(const char *folder);

#endif
