/* The columns of a regression on time: trend, season, calendar, regressors. */
#ifndef JV_MODEL_REGRESSION_DESIGN_H
#define JV_MODEL_REGRESSION_DESIGN_H

#include "model/model.h"
#include "series/holiday.h"

enum { JV_DESIGN_PERIODS = 8, JV_DESIGN_NAME = 64 };

typedef struct jv_design {
  bool trend;
  size_t dummies; /* seasons of the dummies, 0: none */
  size_t offset;  /* the first observation is of this season, from 0 */
  size_t n_periods, period[JV_DESIGN_PERIODS], waves[JV_DESIGN_PERIODS]; /* Fourier terms */
  bool calendar[JV_CALENDAR_COUNT];
  bool dated;
  jv_period start; /* where dated */
  size_t k;        /* regressors */
  const char *const *x_names;
} jv_design;

/* Columns, without the intercept. */
size_t jv_design_columns(const jv_design *d);

/* The columns of observation t, from 0, whose regressors are x (k of them). */
void jv_design_row(const jv_design *d, size_t t, const double *x, double *row);

/* "trend", "season2", "S1-12", "easter", the regressor's own. */
void jv_design_name(const jv_design *d, size_t column, char name[JV_DESIGN_NAME]);

/* The parts of which the columns make up a fit: trend (with the intercept), each season, calendar, each
 * regressor. jv_design_part gives the part of a column. */
size_t jv_design_parts(const jv_design *d);
size_t jv_design_part(const jv_design *d, size_t column);
void jv_design_part_name(const jv_design *d, size_t part, char name[JV_DESIGN_NAME]);

/* Reads "days,easter" into d->calendar. Errors: JV_EINVAL. */
jv_status jv_design_read_calendar(jv_ctx *cx, const char *text, jv_design *d);

#endif
