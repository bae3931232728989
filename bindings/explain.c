/* What a fit says of itself, fit:explain(), and what its model can do, fit.can. */
#include "fits.h"
#include "text/json.h"
#include <string.h>

/* ---- capabilities, once: the word of fit.can, and the one in a sentence of help */

typedef struct capability {
  unsigned tag; /* 0: told by a hook */
  const char *key, *words;
} capability;

static const capability capabilities[] = {
    {JV_TAG_SEASONAL, "seasonal", "seasonal"},
    {JV_TAG_MISSING, "missing", "missing values"},
    {JV_TAG_REGRESSORS, "regressors", "regressors"},
    {JV_TAG_ANALYTIC, "analytic", "analytic intervals"},
    {JV_TAG_SIMULATE, "simulate", "sample paths"},
    {JV_TAG_COMPONENTS, "components", "components"},
    {JV_TAG_UPDATE, "update", "update"},
    {JV_TAG_POSITIVE, "positive", "positive data only"},
    {JV_TAG_ESTIMATION, "estimation", "the uncertainty of its parameters in its intervals"},
    {JV_TAG_SCRIPTED, "scripted", "written in Lua"},
};
enum { CAPABILITIES = sizeof capabilities / sizeof *capabilities };

void jvl_push_tags(lua_State *L, unsigned tags) {
  lua_newtable(L);
  lua_Integer n = 0;
  for (size_t i = 0; i < CAPABILITIES; i++) {
    if (!(tags & capabilities[i].tag)) continue;
    lua_pushstring(L, capabilities[i].words);
    lua_rawseti(L, -2, ++n);
  }
}

static void set_flag(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

void jvl_push_can(lua_State *L, const jv_model_class *cls) {
  lua_createtable(L, 0, CAPABILITIES + 2);
  for (size_t i = 0; i < CAPABILITIES; i++)
    set_flag(L, capabilities[i].key, (cls->tags & capabilities[i].tag) != 0);
  set_flag(L, "apply", cls->apply != NULL);
  set_flag(L, "save", cls->save != NULL);
}

/* ---- explanations */

static void release_tree(jv_ctx *cx, void *p) {
  (void)cx;
  cJSON_Delete(p);
}

static const jvl_class tree_class = {.name = "jevons.explanation_tree",
                                     .doc = "explanation_tree\n\nAn explanation on its way to Lua.",
                                     .release = release_tree};

static void release_text(jv_ctx *cx, void *p) {
  (void)cx;
  cJSON_free(p);
}

static const jvl_class text_class = {.name = "jevons.explanation_text",
                                     .doc = "explanation_text\n\nThe same as text.",
                                     .release = release_text};

/* Numbers stand in the tree as text, exactly: reading it again makes them numbers. */
static const cJSON *push_read_again(lua_State *L, const cJSON *made) {
  jv_ctx *cx = jvl_ctx(L);
  void **text = jvl_box(L, &text_class), **box = jvl_box(L, &tree_class);
  cJSON *tree = NULL;
  *text = cJSON_PrintUnformatted(made);
  if (!*text) {
    luaL_error(L, "not enough memory");
    return NULL;
  }
  jvl_check(L, jv_json_parse(cx, *text, strlen(*text), 0, &tree));
  *box = tree;
  return tree;
}

const cJSON *jvl_push_explanation(lua_State *L, const jv_fit *fit) {
  void **box = jvl_box(L, &tree_class);
  cJSON *tree = cJSON_CreateObject();
  *box = tree;
  if (!tree) luaL_error(L, "not enough memory");
  jvl_check(L, jv_fit_explain(jvl_ctx(L), fit, tree));
  return push_read_again(L, tree);
}

void jvl_dress(lua_State *L, const char *meta) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  luaL_getsubtable(L, -1, "jevons.internal");
  lua_getfield(L, -1, meta);
  lua_setmetatable(L, -4);
  lua_pop(L, 2);
}

int jvl_fit_explain(lua_State *L) {
  const jv_fit *fit = jvl_unbox(L, 1, &jvl_fit_class);
  jvl_scripted_from_json(L, jvl_push_explanation(L, fit));
  jvl_dress(L, "explanation_meta");
  return 1;
}

void jvl_open_explain(lua_State *L) {
  jvl_class_register(L, &tree_class);
  jvl_class_register(L, &text_class);
}
