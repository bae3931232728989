/* What the calendar does to a period besides its season: its length, working days, Easter. */
#ifndef JV_SERIES_HOLIDAY_H
#define JV_SERIES_HOLIDAY_H

#include "series/period.h"

/* The effects, once: X(NAME, "name", doc). Each is a number for a period. */
#define JV_CALENDAR_EFFECTS(X)                                                                     \
  X(DAYS, "days", "days of the period")                                                            \
  X(TRADING, "trading_days", "Mondays to Fridays less 5/2 of the days of weekends")                \
  X(EASTER, "easter", "share of Good Friday to Easter Sunday that lies in the period")

typedef enum jv_calendar_effect {
#define X(code, name, doc) JV_CALENDAR_##code,
  JV_CALENDAR_EFFECTS(X)
#undef X
      JV_CALENDAR_COUNT
} jv_calendar_effect;

const char *jv_calendar_name(jv_calendar_effect effect);

/* The effect of a dated period other than an hour; NaN for one that is undated or an hour. */
double jv_calendar_value(jv_calendar_effect effect, jv_period period);

/* Easter Sunday (western) of a year, 1583 on, as a day number. */
int64_t jv_easter_day(int year);

#endif
