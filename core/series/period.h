/* Periods as exact integers: frequency with anchor, ordinal, parsing, printing, conversion.
 *
 * Proleptic Gregorian calendar, years 1-9999. A period is an ordinal of its frequency; dates are
 * day numbers with 1970-01-01 = 0. Anchors are as in pandas: A-JUN ends in June, Q-DEC has quarters
 * that end in December, March, June and September and fiscal years that end in December; W-SUN ends
 * on Sunday. Calendar periods print as 2025Q4 and 2025, those of an anchor other than DEC as
 * FY2025Q4 and FY2025, named after the calendar year of the month in which the fiscal year ends.
 *
 * Ordinals: A fiscal year - 1970, Q 4 * (fiscal year - 1970) + quarter - 1, M months since 1970-01,
 * W weeks (0 is the first that ends in 1970), D and H days and hours since 1970-01-01T00. */
#ifndef JV_SERIES_PERIOD_H
#define JV_SERIES_PERIOD_H

#include "base/ctx.h"

typedef enum jv_freq_kind {
  JV_FREQ_INDEX, /* undated: whole numbers */
  JV_FREQ_A,
  JV_FREQ_Q,
  JV_FREQ_M,
  JV_FREQ_W,
  JV_FREQ_D,
  JV_FREQ_H
} jv_freq_kind;

typedef struct jv_freq {
  uint8_t kind; /* jv_freq_kind */
  /* A, Q: month 1..12 in which the fiscal year ends; W: 1 = Monday … 7 = Sunday; else 0 */
  uint8_t anchor;
} jv_freq;

typedef struct jv_period {
  int64_t ordinal;
  jv_freq freq;
} jv_period;

typedef struct jv_date {
  int year, month, day;
} jv_date;

#define JV_PERIOD_TEXT 32 /* fits every printed period and frequency */

/* "A" "Y" "YE" "A-JUN" "Q" "QE" "QE-DEC" "M" "ME" "W" "W-SUN" "D" "H" "h" "I"; also "YS-JUL"
 * (A-JUN), "QS" and "MS", which name the start of the same periods. JV_EPARSE names them. */
jv_status jv_freq_parse(jv_ctx *cx, const char *text, jv_freq *out);
/* "Q-DEC", "A-DEC", "W-SUN", "M", "D" */
void jv_freq_format(jv_freq freq, char out[JV_PERIOD_TEXT]);
bool jv_freq_equal(jv_freq a, jv_freq b);
/* Default seasonal period: A 1, Q 4, M 12, W 52, D 7, H 24, index 1. */
size_t jv_freq_season(jv_freq freq);

#define JV_DAY_FIRST (-719162) /* 0001-01-01 */
#define JV_DAY_LAST 2932896    /* 9999-12-31 */

/* Day numbers and calendar dates. jv_date_parse takes ISO YYYY-MM-DD, years 1-9999. */
jv_status jv_date_parse(jv_ctx *cx, const char *text, int64_t *day);
void jv_date_format(int64_t day, char out[JV_PERIOD_TEXT]); /* "?" outside years 1-9999 */
int64_t jv_day_of(jv_date date);
jv_date jv_date_of(int64_t day);
int jv_weekday_of(int64_t day); /* 1 = Monday … 7 = Sunday */
int jv_month_days(int year, int month);
/* The month (1..12) whose end is nearest to a fiscal year's last day: the anchor of a 52/53-week
 * year. 2023-01-01 gives 12, as does 2022-12-31. */
int jv_year_end_month(int64_t last_day);

/* Parses a period. With freq NULL the text decides: 2024 (A-DEC), 2024Q4 (Q-DEC), 2024-12 (M),
 * 2024-W52 (W-SUN), 2024-12-31 (D), 2024-12-31T05 or "2024-12-31 05:00" (H). FY2025 and FY2025Q4
 * need freq with their anchor. With freq, text of the same kind (or a date: the period that
 * holds it) gives a period of that freq; a calendar text 2024Q4 under an anchor whose quarters
 * have the same ends gives the period with those days; one that fits no period is an error that
 * names both. */
jv_status jv_period_parse(jv_ctx *cx, const char *text, const jv_freq *freq, jv_period *out);
void jv_period_format(jv_period period, char out[JV_PERIOD_TEXT]);

/* Lies wholly within years 1-9999, and its fiscal year does (index: within +-2^53)? */
bool jv_period_valid(jv_period period);

/* First and last day (day numbers) of a period; hours give their day, index periods 0. */
int64_t jv_period_first_day(jv_period period);
int64_t jv_period_last_day(jv_period period);
/* Days in it (hours and index: 0). */
int64_t jv_period_days(jv_period period);

/* The period of freq that holds this day (H: its first hour; index: ordinal 0). At the ends of
 * years 1-9999 the result may reach beyond them: see jv_period_valid. */
jv_period jv_period_of_day(jv_freq freq, int64_t day);
/* The period of freq whose last day is nearest to this day: where a 52/53-week quarter that ends on
 * 2025-01-26 belongs. Of two equally near the earlier. */
jv_period jv_period_ending(jv_freq freq, int64_t last_day);
/* Conversion by end ("the quarter in which this month ends") or by start. Finer: the last or the
 * first sub-period. JV_EPERIOD to or from index, or beyond years 1-9999. */
jv_status jv_period_convert(jv_ctx *cx, jv_period period, jv_freq to, bool by_end, jv_period *out);

/* The period of freq with the same days: 2024Q4 of Q-DEC as FY2025Q2 of Q-JUN. JV_EPERIOD names
 * those that it touches when there is none. */
jv_status jv_period_match(jv_ctx *cx, jv_period period, jv_freq freq, jv_period *out);

/* period + k. JV_EPERIOD outside years 1-9999. */
jv_status jv_period_add(jv_ctx *cx, jv_period period, int64_t k, jv_period *out);
/* a - b in periods; JV_EPERIOD when the frequencies differ. */
jv_status jv_period_diff(jv_ctx *cx, jv_period a, jv_period b, int64_t *out);

/* Calendar year, and 1-based position within the (fiscal) year: quarter, month, ISO week, day,
 * hour. */
int jv_period_year(jv_period period); /* fiscal year under an anchor */
int jv_period_in_year(jv_period period);

#endif
