/* What the rules of automatic choice beyond the criterion (core/model/ets_fit.c) do to accuracy: OWA
 * by the AICc alone (caution = 0), by default (0.5) and with the price of a parameter on endless trends
 * (2), and the difference of the last two to the first with its bootstrap standard error over series.
 *
 *   ets_rules FOLDER...
 *
 * The rules' thresholds come from M3 and M1, but for those of wild slopes and biased forms. */
#include "ets_panel.h"
#include "model/builtin.h"

enum { CHOICES = 3 };
static const double cautions[CHOICES] = {0, 0.5, 2};

static void print_row(const char *folder, int freq, const panel_errors *list, size_t n,
                      size_t stride) {
  printf("%-12s %-10s %5zu", folder, panel_name(freq), n);
  for (int c = 1; c < CHOICES; c++) {
    const panel_errors *e = list + (size_t)c * stride;
    double rules, alone;
    panel_owas(e, n, NULL, &rules, &alone);
    if (c == 1) printf(" %9.4f", alone);
    printf(" %9.4f (%+.4f +- %.4f)", rules, rules - alone, panel_error(e, n));
  }
  printf("\n");
}

/* The errors of one series by each choice; false when a measure does not exist. */
static bool measure(jv_ctx *cx, const m4_series *s, double (*options)[32], panel_errors *out,
                    size_t stride) {
  panel_fit fit[CHOICES], naive2;
  panel_forecast(cx, &jv_model_naive2, NULL, s, &naive2);
  for (int c = 0; c < CHOICES; c++) {
    panel_errors *e = out + (size_t)c * stride;
    panel_forecast(cx, &jv_model_ets, options[c], s, &fit[c]);
    memcpy(e->a, fit[c].error, sizeof e->a);
    memcpy(e->b, fit[0].error, sizeof e->b);
    memcpy(e->naive2, naive2.error, sizeof e->naive2);
    if (!isfinite(e->a[1]) || !isfinite(e->naive2[1])) return false;
  }
  return true;
}

static void run(jv_ctx *cx, const char *folder, double (*options)[32]) {
  static panel_errors list[CHOICES * M4_MAX_SERIES];
  const char *name = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
  m4_sample *p = panel_read(folder);
  for (int freq = 0; freq < PANEL_FREQUENCIES; freq++) {
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++)
      if (p->all[i].freq == freq && measure(cx, &p->all[i], options, list + n, M4_MAX_SERIES)) n++;
    if (n) print_row(name, freq, list, n, M4_MAX_SERIES);
  }
  m4_free(p);
}

int main(int argc, char **argv) {
  jv_ctx cx;
  double options[CHOICES][32] = {{0}};
  jv_ctx_init(&cx);
  if (argc < 2) m4_die("usage", "ets_rules FOLDER...");
  if (jv_model_ets.opt_size > sizeof options[0]) m4_die("options", "larger than their room");
  for (int c = 0; c < CHOICES; c++) {
    jv_option_defaults(jv_model_ets.options, options[c]);
    if (jv_option_set_number(&cx, "ets", jv_model_ets.options, options[c], "caution",
                             cautions[c]) != JV_OK)
      m4_die("ets", cx.message);
  }
  printf("%-12s %-10s %5s %9s %9s %28s\n", "OWA", "", "n", "AICc", "rules", "caution = 2");
  for (int i = 1; i < argc; i++) run(&cx, argv[i], options);
  return 0;
}
