/* plant.h - bugs put into a copy of a ledger, for a verification that has to find them. */
#ifndef TESTS_SUPPORT_PLANT_H
#define TESTS_SUPPORT_PLANT_H

/* `cut`: the last acknowledged commit and what follows it is gone, and what is left is a journal
 * without a fault. `flip`: the last acknowledged answer is another one. Returns an exit code. */
int plant(const char *bug, const char *dir, const char *acks);

#endif
