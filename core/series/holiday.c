/* Calendar effects.
 *
 *   trading days = #(Mon … Fri) - 5/2 #(Sat, Sun): zero over whole weeks (Findley et al. 1998)
 *   Easter       = days of Good Friday, Saturday and Sunday in the period, over three
 *
 * Easter Sunday by the Gregorian computus: golden number, century corrections of sun and moon, epact,
 * then the Sunday after the paschal full moon. Source: Butcher's algorithm (Meeus 1991, Astronomical
 * Algorithms, ch. 8). Differs: R forecast's easter() rounds its thirds to two decimals. */
#include "series/holiday.h"
#include <math.h>

const char *jv_calendar_name(jv_calendar_effect effect) {
  static const char *const names[] = {
#define X(code, name, doc) name,
      JV_CALENDAR_EFFECTS(X)
#undef X
  };
  return names[effect];
}

int64_t jv_easter_day(int year) {
  int golden = year % 19, century = year / 100, in_century = year % 100;
  int moon = (century + 8) / 25, sun = (century - moon + 1) / 3;
  int epact = (19 * golden + century - century / 4 - sun + 15) % 30;
  int weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
  int late = (golden + 11 * epact + 22 * weekday) / 451;
  int at = epact + weekday - 7 * late + 114;
  return jv_day_of((jv_date){year, at / 31, at % 31 + 1});
}

static double easter_share(int64_t first, int64_t last) {
  double inside = 0;
  for (int year = jv_date_of(first).year; year <= jv_date_of(last).year; year++) {
    int64_t sunday = jv_easter_day(year);
    for (int64_t day = sunday - 2; day <= sunday; day++)
      if (day >= first && day <= last) inside++;
  }
  return inside / 3;
}

static double trading_days(int64_t first, int64_t last) {
  int64_t days = last - first + 1;
  double sum = 0; /* whole weeks add nothing */
  for (int64_t day = last - days % 7 + 1; day <= last; day++)
    sum += jv_weekday_of(day) <= 5 ? 1 : -2.5;
  return sum;
}

double jv_calendar_value(jv_calendar_effect effect, jv_period period) {
  if (period.freq.kind == JV_FREQ_INDEX || period.freq.kind == JV_FREQ_H) return NAN;
  int64_t first = jv_period_first_day(period), last = jv_period_last_day(period);
  switch (effect) {
  case JV_CALENDAR_DAYS:
    return (double)(last - first + 1);
  case JV_CALENDAR_TRADING:
    return trading_days(first, last);
  case JV_CALENDAR_EASTER:
    return easter_share(first, last);
  case JV_CALENDAR_COUNT:
    break;
  }
  return NAN;
}
