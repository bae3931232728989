/* What the common options of a fit came to: the map of its observations, the fit on the mapped scale,
 * and what intervals of other methods are made from. Owned by the fit; part of the generic layer.
 *
 * Two layers stand around the forecast of a family, in this order:
 *   method  its distribution is kept, or replaced by one from sample paths or from past errors
 *   map     everything is brought back onto the scale of y
 * so that conformal errors are those of the mapped scale, and bounds hold whatever the method.
 *
 * A fit with common options keeps its observations (and regressors): conformal intervals refit on
 * parts of them, and a loaded fit maps them anew. */
#ifndef JV_MODEL_AROUND_H
#define JV_MODEL_AROUND_H

#include "model/layer.h"
#include "model/transform.h"

typedef struct jv_around {
  jv_common common;
  jv_map map;
  jv_fit *core; /* of a transformed model: the family's fit of the mapped observations; else NULL */
  double *y;    /* fit->n observations in the unit of y */
  double *x;    /* fit->n rows of fit->k, or NULL */
  bool dated;
  jv_period start;          /* of y[0] */
  double *pool;             /* standardised innovations, made when first drawn from */
  size_t n_pool;            /* 0: not made */
  struct jv_errors *errors; /* conformal, of as many steps as were asked for yet; or NULL */
} jv_around;

/* A fit with sample->common. from: applied instead of estimated, or NULL. */
jv_status jv_around_fit(jv_ctx *cx, const jv_model_class *cls, const jv_sample *sample,
                        const void *opt, const jv_fit *from, jv_fit **out);
void jv_around_free(jv_ctx *cx, jv_around *around);
/* Puts the layers around a forecast of the core, which is taken over and may be replaced; freed on
 * failure. */
jv_status jv_around_forecast(jv_ctx *cx, const jv_fit *fit, jv_forecast **fc);
jv_status jv_around_simulate(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x,
                             size_t n_paths, double *paths);
jv_status jv_around_update(jv_ctx *cx, jv_fit *fit, const double *y, const double *x, size_t more);
/* Makes the fit that a transformed one shows out of its core, which it takes over with around. */
jv_status jv_around_show(jv_ctx *cx, jv_fit *core, jv_around *around, jv_fit **out);

/* The mapped observations [from, to) into z. */
jv_status jv_around_mapped(jv_ctx *cx, const jv_fit *fit, size_t from, size_t to, double *z);
/* A sample of the first n mapped observations z, as the core was fitted to. */
jv_sample jv_around_sample(const jv_fit *fit, const double *z, size_t n);

/* Paths on the mapped scale, by the method of the fit. */
jv_status jv_around_draw(jv_ctx *cx, const jv_fit *fit, size_t h, const double *x, size_t n_paths,
                         double *paths);

/* Paths that carry the uncertainty of the parameters: refit.c. core: the fit on the mapped scale, with
 * seed and pool as they are to be. */
jv_status jv_refit_draw(jv_ctx *cx, const jv_fit *fit, const jv_fit *core, size_t h,
                        const double *x, size_t n_paths, double *paths);

#endif
