/* disk.h - a recorded disk (shim/record.h): what is on it for sure at any moment, what may be, and
 * every disk that a power cut could leave.
 *
 * The rules are those of POSIX and of disks, not of a certain file system: a name is there for sure
 * after its folder was synced, content after its file was (or was written through O_DSYNC). Of
 * what was written since, any page may be there and any not, a page may be torn at any sector, and
 * the file may have got its length without its content. One thread. */
#ifndef TESTS_SUPPORT_DISK_H
#define TESTS_SUPPORT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/dice.h"

enum { DISK_PAGE = 4096, DISK_SECTOR = 512, DISK_SECTORS = DISK_PAGE / DISK_SECTOR };
#define DISK_UNSURE_MAX 65536 /* more than that aborts */

struct disk;

/* Read on from a record's file. `scratch` is an empty folder: the images are made there. Aborts
 * where the record is none. */
struct disk *disk_new(const char *record, const char *scratch);
void disk_free(struct disk *d);

/* Go on until just before something becomes certain (a sync ends), or the end of the record, or so
 * much has come that some of it should be looked at. False: there was nothing left. */
bool disk_next(struct disk *d);

uint64_t disk_acked(const struct disk *d);  /* the highest number that a client has heard of */
uint32_t disk_unsure(const struct disk *d); /* pages and names that may be there or not */
uint64_t disk_at(const struct disk *d);     /* records so far */

/* What of the unsure things an image has: a bit a sector; names take any bit. */
typedef uint8_t disk_choice;
#define DISK_WHOLE 0xff

/* Make the image in the scratch folder. `lengths`: files have got the lengths even of what is not
 * there. The next call takes it back first. */
void disk_image(struct disk *d, const disk_choice *choice, bool lengths);

#endif
