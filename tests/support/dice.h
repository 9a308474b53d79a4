/* dice.h - random numbers of a test: splitmix64, the same for the same seed everywhere.
 * SALDO_SEED=n in the environment chooses another seed; it is printed. */
#ifndef SUPPORT_DICE_H
#define SUPPORT_DICE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct dice {
    uint64_t state;
};

static inline struct dice dice_of_environment(void)
{
    const char *seed = getenv("SALDO_SEED");
    struct dice d = {seed != NULL ? strtoull(seed, NULL, 0) : 1};
    printf("SALDO_SEED=%llu\n", (unsigned long long)d.state);
    return d;
}

static inline uint64_t dice_roll(struct dice *d)
{
    d->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 .. below - 1 */
static inline uint32_t dice_below(struct dice *d, uint32_t below)
{
    return (uint32_t)(dice_roll(d) % below);
}

/* What the environment says of a run, or `otherwise`: SEED, STEPS, ROUNDS. */
static inline uint64_t dice_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL || text[0] == '\0' ? otherwise : strtoull(text, NULL, 0);
}

/* SEED, or a new one: the caller prints it. */
static inline uint64_t dice_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        abort();
    return dice_number("SEED", seed % 1000000000);
}

#endif
