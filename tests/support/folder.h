/* folder.h - a folder for one test: made under $TMPDIR, or the build folder, and removed after. */
#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

/* Aborts where it cannot be made. */
char *folder_make(void);
/* With all that is in it; frees the name. */
void folder_remove(char *path);

#endif
