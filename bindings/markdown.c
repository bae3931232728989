/* jv.markdown: CommonMark to HTML through libcmark, in a form that is safe to put into a page. */
#include "bind.h"
#include <cmark.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Raw HTML becomes the text it is written as; the renderer then escapes it. */
static void defuse(cmark_node *document) {
  cmark_iter *it = cmark_iter_new(document);
  while (cmark_iter_next(it) != CMARK_EVENT_DONE) {
    cmark_node *node = cmark_iter_get_node(it);
    cmark_node_type type = cmark_node_get_type(node);
    if (type != CMARK_NODE_HTML_INLINE && type != CMARK_NODE_HTML_BLOCK) continue;
    cmark_node *text = cmark_node_new(CMARK_NODE_TEXT), *fresh = text;
    cmark_node_set_literal(text, cmark_node_get_literal(node));
    if (type == CMARK_NODE_HTML_BLOCK) {
      fresh = cmark_node_new(CMARK_NODE_PARAGRAPH);
      cmark_node_append_child(fresh, text);
    }
    /* nodes of raw HTML are leaves, so the iterator has left the old one for good */
    cmark_node_replace(node, fresh);
    cmark_node_free(node);
  }
  cmark_iter_free(it);
}

static int free_html(lua_State *L) {
  char **html = (char **)lua_touserdata(L, 1);
  free(*html);
  *html = NULL;
  return 0;
}

/* Pushes a holder that frees its text when it is collected, so that no throw leaks. */
static char **push_holder(lua_State *L) {
  char **holder = (char **)lua_newuserdatauv(L, sizeof *holder, 0);
  *holder = NULL;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, free_html);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  return holder;
}

static int l_markdown(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  if (len > INT_MAX / 8)
    return jvl_misuse(L, "markdown: a text of %d MB is too long", (int)(len >> 20));
  lua_settop(L, 1);
  char **html = push_holder(L);
  cmark_node *document = cmark_parse_document(text, len, CMARK_OPT_DEFAULT);
  defuse(document);
  *html = cmark_render_html(document, CMARK_OPT_DEFAULT);
  cmark_node_free(document);
  lua_pushstring(L, *html);
  free(*html);
  *html = NULL;
  return 1;
}

static const jvl_function functions[] = {
    {"markdown", l_markdown,
     "jv.markdown(text) -> string\n\n"
     "HTML of a text in Markdown (CommonMark). Raw HTML in the text comes out as text, and links\n"
     "with dangerous schemes (javascript:) lose their target: the result may be put into a page."},
    {NULL, NULL, NULL},
};

void jvl_open_markdown(lua_State *L);

void jvl_open_markdown(lua_State *L) { jvl_add(L, "jv", functions); }
