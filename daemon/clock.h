/* clock.h - the machine's clocks. The pipeline hands the time on; nothing else asks for it. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);       /* UTC, milliseconds since 1970 */
int64_t clock_monotonic_us(void); /* for intervals */

#endif
