/* xoshiro256++ and its keyed seeding.
 *
 * A normal variate takes exactly two uniforms (Box-Muller, cosine branch; Box & Muller 1958), so
 * that the number of draws of a path is a function of its length alone. */
#include "base/rng.h"
#include <math.h>

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static uint64_t splitmix(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/* FNV-1a over the key and a separator, so that ("ab","c") and ("a","bc") differ. */
static uint64_t hash(uint64_t h, const char *key) {
  for (; key && *key; key++) h = (h ^ (unsigned char)*key) * 0x100000001B3u;
  return (h ^ 0xFFu) * 0x100000001B3u;
}

jv_rng jv_rng_keyed(uint64_t seed, const char *series, const char *model, uint64_t path) {
  uint64_t state = hash(hash(0xCBF29CE484222325u, series), model);
  state ^= splitmix(&seed);
  state += splitmix(&path);
  jv_rng rng;
  for (int i = 0; i < 4; i++) rng.s[i] = splitmix(&state);
  return rng;
}

uint64_t jv_rng_next(jv_rng *rng) {
  uint64_t *s = rng->s, result = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotl(s[3], 45);
  return result;
}

double jv_rng_uniform(jv_rng *rng) { return ((double)(jv_rng_next(rng) >> 12) + 0.5) * 0x1p-52; }

double jv_rng_normal(jv_rng *rng) {
  double radius = sqrt(-2.0 * log(jv_rng_uniform(rng)));
  return radius * cos(6.283185307179586477 * jv_rng_uniform(rng));
}

uint64_t jv_rng_below(jv_rng *rng, uint64_t bound) {
  if ((bound & (bound - 1)) == 0) return jv_rng_next(rng) & (bound - 1); /* divides 2^64 */
  uint64_t limit = UINT64_MAX - UINT64_MAX % bound, x;
  do x = jv_rng_next(rng);
  while (x >= limit);
  return x % bound;
}
