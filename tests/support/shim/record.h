/* record.h - what shim.c writes down of what a process does to its files, in the order it does it.
 *
 * The file is a row of records in this machine's own byte order: a head, the path (below the folder
 * that is watched, "" for itself) and the data. Each is one append, so several processes may write
 * one file and all is in the order it happened. */
#ifndef SUPPORT_SHIM_RECORD_H
#define SUPPORT_SHIM_RECORD_H

#include <stdint.h>

enum record_kind {
    RECORD_CREATE = 1, /* a file has a name now */
    RECORD_FOLDER,     /* a folder has one */
    RECORD_WRITE,      /* about to be written: offset, data */
    RECORD_WRITTEN,    /* the write before to this file was through O_DSYNC, and is done */
    RECORD_LENGTH,     /* about to get the length `offset` */
    RECORD_SYNC,       /* fsync or fdatasync of the file or folder is done */
    RECORD_ACK,        /* a client has the answer with the number `offset` */
    RECORD_KINDS
};

struct record_head {
    uint32_t kind;
    uint32_t path_len;
    uint64_t offset;
    uint64_t data_len;
};

#define RECORD_PATH_MAX 256

#endif
