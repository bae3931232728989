/* A seeded random number generator as a value: no global stream, no hidden state.
 *
 * xoshiro256++ (Blackman & Vigna 2021), seeded through splitmix64. Streams are keyed by
 * (seed, series, model, path), so that horizon, order of work and threads change no digit. */
#ifndef JV_BASE_RNG_H
#define JV_BASE_RNG_H

#include <stdint.h>

typedef struct jv_rng {
  uint64_t s[4];
} jv_rng;

/* The stream of one path. series and model may be NULL (the empty key). */
jv_rng jv_rng_keyed(uint64_t seed, const char *series, const char *model, uint64_t path);

uint64_t jv_rng_next(jv_rng *rng);
double jv_rng_uniform(jv_rng *rng);                 /* open interval (0, 1) */
double jv_rng_normal(jv_rng *rng);                  /* standard normal, two draws each */
uint64_t jv_rng_below(jv_rng *rng, uint64_t bound); /* 0 .. bound-1, unbiased; bound > 0 */

#endif
