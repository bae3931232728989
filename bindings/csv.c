/* jv.csv: CSV files as rows, as an iterator, as a series; and rows written as CSV. */
#include "io/csv_file.h"
#include "bind.h"
#include "modules.h"
#include "text/number.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void release_file(jv_ctx *cx, void *p) { jv_csv_file_close(cx, p); }
static void release_output(jv_ctx *cx, void *p) { jv_csv_output_free(cx, p); }

static const jvl_class file_class = {"jevons.csv_file",
                                     "An open CSV file; jv.csv.rows hands out its rows.",
                                     release_file, NULL, NULL};
static const jvl_class output_class = {"jevons.csv_output",
                                       "A CSV file being written; scripts do not meet it.",
                                       release_output, NULL, NULL};

/* ---- options ---- */

typedef struct csv_opt {
  int header, ragged, detect;
  char separator[JV_OPT_TEXT_SIZE];
} csv_opt;

#define PLACE(field) offsetof(csv_opt, field)
static const jv_option rows[] = {
    {"header", JV_OPT_FLAG, PLACE(header), 1, 0, 1, "the first line names the columns", NULL},
    {"ragged", JV_OPT_FLAG, PLACE(ragged), 0, 0, 1, "lines may differ in their number of fields",
     NULL},
    {"detect", JV_OPT_FLAG, PLACE(detect), 0, 0, 1, "find the separator in the first line", NULL},
    {"separator", JV_OPT_TEXT, PLACE(separator), NAN, 0, 0, "one character; default ,", NULL},
    {NULL, JV_OPT_REAL, 0, 0, 0, 0, NULL, NULL}};
static const char *const own[] = {"types", "columns", NULL};

static csv_opt read_options(lua_State *L, int idx) {
  csv_opt opt;
  jvl_options(L, idx, "jv.csv", rows, &opt, own);
  if (strlen(opt.separator) > 1 || strchr("\"\r\n", opt.separator[0] ? opt.separator[0] : ','))
    jvl_misuse(L, "jv.csv: option 'separator' takes one character, not a quote or a line break");
  return opt;
}

static jv_csv_file *open_file(lua_State *L, const char *path, const csv_opt *opt) {
  jv_csv_options options = {opt->separator[0], opt->detect == 1, opt->ragged == 1, 0};
  jv_csv_file *file = NULL;
  void **box = jvl_box(L, &file_class);
  jvl_check(L, jv_csv_file_open(jvl_ctx(L), path, &options, &file));
  *box = file;
  return file;
}

/* ---- rows ---- */

/* Pushes a list of the column names; false at the end of an empty file. A column without a name is
 * column_N; a name that stands twice throws. */
static bool push_header(lua_State *L, jv_csv_file *file) {
  const jv_csv_field *fields;
  size_t n;
  jvl_check(L, jv_csv_file_next(jvl_ctx(L), file, &fields, &n));
  lua_createtable(L, (int)n, 0);
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    if (fields[i].len > 0)
      lua_pushlstring(L, fields[i].text, fields[i].len);
    else
      lua_pushfstring(L, "column_%d", (int)i + 1);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL)
      jvl_misuse(L, "jv.csv: the column '%s' stands twice in line %zu", lua_tostring(L, -2),
                 jv_csv_file_line(file));
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, (lua_Integer)i + 1);
    lua_pushboolean(L, true);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  return n > 0;
}

/* Pushes the next record, by name when names (a stack index) is not 0; false at the end. */
static bool push_record(lua_State *L, jv_csv_file *file, int names) {
  const jv_csv_field *fields;
  size_t n;
  jvl_check(L, jv_csv_file_next(jvl_ctx(L), file, &fields, &n));
  if (n == 0) return false;
  lua_createtable(L, names ? 0 : (int)n, names ? (int)n : 0);
  for (size_t i = 0; i < n; i++) {
    bool named = names && lua_rawgeti(L, names, (lua_Integer)i + 1) != LUA_TNIL;
    if (names && !named) lua_pop(L, 1); /* a ragged line's surplus goes by number */
    lua_pushlstring(L, fields[i].text, fields[i].len);
    if (named)
      lua_rawset(L, -3);
    else
      lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return true;
}

/* ---- types ---- */

/* 007 is a name, not a number. */
static bool looks_like_number(const char *text, size_t len, double *x) {
  const char *digits = text + (len > 0 && (*text == '-' || *text == '+'));
  size_t rest = len - (size_t)(digits - text);
  return jv_number_parse(text, len, x) && !(rest > 1 && digits[0] == '0' && digits[1] != '.' &&
                                            digits[1] != 'e' && digits[1] != 'E');
}

static void push_number(lua_State *L, const char *text, size_t len, double x) {
  int64_t whole;
  if (jv_integer_parse(text, len, &whole))
    lua_pushinteger(L, (lua_Integer)whole);
  else
    lua_pushnumber(L, x);
}

/* Are all values of the column (key at key_idx) numbers or missing, and one at least a number? */
static bool is_numeric(lua_State *L, int table, lua_Integer n, int key_idx) {
  bool any = false, all = true;
  for (lua_Integer i = 1; i <= n && all; i++) {
    double x;
    size_t len = 0;
    lua_rawgeti(L, table, i);
    lua_pushvalue(L, key_idx);
    lua_rawget(L, -2);
    const char *text = lua_tolstring(L, -1, &len);
    if (text && !jv_number_is_missing(text, len)) {
      any = true;
      all = looks_like_number(text, len, &x);
    }
    lua_pop(L, 2);
  }
  return any && all;
}

/* Texts of one column become numbers; missing becomes NaN. With `forced`, what is no number throws. */
static void convert_column(lua_State *L, int table, lua_Integer n, int key_idx, bool forced) {
  for (lua_Integer i = 1; i <= n; i++) {
    double x;
    size_t len = 0;
    lua_rawgeti(L, table, i);
    lua_pushvalue(L, key_idx);
    lua_pushvalue(L, key_idx);
    lua_rawget(L, -3);
    const char *text = lua_tolstring(L, -1, &len);
    if (text && jv_number_parse(text, len, &x)) {
      push_number(L, text, len, x);
    } else {
      if (forced && text && !jv_number_is_missing(text, len))
        jvl_misuse(L, "jv.csv: row %d, column '%s': '%s' is not a number", (int)i,
                   luaL_tolstring(L, key_idx, NULL), text);
      lua_pushnumber(L, NAN);
    }
    lua_replace(L, -2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }
}

/* types[name], or types itself when it is a text: "number", "text" or, by default, "auto". */
static const char *type_of(lua_State *L, int types, int key_idx) {
  const char *type = "auto";
  if (lua_type(L, types) == LUA_TSTRING) type = lua_tostring(L, types);
  if (lua_istable(L, types)) {
    lua_pushvalue(L, key_idx);
    if (lua_rawget(L, types) == LUA_TSTRING) type = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  if (strcmp(type, "auto") != 0 && strcmp(type, "text") != 0 && strcmp(type, "number") != 0)
    jvl_misuse(L, "jv.csv: a type is auto, text or number, got '%s'", type);
  return type;
}

static void convert(lua_State *L, int table, lua_Integer n, int types, int key_idx) {
  const char *type = type_of(L, types, key_idx);
  if (*type == 't' || (*type == 'a' && !is_numeric(L, table, n, key_idx))) return;
  convert_column(L, table, n, key_idx, *type == 'n');
}

/* ---- reading ---- */

static int l_read(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  lua_settop(L, 2);
  csv_opt opt = read_options(L, 2);
  if (lua_isnil(L, 2))
    lua_pushnil(L);
  else
    lua_getfield(L, 2, "types");
  jv_csv_file *file = open_file(L, path, &opt);
  bool any = true;
  if (opt.header)
    any = push_header(L, file);
  else
    lua_newtable(L);
  enum { TYPES = 3, NAMES = 5, TABLE = 6 };
  lua_newtable(L);
  lua_Integer n = 0, widest = 0;
  while (any && push_record(L, file, opt.header ? NAMES : 0)) {
    if (!opt.header && (lua_Integer)lua_rawlen(L, -1) > widest)
      widest = (lua_Integer)lua_rawlen(L, -1);
    lua_rawseti(L, TABLE, ++n);
  }
  lua_Integer columns = opt.header ? (lua_Integer)lua_rawlen(L, NAMES) : widest;
  for (lua_Integer i = 1; i <= columns; i++) {
    if (opt.header)
      lua_rawgeti(L, NAMES, i);
    else
      lua_pushinteger(L, i);
    convert(L, TABLE, n, TYPES, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (opt.header) {
    lua_pushvalue(L, NAMES);
    lua_setfield(L, TABLE, "columns");
  }
  lua_settop(L, TABLE);
  return 1;
}

/* Upvalues: the file's box, the names (false: none). */
static int next_row(lua_State *L) {
  jv_csv_file *file = jvl_unbox(L, lua_upvalueindex(1), &file_class);
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(2));
  if (!push_record(L, file, lua_toboolean(L, 1) ? 1 : 0)) return 0;
  lua_pushinteger(L, (lua_Integer)jv_csv_file_line(file));
  return 2;
}

static int l_rows(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  lua_settop(L, 2);
  csv_opt opt = read_options(L, 2);
  jv_csv_file *file = open_file(L, path, &opt);
  int box = lua_gettop(L);
  if (opt.header)
    push_header(L, file);
  else
    lua_pushboolean(L, false);
  lua_pushvalue(L, box);
  lua_insert(L, -2);
  lua_pushcclosure(L, next_row, 2);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, box); /* closed when the loop ends, however it does */
  return 4;
}

static int l_series(lua_State *L) {
  static const char *const names[] = {"freq", "id", "unit", "name"};
  const char *path = luaL_checkstring(L, 1), *text[4] = {NULL, NULL, NULL, NULL};
  lua_settop(L, 2);
  for (int i = 0; i < 4 && !lua_isnil(L, 2); i++) {
    luaL_checktype(L, 2, LUA_TTABLE);
    if (lua_getfield(L, 2, names[i]) != LUA_TNIL) text[i] = luaL_checkstring(L, -1);
  }
  jv_ctx *cx = jvl_ctx(L);
  jv_freq freq;
  jv_unit unit;
  if (text[0]) jvl_check(L, jv_freq_parse(cx, text[0], &freq));
  if (text[2]) jvl_check(L, jv_unit_parse(cx, text[2], &unit));
  jv_series *s = NULL;
  void **box = jvl_box(L, &jvl_series_class);
  jvl_check(L, jv_csv_read_series(cx, path, text[0] ? &freq : NULL, text[1], &s));
  *box = s;
  if (text[2]) s->unit = unit;
  if (text[3]) jvl_check(L, jv_series_set_name(cx, s, text[3]));
  return 1;
}

/* ---- writing ---- */

/* One value: numbers exactly, nil and NaN as nothing, quantities by their number, the rest as it is
 * printed. */
static void write_value(lua_State *L, jv_csv_writer *w, int idx) {
  jv_ctx *cx = jvl_ctx(L);
  jv_quantity q;
  size_t len;
  if (lua_isnil(L, idx)) {
    jvl_check(L, jv_csv_write(cx, w, "", 0));
  } else if (lua_isinteger(L, idx)) {
    jvl_check(L, jv_csv_write_integer(cx, w, lua_tointeger(L, idx)));
  } else if (lua_type(L, idx) == LUA_TNUMBER) {
    jvl_check(L, jv_csv_write_number(cx, w, lua_tonumber(L, idx)));
  } else if (lua_isuserdata(L, idx) && jvl_to_quantity(L, idx, &q)) {
    jvl_check(L, jv_csv_write_number(cx, w, q.value));
  } else {
    const char *text = luaL_tolstring(L, idx, &len);
    jvl_check(L, jv_csv_write(cx, w, text, len));
    lua_pop(L, 1);
  }
}

/* Adds the names of the row on top that `seen` does not have to the list `names` of n; pops the row. */
static lua_Integer add_names(lua_State *L, int names, int seen, lua_Integer n) {
  int row = lua_gettop(L);
  if (lua_istable(L, row))
    for (lua_pushnil(L); lua_next(L, row); lua_pop(L, 1)) {
      if (lua_type(L, -2) != LUA_TSTRING) continue;
      lua_pushvalue(L, -2);
      if (lua_rawget(L, seen) == LUA_TNIL) {
        lua_pushvalue(L, -3);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
        lua_pushvalue(L, -3);
        lua_rawseti(L, names, ++n);
      }
      lua_pop(L, 1);
    }
  lua_settop(L, row - 1);
  return n;
}

/* Pushes the names of the columns: the list given, rows.columns, else all names that rows have, in
 * order (the first row may lack one that is nil there); nil for rows that are lists. */
static void push_columns(lua_State *L, int table, int given) {
  if (lua_istable(L, given)) {
    lua_pushvalue(L, given);
    return;
  }
  if (lua_getfield(L, table, "columns") == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_newtable(L);
  int names = lua_gettop(L) - 1;
  lua_Integer n = 0;
  for (lua_Integer i = 1, count = (lua_Integer)lua_rawlen(L, table); i <= count; i++) {
    lua_rawgeti(L, table, i);
    n = add_names(L, names, names + 1, n);
  }
  if (n == 0) {
    lua_settop(L, names - 1);
    lua_pushnil(L);
    return;
  }
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_pushvalue(L, names);
  lua_call(L, 1, 0);
  lua_settop(L, names);
}

static void write_row(lua_State *L, jv_csv_writer *w, int row, int names) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, names ? names : row);
  for (lua_Integer i = 1; i <= n; i++) {
    if (names) {
      lua_rawgeti(L, names, i);
      lua_gettable(L, row);
    } else {
      lua_rawgeti(L, row, i);
    }
    write_value(L, w, lua_gettop(L));
    lua_pop(L, 1);
  }
  jvl_check(L, jv_csv_end_record(jvl_ctx(L), w));
}

static int l_write(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 4);
  if (!lua_isnil(L, 3)) luaL_checktype(L, 3, LUA_TTABLE);
  csv_opt opt = read_options(L, 4);
  push_columns(L, 2, 3);
  enum { NAMES = 5, ROW = 7 };
  fflush(stdout); /* what was printed comes before what goes to "-" */
  jv_csv_output *output = NULL;
  void **box = jvl_box(L, &output_class);
  jvl_check(L, jv_csv_output_open(jvl_ctx(L), path, opt.separator[0], &output));
  *box = output;
  jv_csv_writer *w = jv_csv_output_writer(output);
  int names = lua_istable(L, NAMES) ? NAMES : 0;
  if (names && opt.header) write_row(L, w, NAMES, 0);
  for (lua_Integer i = 1, n = (lua_Integer)lua_rawlen(L, 2); i <= n; i++) {
    if (lua_rawgeti(L, 2, i) != LUA_TTABLE)
      jvl_misuse(L, "jv.csv.write: row %d is a %s, not a table", (int)i, luaL_typename(L, ROW));
    write_row(L, w, ROW, names);
    lua_pop(L, 1);
  }
  jvl_check(L, jv_csv_output_commit(jvl_ctx(L), output));
  lua_pushboolean(L, true);
  return 1;
}

static const jvl_function functions[] = {
    {"read", l_read,
     "jv.csv.read(path [, options]) -> rows\n\n"
     "A CSV file (RFC 4180) as a list of rows, each with its fields by name; rows.columns lists "
     "the names "
     "in their order. options: header = false gives rows as lists; types = {name = \"number\" | "
     "\"text\"} "
     "or one of them for all; separator = \";\"; detect = true finds it; ragged = true allows "
     "lines of "
     "other lengths. By default a column is of numbers when every field is a number or missing "
     "(empty, "
     "NA, NaN, null: NaN), whole ones as integers; 007 is a text. Throws with file, line and "
     "column."},
    {"rows", l_rows,
     "jv.csv.rows(path [, options]) -> iterator\n\n"
     "For files of any size: `for row, line in jv.csv.rows(path) do`. Fields are texts, by name; "
     "options "
     "as in jv.csv.read, but for types. The file is closed when the loop ends."},
    {"series", l_series,
     "jv.csv.series(path [, {freq=, id=, unit=, name=}]) -> series\n\n"
     "The series of a file `ds,y`, or the one with this id of `unique_id,ds,y`. ds is a date (then "
     "freq is "
     "needed), a period or a whole number; absent periods are missing. Throws with file and line; "
     "code "
     "not_found for an id that is not there."},
    {"write", l_write,
     "jv.csv.write(path, rows [, columns [, options]]) -> true\n\n"
     "Writes a list of rows; the file appears, or is replaced, when all is written. columns: names "
     "in "
     "order, default rows.columns, else all names that the rows have, sorted; rows that are lists "
     "are "
     "written as they stand. Numbers read back exactly; nil and NaN are empty fields; quantities "
     "are "
     "written as their number. options: separator, header = false."},
    {NULL, NULL, NULL}};

void jvl_open_csv(lua_State *L) {
  jvl_class_register(L, &file_class);
  jvl_class_register(L, &output_class);
  jvl_submodule(L, "csv");
  jvl_document(L, "jv.csv", "jv.csv\n\nCSV files: read, written, iterated, and as series.");
  jvl_add(L, "jv.csv", functions);
  lua_pop(L, 1);
}
