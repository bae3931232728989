/* What the rules of automatic choice beyond the criterion (core/model/ets_fit.c) do to accuracy: OWA
 * with them (the default) and by the AICc alone (cautious = false), with a bootstrap standard error
 * of the difference over series.
 *
 *   ets_rules FOLDER...
 *
 * The rules were set on M3 and M1; M4's sample was looked at once, afterwards. Measured then: AICc
 * alone, with the rules, and R's forecast::ets on the same series (of M3's and M1's monthly ones
 * every fourth, where ours is .857 and .922):
 *                       AICc   rules      R                          AICc   rules      R
 *   M3 yearly           .947    .922   .926     M4 sample yearly    1.011    .968   .989
 *      quarterly        .953    .930   .950               quarterly  .923    .903   .911
 *      monthly          .845    .843   .867               monthly    .909    .899   .900
 *      other            .628    .638   .641               weekly     .965    .970   .982
 *   M1 yearly           .788    .787   .800               daily     1.015   1.015  1.009
 *      quarterly        .910    .916   .928               hourly    1.193    .890   .893
 *      monthly          .925    .913   .920 */
#include "ets_panel.h"
#include "model/builtin.h"

static void print_row(const char *folder, int freq, const panel_errors *e, size_t n) {
  double rules, alone;
  panel_owas(e, n, NULL, &rules, &alone);
  printf("%-12s %-10s %5zu %9.4f %9.4f %9.4f +- %.4f\n", folder, panel_name(freq), n, alone, rules,
         rules - alone, panel_error(e, n));
}

static void run(jv_ctx *cx, const char *folder, const void *alone) {
  static panel_errors list[M4_MAX_SERIES];
  const char *name = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
  m4_sample *p = panel_read(folder);
  for (int freq = 0; freq < PANEL_FREQUENCIES; freq++) {
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
      const m4_series *s = &p->all[i];
      panel_fit fit;
      if (s->freq != freq) continue;
      panel_errors *e = &list[n++];
      panel_forecast(cx, &jv_model_ets, NULL, s, &fit);
      memcpy(e->a, fit.error, sizeof e->a);
      panel_forecast(cx, &jv_model_ets, alone, s, &fit);
      memcpy(e->b, fit.error, sizeof e->b);
      panel_forecast(cx, &jv_model_naive2, NULL, s, &fit);
      memcpy(e->naive2, fit.error, sizeof e->naive2);
      if (!isfinite(e->a[1]) || !isfinite(e->naive2[1])) n--;
    }
    if (n) print_row(name, freq, list, n);
  }
  m4_free(p);
}

int main(int argc, char **argv) {
  jv_ctx cx;
  double alone[64] = {0};
  jv_ctx_init(&cx);
  if (argc < 2) m4_die("usage", "ets_rules FOLDER...");
  if (jv_model_ets.opt_size > sizeof alone) m4_die("options", "larger than their room");
  jv_option_defaults(jv_model_ets.options, alone);
  if (jv_option_set_flag(&cx, "ets", jv_model_ets.options, alone, "cautious", false) != JV_OK)
    m4_die("ets", cx.message);
  printf("%-12s %-10s %5s %9s %9s %9s\n", "OWA", "", "n", "AICc", "rules", "difference");
  for (int i = 1; i < argc; i++) run(&cx, argv[i], alone);
  return 0;
}
