/* Proleptic Gregorian calendar: day numbers (1970-01-01 = 0) and dates, weekdays, ISO text. */
#include "series/period.h"
#include <stdio.h>
#include <string.h>

static bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int jv_month_days(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[(month - 1) % 12];
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days from 0001-01-01 to the first day of `year`: whole years and their leap days before it. */
static int64_t days_before_year(int64_t year) {
  int64_t y = year - 1;
  return 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400);
}

int64_t jv_day_of(jv_date date) {
  int64_t day = days_before_year(date.year) + JV_DAY_FIRST;
  for (int month = 1; month < date.month; month++) day += jv_month_days(date.year, month);
  return day + date.day - 1;
}

jv_date jv_date_of(int64_t day) {
  int64_t since = day - JV_DAY_FIRST;
  /* 400 years are 146097 days: the quotient is the year or one less or more */
  int64_t year = floor_div(since * 400, 146097) + 1;
  while (days_before_year(year) > since) year--;
  while (days_before_year(year + 1) <= since) year++;
  jv_date date = {(int)year, 1, 1};
  int64_t rest = since - days_before_year(year);
  while (rest >= jv_month_days(date.year, date.month))
    rest -= jv_month_days(date.year, date.month++);
  date.day = (int)rest + 1;
  return date;
}

/* Day 0 was a Thursday. */
int jv_weekday_of(int64_t day) { return (int)(day + 3 - 7 * floor_div(day + 3, 7)) + 1; }

int jv_year_end_month(int64_t last_day) {
  jv_date date = jv_date_of(last_day);
  int to_end = jv_month_days(date.year, date.month) - date.day;
  if (date.day <= to_end) return date.month == 1 ? 12 : date.month - 1;
  return date.month;
}

void jv_date_format(int64_t day, char out[JV_PERIOD_TEXT]) {
  if (day < JV_DAY_FIRST || day > JV_DAY_LAST) {
    memcpy(out, "?", 2);
    return;
  }
  jv_date date = jv_date_of(day);
  snprintf(out, JV_PERIOD_TEXT, "%04d-%02d-%02d", date.year, date.month, date.day);
}

/* n decimal digits, or -1. */
static int digits(const char *text, int n) {
  int value = 0;
  for (int i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

jv_status jv_date_parse(jv_ctx *cx, const char *text, int64_t *day) {
  jv_date date = {0, 0, 0};
  if (strlen(text) == 10 && text[4] == '-' && text[7] == '-') {
    date.year = digits(text, 4);
    date.month = digits(text + 5, 2);
    date.day = digits(text + 8, 2);
  }
  if (date.year < 0 || date.month < 1 || date.day < 0)
    return jv_fail(cx, JV_EPARSE, "'%.40s' is not a date such as 2024-12-31", text);
  if (date.year < 1 || date.month > 12 || date.day < 1 ||
      date.day > jv_month_days(date.year, date.month))
    return jv_fail(cx, JV_EPARSE, "'%.40s' is no day of the calendar (years 1-9999)", text);
  *day = jv_day_of(date);
  return JV_OK;
}
