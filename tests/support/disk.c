#include "tests/support/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/support/shim/record.h"

enum { FILES_MAX = 64, STEP_MAX = 256 };

/* A file or folder. `bytes` are what is there for sure, and what the scratch folder has of it. */
struct file {
    char path[RECORD_PATH_MAX + 1];
    bool folder;
    bool named; /* for sure */
    bool here;  /* in the scratch folder */
    uint8_t *bytes;
    uint64_t len, room;
    uint32_t last; /* number of the last write to it */
};

enum kind { UNSURE_NAME, UNSURE_PAGE, UNSURE_LENGTH };

struct unsure {
    enum kind kind;
    uint32_t file;
    uint32_t write; /* which it is part of */
    uint64_t offset;
    uint32_t len;
    uint8_t *bytes;
    disk_choice made; /* what of it is in the scratch folder now */
};

struct disk {
    FILE *in;
    const char *scratch;
    struct file files[FILES_MAX];
    uint32_t files_count;
    struct unsure *unsure;
    uint32_t unsure_count;
    uint32_t writes;
    uint64_t acked, at;
    struct record_head head; /* read ahead; kind 0: nothing */
    char path[RECORD_PATH_MAX + 1];
    uint8_t *data;
};

struct disk *disk_new(const char *record, const char *scratch)
{
    struct disk *d = calloc(1, sizeof(*d));
    CHECK(d != NULL);
    d->scratch = scratch;
    d->unsure = calloc(DISK_UNSURE_MAX, sizeof(*d->unsure));
    CHECK(d->unsure != NULL);
    d->in = fopen(record, "rbe");
    CHECK(d->in != NULL);
    return d;
}

void disk_free(struct disk *d)
{
    for (uint32_t i = 0; i < d->files_count; i++)
        free(d->files[i].bytes);
    for (uint32_t i = 0; i < d->unsure_count; i++)
        free(d->unsure[i].bytes);
    fclose(d->in);
    free(d->data);
    free(d->unsure);
    free(d);
}

uint64_t disk_acked(const struct disk *d)
{
    return d->acked;
}

uint32_t disk_unsure(const struct disk *d)
{
    return d->unsure_count;
}

uint64_t disk_at(const struct disk *d)
{
    return d->at;
}

/* ---- Files ---- */

static struct file *file_find(struct disk *d, const char *path)
{
    for (uint32_t i = 0; i < d->files_count; i++)
        if (strcmp(d->files[i].path, path) == 0)
            return &d->files[i];
    return NULL;
}

static uint32_t file_index(const struct disk *d, const struct file *f)
{
    return (uint32_t)(f - d->files);
}

static void scratch_path(const struct disk *d, const struct file *f, char out[PATH_MAX])
{
    int len = snprintf(out, PATH_MAX, "%s/%s", d->scratch, f->path);
    CHECK(len > 0);
    CHECK(len < PATH_MAX);
}

static void certain_bytes(struct file *f, uint64_t offset, const uint8_t *bytes, uint64_t len)
{
    if (offset + len > f->room) {
        f->room = 2 * (offset + len);
        f->bytes = realloc(f->bytes, f->room);
        CHECK(f->bytes != NULL);
    }
    if (offset > f->len)
        memset(f->bytes + f->len, 0, offset - f->len);
    if (bytes != NULL)
        memcpy(f->bytes + offset, bytes, len);
    if (offset + len > f->len)
        f->len = offset + len;
}

/* ---- What is in the scratch folder ---- */

static void put(const struct disk *d, const struct file *f, uint64_t offset, const uint8_t *bytes,
                uint64_t len)
{
    char path[PATH_MAX];
    scratch_path(d, f, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(pwrite(fd, bytes, len, (off_t)offset) == (ssize_t)len);
    close(fd);
}

static void cut(const struct disk *d, const struct file *f, uint64_t len)
{
    char path[PATH_MAX];
    scratch_path(d, f, path);
    CHECK(truncate(path, (off_t)len) == 0);
}

static void show(struct disk *d, struct file *f)
{
    char path[PATH_MAX];
    if (f->here)
        return;
    scratch_path(d, f, path);
    if (f->folder) {
        CHECK(mkdir(path, 0700) == 0 || errno == EEXIST);
    } else {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        CHECK(fd >= 0);
        CHECK(pwrite(fd, f->bytes, f->len, 0) == (ssize_t)f->len);
        close(fd);
    }
    f->here = true;
}

/* With what is in it, which is files of ours or of programs that looked at it. */
static void hide(struct disk *d, struct file *f)
{
    static const char *const others[] = {"lock.mdb", "writer.lock"};
    char path[PATH_MAX];
    const size_t len = strlen(f->path);
    if (!f->here)
        return;
    for (uint32_t i = 0; f->folder && i < d->files_count; i++)
        if (strncmp(d->files[i].path, f->path, len) == 0 && d->files[i].path[len] == '/')
            hide(d, &d->files[i]);
    scratch_path(d, f, path);
    for (size_t i = 0; f->folder && i < sizeof(others) / sizeof(others[0]); i++) {
        char other[PATH_MAX + 16];
        snprintf(other, sizeof(other), "%s/%s", path, others[i]);
        CHECK(unlink(other) == 0 || errno == ENOENT);
    }
    CHECK((f->folder ? rmdir(path) : unlink(path)) == 0);
    f->here = false;
}

/* Back to what is certain. */
static void take_back(struct disk *d)
{
    for (uint32_t i = 0; i < d->unsure_count; i++) {
        struct unsure *u = &d->unsure[i];
        struct file *f = &d->files[u->file];
        if (u->made != 0 && u->kind != UNSURE_NAME && f->here) {
            if (u->kind == UNSURE_PAGE && u->offset < f->len)
                put(d, f, u->offset, f->bytes + u->offset,
                    u->offset + u->len <= f->len ? u->len : f->len - u->offset);
            if (u->kind == UNSURE_LENGTH && u->offset < f->len)
                put(d, f, u->offset, f->bytes + u->offset, f->len - u->offset);
            cut(d, f, f->len);
        }
        u->made = 0;
    }
    for (uint32_t i = 0; i < d->files_count; i++)
        if (!d->files[i].named)
            hide(d, &d->files[i]);
}

/* ---- Images ---- */

static bool parent_here(struct disk *d, const struct file *f)
{
    char path[RECORD_PATH_MAX + 1];
    snprintf(path, sizeof(path), "%s", f->path);
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return true;
    *slash = '\0';
    const struct file *parent = file_find(d, path);
    return parent == NULL || parent->here;
}

static void image_names(struct disk *d, const disk_choice *choice)
{
    for (uint32_t i = 0; i < d->unsure_count; i++) {
        struct unsure *u = &d->unsure[i];
        struct file *f = &d->files[u->file];
        if (u->kind == UNSURE_NAME && choice[i] != 0 && parent_here(d, f))
            show(d, f);
    }
    for (uint32_t i = 0; i < d->files_count; i++) /* of folders that have come with it */
        if (d->files[i].named && parent_here(d, &d->files[i]))
            show(d, &d->files[i]);
}

static void image_page(struct disk *d, struct unsure *u, disk_choice choice)
{
    const struct file *f = &d->files[u->file];
    if (choice == DISK_WHOLE) {
        put(d, f, u->offset, u->bytes, u->len);
        return;
    }
    for (uint32_t at = 0; at < u->len;) { /* sectors are those of the file */
        const uint32_t sector = (uint32_t)((u->offset + at) / DISK_SECTOR % DISK_SECTORS);
        const uint64_t end = ((u->offset + at) / DISK_SECTOR + 1) * DISK_SECTOR - u->offset;
        const uint32_t part = end < u->len ? (uint32_t)end - at : u->len - at;
        if ((choice & (1u << sector)) != 0)
            put(d, f, u->offset + at, u->bytes + at, part);
        at += part;
    }
}

void disk_image(struct disk *d, const disk_choice *choice, bool lengths)
{
    take_back(d);
    image_names(d, choice);
    for (uint32_t i = 0; i < d->unsure_count; i++) {
        struct unsure *u = &d->unsure[i];
        struct file *f = &d->files[u->file];
        struct stat st;
        char path[PATH_MAX];
        if (u->kind == UNSURE_NAME || !f->here)
            continue;
        scratch_path(d, f, path);
        if (u->kind == UNSURE_LENGTH && choice[i] != 0)
            cut(d, f, u->offset);
        else if (u->kind == UNSURE_PAGE && choice[i] != 0)
            image_page(d, u, choice[i]);
        CHECK(stat(path, &st) == 0);
        const bool longer = u->kind == UNSURE_PAGE && lengths;
        if (longer && (uint64_t)st.st_size < u->offset + u->len)
            cut(d, f, u->offset + u->len);
        u->made = choice[i] != 0 || longer ? DISK_WHOLE : 0;
    }
}

/* ---- What the record says ---- */

static void add(struct disk *d, struct unsure u, const uint8_t *bytes)
{
    CHECK(d->unsure_count < DISK_UNSURE_MAX);
    if (u.len > 0) {
        CHECK((u.bytes = malloc(u.len)) != NULL);
        memcpy(u.bytes, bytes, u.len);
    }
    d->unsure[d->unsure_count++] = u;
}

static void take_name(struct disk *d, bool folder)
{
    struct file *f = file_find(d, d->path);
    if (f != NULL || d->path[0] == '\0')
        return;
    CHECK(d->files_count < FILES_MAX);
    f = &d->files[d->files_count++];
    *f = (struct file){.folder = folder};
    memcpy(f->path, d->path, sizeof(f->path));
    add(d, (struct unsure){.kind = UNSURE_NAME, .file = file_index(d, f)}, NULL);
}

static void take_write(struct disk *d)
{
    struct file *f = file_find(d, d->path);
    CHECK(f != NULL);
    f->last = ++d->writes;
    for (uint64_t at = 0; at < d->head.data_len;) {
        struct unsure u = {.kind = UNSURE_PAGE, .file = file_index(d, f), .write = f->last};
        u.offset = d->head.offset + at;
        const uint64_t end = (u.offset / DISK_PAGE + 1) * DISK_PAGE - d->head.offset;
        u.len = (uint32_t)((end < d->head.data_len ? end : d->head.data_len) - at);
        add(d, u, d->data + at);
        at += u.len;
    }
}

static bool becomes_certain(const struct disk *d, const struct unsure *u)
{
    const struct file *f = &d->files[u->file];
    if (u->kind != UNSURE_NAME)
        return strcmp(f->path, d->path) == 0 &&
               (d->head.kind == RECORD_SYNC || u->write == f->last);
    const char *slash = strrchr(f->path, '/');
    const size_t len = slash == NULL ? 0 : (size_t)(slash - f->path);
    return d->head.kind == RECORD_SYNC && strlen(d->path) == len &&
           memcmp(f->path, d->path, len) == 0;
}

static void take_certain(struct disk *d)
{
    uint32_t kept = 0;
    take_back(d);
    for (uint32_t i = 0; i < d->unsure_count; i++) {
        struct unsure *u = &d->unsure[i];
        struct file *f = &d->files[u->file];
        if (!becomes_certain(d, u)) {
            d->unsure[kept++] = *u;
            continue;
        }
        if (u->kind == UNSURE_NAME)
            f->named = true;
        else if (u->kind == UNSURE_LENGTH && u->offset < f->len)
            f->len = u->offset;
        else
            certain_bytes(f, u->offset, u->bytes, u->len);
        if (u->kind == UNSURE_NAME && parent_here(d, f))
            show(d, f);
        else if (f->here && u->kind == UNSURE_PAGE)
            put(d, f, u->offset, u->bytes, u->len);
        else if (f->here && u->kind == UNSURE_LENGTH)
            cut(d, f, f->len);
        free(u->bytes);
    }
    d->unsure_count = kept;
}

/* ---- Going on ---- */

static bool read_ahead(struct disk *d)
{
    if (fread(&d->head, 1, sizeof(d->head), d->in) != sizeof(d->head)) {
        d->head.kind = 0;
        return false;
    }
    CHECK(d->head.kind > 0);
    CHECK(d->head.kind < RECORD_KINDS);
    CHECK(d->head.path_len <= RECORD_PATH_MAX);
    CHECK(fread(d->path, 1, d->head.path_len, d->in) == d->head.path_len);
    d->path[d->head.path_len] = '\0';
    CHECK((d->data = realloc(d->data, d->head.data_len + 1)) != NULL);
    CHECK(fread(d->data, 1, d->head.data_len, d->in) == d->head.data_len);
    return true;
}

/* LMDB makes its lock file anew where nobody holds it. */
static bool is_lock(const char *path)
{
    const size_t len = strlen(path);
    return len >= 4 && (strcmp(path + len - 4, "lock") == 0 || strstr(path, "lock.mdb") != NULL);
}

static void take(struct disk *d)
{
    d->at++;
    if (is_lock(d->path))
        return;
    if (d->head.kind == RECORD_CREATE || d->head.kind == RECORD_FOLDER)
        take_name(d, d->head.kind == RECORD_FOLDER);
    else if (d->head.kind == RECORD_WRITE)
        take_write(d);
    else if (d->head.kind == RECORD_LENGTH && file_find(d, d->path) != NULL)
        add(d,
            (struct unsure){.kind = UNSURE_LENGTH,
                            .file = file_index(d, file_find(d, d->path)),
                            .write = ++d->writes,
                            .offset = d->head.offset},
            NULL);
    else if (d->head.kind == RECORD_ACK && d->head.offset > d->acked)
        d->acked = d->head.offset;
    else if (d->head.kind == RECORD_SYNC || d->head.kind == RECORD_WRITTEN)
        take_certain(d);
}

bool disk_next(struct disk *d)
{
    if (d->head.kind != 0)
        take(d);
    else if (!read_ahead(d))
        return false;
    else
        take(d);
    for (uint32_t i = 0; i < STEP_MAX && read_ahead(d); i++) {
        if (d->head.kind == RECORD_SYNC || d->head.kind == RECORD_WRITTEN)
            return true;
        take(d);
        d->head.kind = 0;
    }
    return true;
}
