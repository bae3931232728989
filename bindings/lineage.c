/* Lineage objects: where a figure came from, as a tree that can be walked and printed. */
#include "values.h"
#include <string.h>

static const jvl_class lineage_class;

static void release_lineage(jv_ctx *cx, void *p) { jv_lineage_release(cx, p); }

void jvl_push_lineage(lua_State *L, jv_lineage *node) {
  if (!node) {
    lua_pushnil(L);
    return;
  }
  void **box = jvl_box(L, &lineage_class);
  *box = jv_lineage_retain(node);
}

void jvl_push_evidence(lua_State *L, unsigned evidence) {
  if (evidence == JV_EVIDENCE_NONE)
    lua_pushnil(L);
  else
    lua_pushstring(L, jv_evidence_name((jv_evidence)evidence));
}

static const jv_lineage *self(lua_State *L) { return jvl_unbox(L, 1, &lineage_class); }

/* The core reads nodes as const; a Lua object holds a counted reference of its own. */
static void push_node(lua_State *L, const jv_lineage *node) {
  union {
    const jv_lineage *in;
    jv_lineage *out;
  } pointer = {node};
  jvl_push_lineage(L, pointer.out);
}

/* Pushes one field of a source by name: a text, a day as text, or nil; false when there is no such
 * field. */
static bool push_source_field(lua_State *L, const jv_source *source, const char *key) {
  const struct {
    const char *key, *text;
  } texts[] = {{"filer", source->filer}, {"accession", source->accession}, {"tag", source->tag},
               {"form", source->form},   {"unit", source->unit},           {"note", source->note}};
  const struct {
    const char *key;
    int64_t day;
  } days[] = {{"start", source->start}, {"end", source->end}, {"filed", source->filed}};
  char text[JV_PERIOD_TEXT];
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (strcmp(key, texts[i].key) != 0) continue;
    lua_pushstring(L, texts[i].text); /* NULL pushes nil */
    return true;
  }
  for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
    if (strcmp(key, days[i].key) != 0) continue;
    jv_date_format(days[i].day, text);
    lua_pushstring(L, days[i].day == INT64_MIN ? NULL : text);
    return true;
  }
  return false;
}

static void push_source(lua_State *L, const jv_source *source) {
  static const char *const keys[] = {"filer", "accession", "tag", "form", "unit",
                                     "note",  "start",     "end", "filed"};
  lua_createtable(L, 0, 10);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    push_source_field(L, source, keys[i]);
    lua_setfield(L, -2, keys[i]);
  }
  lua_pushnumber(L, source->value);
  lua_setfield(L, -2, "value");
}

static int l_inputs(lua_State *L) {
  const jv_lineage *node = self(L);
  lua_newtable(L);
  lua_Integer n = 0;
  for (size_t i = 0; i < jv_lineage_input_count(node); i++) {
    if (!jv_lineage_input(node, i)) continue;
    push_node(L, jv_lineage_input(node, i));
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

typedef struct source_list {
  const jv_lineage **node;
  size_t n;
} source_list;

static int push_sources(lua_State *L) {
  const source_list *list = lua_touserdata(L, 1);
  lua_newtable(L);
  for (size_t i = 0; i < list->n; i++) {
    push_source(L, jv_lineage_get_source(list->node[i]));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_sources(lua_State *L) {
  source_list list;
  jvl_check(L, jv_lineage_sources(jvl_ctx(L), self(L), &list.node, &list.n));
  bool done = jvl_protected(L, push_sources, &list);
  jv_free(jvl_ctx(L), list.node);
  return done ? 1 : lua_error(L);
}

static int push_tree(lua_State *L, const jv_lineage *node, size_t max_lines) {
  char *text;
  jvl_check(L, jv_lineage_format(jvl_ctx(L), node, max_lines, &text));
  jvl_push_text(L, text);
  return 1;
}

static int l_tree(lua_State *L) {
  lua_Integer most = luaL_optinteger(L, 2, 40);
  const jv_lineage *node = self(L);
  if (most < 1) return jvl_bad_argument(L, 2, "at least 1 line, got %lld", (long long)most);
  return push_tree(L, node, (size_t)most);
}

static int l_tostring(lua_State *L) { return push_tree(L, self(L), 40); }

static const jvl_function methods[] = {
    {"inputs", l_inputs,
     "lineage:inputs() -> list of lineages\n\nWhat a derived figure was made from; empty for a "
     "source."},
    {"sources", l_sources,
     "lineage:sources() -> list of tables\n\nThe filed facts and citations that the figure rests "
     "on, "
     "each once: filer, accession, tag, form, unit, note, start, end, filed (dates as text), "
     "value."},
    {"tree", l_tree,
     "lineage:tree([max_lines]) -> text\n\nThe figure and what it was made from, one line each, "
     "indented; at most 40 lines unless said. `tostring` gives the same."},
    {"operation", NULL, "lineage.operation -> text or nil\n\nWhat was done; nil for a source."},
    {"value", NULL, "lineage.value -> number\n\nThe figure, in its own unit."},
    {"id", NULL,
     "lineage.id -> an opaque value\n\nThe same for one node wherever it is met, while some object "
     "of it "
     "lives: figures share what they are made from, and a walk can tell."},
    {"source", NULL,
     "lineage.source -> table or nil\n\nThe filed fact or citation: see lineage:sources(). Its "
     "fields "
     "may be read off the lineage itself: `lineage.accession`."},
    {NULL, NULL, NULL}};

static void push_id(lua_State *L, const jv_lineage *node) {
  union {
    const jv_lineage *in;
    void *out;
  } pointer = {node};
  lua_pushlightuserdata(L, pointer.out);
}

static int lineage_index(lua_State *L) {
  const jv_lineage *node = self(L);
  const jv_source *source = jv_lineage_get_source(node);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "operation") == 0)
    lua_pushstring(L, jv_lineage_operation(node));
  else if (strcmp(key, "value") == 0)
    lua_pushnumber(L, jv_lineage_value(node));
  else if (strcmp(key, "id") == 0)
    push_id(L, node);
  else if (strcmp(key, "source") == 0 && source)
    push_source(L, source);
  else if (!source || !push_source_field(L, source, key))
    jvl_method(L, &lineage_class, 2);
  return 1;
}

static const luaL_Reg meta[] = {
    {"__index", lineage_index}, {"__tostring", l_tostring}, {NULL, NULL}};

static const jvl_class lineage_class = {"jevons.lineage",
                                        "Where a figure came from, down to the filed facts.",
                                        release_lineage, methods, meta};

void jvl_open_lineage(lua_State *L) { jvl_class_register(L, &lineage_class); }
