/* Features of blocks, of neighbouring windows, of runs. Definitions: features.h.
 *
 * Two windows of w values meet at each place t: [t - w, t) and [t, t + w). As normal distributions with
 * means a, b and variances u, v (each at least 1e-6 of that of z) their divergence is
 *   KL = (log(v / u) + (u + (a - b)^2) / v - 1) / 2 */
#include "evaluate/features_parts.h"
#include "numeric/summary.h"
#include <math.h>
#include <string.h>

static void blocks(const jv_feature_input *in, jv_features *out) {
  size_t count = in->n / in->w;
  double *mean = in->room, *variance = mean + count;
  if (count < 2) return;
  for (size_t i = 0; i < count; i++) {
    mean[i] = jv_summary_mean(in->z + i * in->w, in->w);
    variance[i] = jv_summary_variance(in->z + i * in->w, in->w);
  }
  out->stability = jv_summary_variance(mean, count);
  out->lumpiness = jv_summary_variance(variance, count);
}

static void keep_largest(double value, size_t place, double *most, double *where) {
  if (value <= *most) return;
  *most = value;
  *where = (double)place + 1;
}

static void shifts(const jv_feature_input *in, jv_features *out) {
  size_t w = in->w, n = in->n;
  if (n < 2 * w || w < 2) return;
  double *mean = in->room, *variance = mean + n;
  for (size_t i = 0; i + w <= n; i++) {
    mean[i] = jv_summary_mean(in->z + i, w);
    variance[i] = jv_summary_variance(in->z + i, w);
  }
  out->max_level_shift = out->max_var_shift = out->max_kl_shift = -1;
  for (size_t t = w; t + w <= n; t++) {
    double a = mean[t - w], b = mean[t];
    double u = fmax(variance[t - w], 1e-6), v = fmax(variance[t], 1e-6);
    double kl = (log(v / u) + (u + (a - b) * (a - b)) / v - 1) / 2;
    keep_largest(fabs(b - a), t, &out->max_level_shift, &out->time_level_shift);
    keep_largest(fabs(variance[t] - variance[t - w]), t, &out->max_var_shift, &out->time_var_shift);
    keep_largest(kl, t, &out->max_kl_shift, &out->time_kl_shift);
  }
}

void jv_features_windows(const jv_feature_input *in, jv_features *out) {
  blocks(in, out);
  shifts(in, out);
}

void jv_features_runs(const jv_feature_input *in, jv_features *out) {
  size_t n = in->n, run = 0, longest = 0, crossings = 0;
  double *sorted = in->room;
  memcpy(sorted, in->y, n * sizeof *sorted);
  jv_sort(sorted, n);
  double median = jv_sorted_quantile(sorted, n, 0.5), least = sorted[0];
  double part = (sorted[n - 1] - least) / 10;
  int last = -1;
  for (size_t i = 0; i < n; i++) {
    int now = (int)fmin(9, floor((in->y[i] - least) / part));
    run = now == last ? run + 1 : 1;
    last = now;
    if (run > longest) longest = run;
    if (i > 0 && (in->y[i] > median) != (in->y[i - 1] > median)) crossings++;
  }
  out->flat_spots = (double)longest;
  out->crossing_points = (double)crossings;
}
