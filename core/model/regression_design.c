/* Columns of a regression on time, in this order:
 *
 *   trend       t = 1, 2, … of the sample
 *   season2 …   1 in that season of m, else 0; season 1 is the base
 *   S1-m, C1-m, …  Fourier terms of each period (numeric/fourier.h)
 *   days, …     calendar effects (series/holiday.h)
 *   regressors
 */
#include "model/regression_design.h"
#include "numeric/fourier.h"
#include <stdio.h>
#include <string.h>

static size_t calendar_columns(const jv_design *d) {
  size_t count = 0;
  for (size_t i = 0; i < JV_CALENDAR_COUNT; i++)
    if (d->calendar[i]) count++;
  return count;
}

static size_t wave_columns(const jv_design *d, size_t i) {
  return d->waves[i] ? jv_fourier_columns(d->period[i], d->waves[i]) : 0;
}

size_t jv_design_columns(const jv_design *d) {
  size_t count = (d->trend ? 1u : 0u) + (d->dummies ? d->dummies - 1 : 0);
  for (size_t i = 0; i < d->n_periods; i++) count += wave_columns(d, i);
  return count + calendar_columns(d) + d->k;
}

void jv_design_row(const jv_design *d, size_t t, const double *x, double *row) {
  if (d->trend) *row++ = (double)(t + 1);
  for (size_t s = 1; s < d->dummies; s++) *row++ = (t + d->offset) % d->dummies == s ? 1 : 0;
  for (size_t i = 0; i < d->n_periods; i++) {
    if (!d->waves[i]) continue;
    jv_fourier_row(d->period[i], d->waves[i], t + 1, row);
    row += wave_columns(d, i);
  }
  jv_period period = d->start;
  period.ordinal += (int64_t)t;
  for (size_t i = 0; i < JV_CALENDAR_COUNT; i++)
    if (d->calendar[i]) *row++ = jv_calendar_value((jv_calendar_effect)i, period);
  for (size_t j = 0; j < d->k; j++) *row++ = x[j];
}

/* The block in which a column stands, and its place there. */
typedef enum block { TREND, DUMMIES, WAVES, CALENDAR, REGRESSORS } block;

static block find_block(const jv_design *d, size_t *column, size_t *period) {
  size_t sizes[] = {d->trend ? 1u : 0u, d->dummies ? d->dummies - 1 : 0};
  for (size_t i = 0; i < 2; i++) {
    if (*column < sizes[i]) return i == 0 ? TREND : DUMMIES;
    *column -= sizes[i];
  }
  for (*period = 0; *period < d->n_periods; ++*period) {
    size_t size = wave_columns(d, *period);
    if (*column < size) return WAVES;
    *column -= size;
  }
  if (*column < calendar_columns(d)) return CALENDAR;
  *column -= calendar_columns(d);
  return REGRESSORS;
}

static jv_calendar_effect nth_effect(const jv_design *d, size_t n) {
  size_t i = 0;
  for (; i + 1 < JV_CALENDAR_COUNT; i++)
    if (d->calendar[i] && n-- == 0) break;
  return (jv_calendar_effect)i;
}

void jv_design_name(const jv_design *d, size_t column, char name[JV_DESIGN_NAME]) {
  size_t period;
  switch (find_block(d, &column, &period)) {
  case TREND:
    snprintf(name, JV_DESIGN_NAME, "trend");
    break;
  case DUMMIES:
    snprintf(name, JV_DESIGN_NAME, "season%zu", column + 2);
    break;
  case WAVES:
    jv_fourier_name(d->period[period], column, name);
    break;
  case CALENDAR:
    snprintf(name, JV_DESIGN_NAME, "%s", jv_calendar_name(nth_effect(d, column)));
    break;
  case REGRESSORS:
    snprintf(name, JV_DESIGN_NAME, "%s", d->x_names[column]);
    break;
  }
}

/* ---- parts: trend, seasons, calendar (where there is one), regressors ---- */

static size_t season_parts(const jv_design *d) { return d->dummies ? 1 : d->n_periods; }
static size_t calendar_parts(const jv_design *d) { return calendar_columns(d) ? 1 : 0; }

size_t jv_design_parts(const jv_design *d) {
  return 1 + season_parts(d) + calendar_parts(d) + d->k;
}

size_t jv_design_part(const jv_design *d, size_t column) {
  size_t period = 0;
  switch (find_block(d, &column, &period)) {
  case TREND:
    return 0;
  case DUMMIES:
    return 1;
  case WAVES:
    return 1 + period;
  case CALENDAR:
    return 1 + season_parts(d);
  case REGRESSORS:
    break;
  }
  return 1 + season_parts(d) + calendar_parts(d) + column;
}

void jv_design_part_name(const jv_design *d, size_t part, char name[JV_DESIGN_NAME]) {
  size_t seasons = season_parts(d);
  if (part == 0)
    snprintf(name, JV_DESIGN_NAME, "trend");
  else if (part <= seasons && seasons == 1)
    snprintf(name, JV_DESIGN_NAME, "season");
  else if (part <= seasons)
    snprintf(name, JV_DESIGN_NAME, "season_%zu", d->period[part - 1]);
  else if (part == seasons + 1 && calendar_parts(d))
    snprintf(name, JV_DESIGN_NAME, "calendar");
  else
    snprintf(name, JV_DESIGN_NAME, "%s", d->x_names[part - 1 - seasons - calendar_parts(d)]);
}

/* ---- options ---- */

static bool is_apart(char c) { return c == ' ' || c == ','; }

jv_status jv_design_read_calendar(jv_ctx *cx, const char *text, jv_design *d) {
  for (const char *p = text; *p;) {
    size_t len = strcspn(p, " ,"), i = 0;
    for (; len && i < JV_CALENDAR_COUNT; i++) {
      const char *name = jv_calendar_name((jv_calendar_effect)i);
      if (strlen(name) == len && memcmp(name, p, len) == 0) break;
    }
    if (i == JV_CALENDAR_COUNT)
      return jv_fail(
          cx, JV_EINVAL,
          "regression: option 'calendar' is a list of days, trading_days and easter, got "
          "'%s'",
          text);
    if (len) d->calendar[i] = true;
    p += len;
    while (is_apart(*p)) p++;
  }
  return JV_OK;
}
