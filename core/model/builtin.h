/* The built-in families, once: registry.c makes its table of this list. A new family adds its file
 * and one line here; the record is `const jv_model_class jv_model_NAME`. */
#ifndef JV_MODEL_BUILTIN_H
#define JV_MODEL_BUILTIN_H

#include "model/model.h"

/* clang-format off */
#define JV_BUILTIN_MODELS(X)                                                                       \
  X(mean)                                                                                          \
  X(naive)                                                                                         \
  X(snaive)                                                                                        \
  X(drift)                                                                                         \
  X(naive2)                                                                                        \
  X(theta)                                                                                         \
  X(stm) X(otm) X(dstm) X(dotm) X(autotheta) X(fourtheta) X(ces)                                   \
  X(croston) X(sba) X(tsb) X(adida) X(imapa)                                                       \
  X(structural)                                                                                    \
  X(arima) X(ar)                                                                                   \
  X(bats) X(tbats)                                                                                 \
  X(ses) X(holt) X(hw) X(ets)                                                                      \
  X(stl)                                                                                           \
  X(regression)
/* clang-format on */

#define X(name) extern const jv_model_class jv_model_##name;
JV_BUILTIN_MODELS(X)
#undef X

#endif
