/* The ds of a panel: told apart by their look, read under the frequency, and written in the same
 * form again. */
#include "evaluate/panel.h"
#include "text/number.h"
#include <stdio.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* "2024-01-31" and perhaps more behind it? */
static bool looks_like_date(const char *text, size_t len) {
  static const char shape[] = "dddd-dd-dd";
  if (len < 10) return false;
  for (size_t i = 0; i < 10; i++)
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != '-') return false;
  return true;
}

/* "T05", " 05:00", "T00:00:00" behind a date; only whole hours are periods. */
static bool read_time(const char *text, jv_stamp *stamp, int *hour) {
  if (*text != 'T' && *text != ' ') return false;
  stamp->separator = *text++;
  if (!is_digit(text[0]) || !is_digit(text[1])) return false;
  *hour = (text[0] - '0') * 10 + (text[1] - '0');
  stamp->time_parts = 1;
  for (text += 2; *text; text += 3) {
    if (stamp->time_parts == 3 || strncmp(text, ":00", 3) != 0) return false;
    stamp->time_parts++;
  }
  return *hour < 24;
}

static jv_status off_the_edges(jv_ctx *cx, const char *text, jv_period period, int64_t day) {
  static const char *const weekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
  char first[JV_PERIOD_TEXT], last[JV_PERIOD_TEXT], freq[JV_PERIOD_TEXT];
  jv_date_format(jv_period_first_day(period), first);
  jv_date_format(jv_period_last_day(period), last);
  jv_freq_format(period.freq, freq);
  int weekday = jv_weekday_of(day);
  if (period.freq.kind == JV_FREQ_W)
    return jv_fail(cx, JV_EPERIOD,
                   "ds '%s' is neither the first nor the last day of its week under %s; weeks that "
                   "end on this day are --freq W-%s, weeks that begin on it --freq W-%s",
                   text, freq, weekdays[weekday], weekdays[weekday - 1]);
  return jv_fail(
      cx, JV_EPERIOD,
      "ds '%s' is neither the first (%.10s) nor the last day (%.10s) of its period under "
      "%s",
      text, first, last, freq);
}

static jv_status parse_date(jv_ctx *cx, const char *text, const jv_freq *freq, jv_stamp *out) {
  char date[11] = "";
  int64_t day;
  int hour = 0;
  jv_stamp stamp = {.form = JV_DS_DATE};
  memcpy(date, text, 10);
  JV_TRY(jv_date_parse(cx, date, &day));
  if (text[10] && !read_time(text + 10, &stamp, &hour))
    return jv_fail(cx, JV_EPARSE, "ds '%s' is not a date, nor a date and a full hour", text);
  if (!freq)
    return jv_fail(cx, JV_EPERIOD,
                   "ds '%s' is a date, and of which period only --freq can say (A, Q, M, W, D, H)",
                   text);
  stamp.period = jv_period_of_day(*freq, day);
  stamp.edge = JV_DS_FIRST | JV_DS_LAST;
  if (freq->kind == JV_FREQ_H) {
    if (!stamp.separator)
      return jv_fail(cx, JV_EPERIOD,
                     "ds '%s' has no hour, which --freq H needs, as in 2024-12-31 05:00", text);
    stamp.period.ordinal += hour;
  } else {
    if (hour != 0)
      return jv_fail(cx, JV_EPERIOD, "ds '%s' has a time of day, which needs --freq H", text);
    if (jv_period_first_day(stamp.period) != day) stamp.edge &= (uint8_t)~JV_DS_FIRST;
    if (jv_period_last_day(stamp.period) != day) stamp.edge &= (uint8_t)~JV_DS_LAST;
  }
  if (!stamp.edge) return off_the_edges(cx, text, stamp.period, day);
  if (!jv_period_valid(stamp.period))
    return jv_fail(cx, JV_EPERIOD, "ds '%s' lies in a period that reaches outside years 1-9999",
                   text);
  *out = stamp;
  return JV_OK;
}

/* A calendar period keeps its own frequency under an anchor (2024Q4 under Q-JUN is continued as
 * 2025Q1), as long as it is of the same kind and ends where those of the anchor do. */
static jv_status parse_period(jv_ctx *cx, const char *text, const jv_freq *freq, jv_stamp *out) {
  jv_period period, under;
  if (freq && (text[0] == 'F' || text[0] == 'f')) {
    JV_TRY(jv_period_parse(cx, text, freq, &period));
  } else {
    JV_TRY(jv_period_parse(cx, text, NULL, &period));
    if (freq) JV_TRY(jv_period_parse(cx, text, freq, &under));
    if (freq && period.freq.kind != freq->kind)
      return jv_fail(cx, JV_EPERIOD, "ds '%s' is not of the frequency that --freq names", text);
  }
  *out = (jv_stamp){.form = JV_DS_PERIOD, .period = period};
  out->fiscal = text[0] == 'F' || text[0] == 'f';
  const char *quarter = strpbrk(text, "Qq");
  if (quarter && (quarter[-1] == '-' || quarter[-1] == ' ')) out->separator = quarter[-1];
  return JV_OK;
}

jv_status jv_stamp_parse(jv_ctx *cx, const char *text, size_t len, const jv_freq *freq,
                         jv_stamp *out) {
  char copy[JV_STAMP_TEXT];
  int64_t index;
  while (len > 0 && (*text == ' ' || *text == '\t')) text++, len--;
  while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) len--;
  if (jv_integer_parse(text, len, &index)) {
    jv_stamp stamp = {.form = JV_DS_INDEX, .period = {index, {JV_FREQ_INDEX, 0}}};
    if (!jv_period_valid(stamp.period))
      return jv_fail(cx, JV_EPARSE, "ds '%.*s' is too large a whole number", (int)len, text);
    *out = stamp;
    return JV_OK;
  }
  if (len == 0) return jv_fail(cx, JV_EPARSE, "ds is empty");
  if (len >= sizeof copy || memchr(text, '\0', len))
    return jv_fail(cx, JV_EPARSE, "ds '%.40s…' is no date, period or whole number", text);
  memcpy(copy, text, len);
  copy[len] = '\0';
  if (looks_like_date(copy, len)) return parse_date(cx, copy, freq, out);
  if (freq && freq->kind == JV_FREQ_INDEX)
    return jv_fail(cx, JV_EPARSE, "ds '%s' is not a whole number, which --freq I asks for", copy);
  return parse_period(cx, copy, freq, out);
}

static void add_time(const jv_stamp *stamp, char out[JV_STAMP_TEXT]) {
  if (!stamp->separator) return;
  int64_t hour = 0;
  if (stamp->period.freq.kind == JV_FREQ_H)
    hour = stamp->period.ordinal - 24 * jv_period_first_day(stamp->period);
  size_t len = strlen(out);
  snprintf(out + len, JV_STAMP_TEXT - len, "%c%02d%s", stamp->separator, (int)(hour % 24),
           stamp->time_parts == 3   ? ":00:00"
           : stamp->time_parts == 2 ? ":00"
                                    : "");
}

/* FY also where the anchor is December, and "2024-Q4" where that is how it was written. */
static void format_period(const jv_stamp *stamp, char out[JV_STAMP_TEXT]) {
  char text[JV_PERIOD_TEXT];
  jv_period_format(stamp->period, text);
  const char *fy = stamp->fiscal && text[0] != 'F' ? "FY" : "", *quarter = strchr(text, 'Q');
  if (quarter && stamp->separator)
    snprintf(out, JV_STAMP_TEXT, "%s%.*s%c%s", fy, (int)(quarter - text), text, stamp->separator,
             quarter);
  else
    snprintf(out, JV_STAMP_TEXT, "%s%s", fy, text);
}

void jv_stamp_format(jv_stamp stamp, char out[JV_STAMP_TEXT]) {
  char text[JV_PERIOD_TEXT];
  if (stamp.form != JV_DS_DATE) {
    format_period(&stamp, out);
    return;
  }
  jv_date_format(stamp.edge & JV_DS_FIRST ? jv_period_first_day(stamp.period)
                                          : jv_period_last_day(stamp.period),
                 text);
  snprintf(out, JV_STAMP_TEXT, "%s", text);
  add_time(&stamp, out);
}

jv_status jv_stamp_add(jv_ctx *cx, jv_stamp stamp, int64_t k, jv_stamp *out) {
  JV_TRY(jv_period_add(cx, stamp.period, k, &stamp.period));
  *out = stamp;
  return JV_OK;
}
