/* Every status a core function can return, once: code, Lua name, what it means. */
#ifndef JV_BASE_STATUS_H
#define JV_BASE_STATUS_H

#define JV_STATUSES(X)                                                                             \
  X(OK, "ok", "done")                                                                              \
  X(EINVAL, "invalid", "an argument is wrong")                                                     \
  X(EDATA, "data", "the data cannot serve this computation")                                       \
  X(EPARSE, "parse", "text is not of the expected form")                                           \
  X(EUNIT, "unit", "units do not match")                                                           \
  X(EPERIOD, "period", "periods or frequencies do not match")                                      \
  X(ENOTFOUND, "not_found", "no such thing")                                                       \
  X(EUNSUPPORTED, "unsupported", "this cannot do what was asked")                                  \
  X(EUNRESOLVED, "unresolved", "an input is missing and nothing may stand in for it")              \
  X(ENUMERIC, "numeric", "the computation failed numerically")                                     \
  X(EIO, "io", "a file or a device failed")                                                        \
  X(ENOMEM, "memory", "out of memory")                                                             \
  X(ECANCEL, "cancelled", "interrupted")                                                           \
  X(EUSER, "user", "a callback of the caller's failed")

typedef enum jv_status {
#define X(code, name, text) JV_##code,
  JV_STATUSES(X)
#undef X
      JV_STATUS_COUNT
} jv_status;

/* jv_status_name(JV_EDATA) is "data"; jv_status_text gives the sentence. Unknown codes give "?". */
const char *jv_status_name(jv_status status);
const char *jv_status_text(jv_status status);

#endif
