/* clockwork.c - the clocks, randomness and threads of the simulation, in place of the system's. */
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "tests/sim/simulation/simulation.h"

/* Linked with --wrap, so that the project's own objects, and only these, come here. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_join(pthread_t thread, void **result);
void __wrap__exit(int code);

/* ---- Time ------------------------------------------------------------------------------------ */

int64_t sim_wall_ms(void)
{
    return sim.wall_base_ms + sim.mono_us / 1000 + sim.skew_ms;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
    /* A clock that is set takes the machine's start with it: what is made of such a time is to be
     * seen here, not that the daemon does not believe it (scenario/test_clock.sh). */
    const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME;
    int64_t us = wall ? sim_wall_ms() * 1000 + sim.mono_us % 1000 : sim.mono_us;
    t->tv_sec = (time_t)(us / 1000000);
    t->tv_nsec = (long)(us % 1000000) * 1000;
    return 0;
}

/* ---- Randomness ------------------------------------------------------------------------------ */

static const char *random_name(void)
{
    return "simulation";
}

static uint32_t random_word(void)
{
    return (uint32_t)dice_roll(&sim.random);
}

static void random_bytes(void *const out, const size_t len)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(dice_roll(&sim.random) >> 24);
}

void clockwork_begin(int32_t day)
{
    static randombytes_implementation seeded = {
        .implementation_name = random_name, .random = random_word, .buf = random_bytes};
    sim.random.state = sim.seed ^ UINT64_C(0x5a1d0);
    CHECK(randombytes_set_implementation(&seeded) == 0);
    CHECK(sodium_init() >= 0);
    sim.mono_us = 1000000;
    sim.wall_base_ms = model_instant(day, 0, 0) - 1000;
    sim.skew_ms = 0;
}

/* ---- The checkpoint writer --------------------------------------------------------------------
 */

static struct {
    void *(*run)(void *);
    void *arg;
} writer;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    (void)attr;
    CHECK(writer.run == NULL);
    writer.run = run;
    writer.arg = arg;
    memset(thread, 0, sizeof(*thread));
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    (void)thread;
    (void)result;
    CHECK(writer.run == NULL); /* it has ended, or this would wait for ever */
    return 0;
}

bool clockwork_writer(void)
{
    void *(*run)(void *) = writer.run;
    if (run == NULL)
        return false;
    writer.run = NULL;
    run(writer.arg);
    return true;
}

void clockwork_forget_writer(void)
{
    writer.run = NULL;
}

/* ---- The end of the process -------------------------------------------------------------------
 */

void __wrap__exit(int code)
{
    machine_die(code);
}
