/* External merge sort of panel rows.
 *
 * Rows are packed into one block of memory; when it is full they are sorted and written to the spill
 * as a run. At the end the last run stays in memory when it is the only one, else all runs are merged
 * through one window each, smallest first by a binary heap. The key is (order in which the id first
 * appeared, id, ds, line): ids are told apart by their text, so that hashes that meet do no harm, and
 * the line makes the sort stable. */
#include "evaluate/panel_parts.h"
#include <stdlib.h>
#include <string.h>

/* A packed row; the id follows, padded to the alignment. */
typedef struct packed {
  uint64_t order;
  uint64_t line;
  double y;
  jv_stamp ds;
  size_t id_len;
} packed;

typedef struct run {
  uint64_t at, end; /* unread part within the spill */
  char *window;
  size_t cap, begin, filled; /* window[begin..filled) is loaded and unread */
} run;

struct jv_row_sorter {
  char *block; /* packed rows */
  size_t used, cap;
  const packed **rows; /* into the block */
  size_t n, rows_cap, next;
  const jv_spill *spill;
  uint64_t spilled;
  run *runs;
  size_t n_runs;
  size_t *heap; /* run numbers, the smallest row's on top */
  size_t heap_n;
  size_t given; /* run number + 1 whose row was handed out and is still loaded */
};

static const size_t default_memory = (size_t)256 << 20;
static const size_t first_block = 65536;
enum { LEAST_WINDOW = 4096, MOST_WINDOW = 1 << 20 };

static size_t packed_size(size_t id_len) {
  size_t align = sizeof(max_align_t), size = sizeof(packed) + id_len;
  return (size + align - 1) / align * align;
}

static const char *id_of(const packed *row) { return (const char *)(row + 1); }

static int compare(const packed *a, const packed *b) {
  if (a->order != b->order) return a->order < b->order ? -1 : 1;
  size_t len = a->id_len < b->id_len ? a->id_len : b->id_len;
  int c = memcmp(id_of(a), id_of(b), len);
  if (c != 0) return c;
  if (a->id_len != b->id_len) return a->id_len < b->id_len ? -1 : 1;
  if (a->ds.period.ordinal != b->ds.period.ordinal)
    return a->ds.period.ordinal < b->ds.period.ordinal ? -1 : 1;
  return a->line < b->line ? -1 : a->line > b->line;
}

static int compare_pointers(const void *a, const void *b) {
  const packed *const *x = a, *const *y = b;
  return compare(*x, *y);
}

static void unpack(const packed *from, jv_panel_row *row) {
  row->id = id_of(from);
  row->id_len = from->id_len;
  row->ds = from->ds;
  row->y = from->y;
  row->line = (size_t)from->line;
}

/* ---- runs ---- */

static void sort_block(jv_row_sorter *s) {
  if (s->n > 1) qsort(s->rows, s->n, sizeof(const packed *), compare_pointers);
}

static jv_status add_run(jv_ctx *cx, jv_row_sorter *s, uint64_t at) {
  run *grown = jv_realloc(cx, s->runs, s->n_runs + 1, sizeof *grown);
  if (!grown) return cx->status;
  s->runs = grown;
  s->runs[s->n_runs++] = (run){.at = at, .end = s->spilled};
  return JV_OK;
}

static jv_status spill_block(jv_ctx *cx, jv_row_sorter *s) {
  uint64_t at = s->spilled;
  if (!s->spill)
    return jv_fail(cx, JV_EDATA, "sorting needs more than %zu bytes and has no disk to use",
                   s->cap);
  sort_block(s);
  for (size_t i = 0; i < s->n; i++) {
    size_t size = packed_size(s->rows[i]->id_len);
    if (i % 4096 == 0) JV_TRY(jv_check_cancel(cx));
    JV_TRY(s->spill->write(cx, s->spill->ud, (const char *)s->rows[i], size));
    s->spilled += size;
  }
  JV_TRY(add_run(cx, s, at));
  s->used = s->n = 0;
  return JV_OK;
}

/* The block grows by doubling up to `most`; rows point into it, so they are found again after. */
static jv_status grow_block(jv_ctx *cx, jv_row_sorter *s, size_t cap) {
  char *old = s->block, *grown = jv_alloc(cx, cap, 1);
  if (!grown) return cx->status;
  if (s->used > 0) memcpy(grown, old, s->used);
  for (size_t i = 0; i < s->n; i++)
    s->rows[i] = (const packed *)(const void *)(grown + ((const char *)s->rows[i] - old));
  jv_free(cx, old);
  s->block = grown;
  s->cap = cap;
  return JV_OK;
}

static jv_status make_room(jv_ctx *cx, jv_row_sorter *s, size_t size, size_t most) {
  if (s->used + size > s->cap && s->used > 0 && s->cap * 2 > most) JV_TRY(spill_block(cx, s));
  while (s->used + size > s->cap) JV_TRY(grow_block(cx, s, s->cap ? s->cap * 2 : first_block));
  if (s->n < s->rows_cap) return JV_OK;
  size_t cap = s->rows_cap ? s->rows_cap * 2 : 1024;
  const packed **grown = jv_realloc(cx, s->rows, cap, sizeof(const packed *));
  if (!grown) return cx->status;
  s->rows = grown;
  s->rows_cap = cap;
  return JV_OK;
}

static jv_status pack(jv_ctx *cx, jv_row_sorter *s, const jv_panel_row *row, uint64_t order,
                      size_t most) {
  size_t size = packed_size(row->id_len);
  JV_TRY(make_room(cx, s, size, most));
  char *at = s->block + s->used;
  packed *to = (packed *)(void *)at;
  memset(at, 0, size); /* padding goes to disk: it must not be what was there before */
  to->order = order;
  to->line = row->line;
  to->y = row->y;
  to->ds = row->ds;
  to->id_len = row->id_len;
  memcpy(to + 1, row->id, row->id_len);
  s->rows[s->n++] = to;
  s->used += size;
  return JV_OK;
}

static jv_status read_rows(jv_ctx *cx, jv_row_sorter *s, jv_row_reader *rows, size_t most) {
  jv_id_table ids = {NULL, 0, 0};
  jv_status status;
  for (;;) {
    jv_panel_row row;
    bool more, is_new;
    uint64_t order;
    status = jv_rows_next(cx, rows, &row, &more);
    if (status != JV_OK || !more) break;
    status = jv_id_table_add(cx, &ids, row.id, row.id_len, &order, &is_new);
    if (status == JV_OK) status = pack(cx, s, &row, order, most);
    if (status != JV_OK) break;
  }
  jv_id_table_free(cx, &ids);
  return status;
}

/* ---- merging ---- */

/* Makes sure that the window begins with a whole row; false in *there at the end of the run. */
static jv_status load(jv_ctx *cx, jv_row_sorter *s, run *r, bool *there) {
  for (;;) {
    size_t loaded = r->filled - r->begin, need = sizeof(packed);
    if (loaded >= need)
      need = packed_size(((const packed *)(void *)(r->window + r->begin))->id_len);
    *there = loaded >= need;
    if (*there || (loaded == 0 && r->at == r->end)) return JV_OK;
    memmove(r->window, r->window + r->begin, loaded);
    r->begin = 0;
    r->filled = loaded;
    if (need > r->cap) {
      char *grown = jv_realloc(cx, r->window, need, 1);
      if (!grown) return cx->status;
      r->window = grown;
      r->cap = need;
    }
    size_t want = r->cap - loaded, got = 0;
    if (r->end - r->at < want) want = (size_t)(r->end - r->at);
    JV_TRY(jv_check_cancel(cx));
    JV_TRY(s->spill->read_at(cx, s->spill->ud, r->at, r->window + loaded, want, &got));
    if (got == 0) return jv_fail(cx, JV_EIO, "the temporary file of the sort came back too short");
    r->at += got;
    r->filled += got;
  }
}

static const packed *top_of(const run *r) {
  return (const packed *)(const void *)(r->window + r->begin);
}

static bool before(const jv_row_sorter *s, size_t a, size_t b) {
  return compare(top_of(&s->runs[a]), top_of(&s->runs[b])) < 0;
}

static void sift_down(jv_row_sorter *s, size_t i) {
  for (;;) {
    size_t least = i, left = 2 * i + 1, right = left + 1;
    if (left < s->heap_n && before(s, s->heap[left], s->heap[least])) least = left;
    if (right < s->heap_n && before(s, s->heap[right], s->heap[least])) least = right;
    if (least == i) return;
    size_t swap = s->heap[i];
    s->heap[i] = s->heap[least];
    s->heap[least] = swap;
    i = least;
  }
}

static jv_status begin_merge(jv_ctx *cx, jv_row_sorter *s, size_t memory) {
  size_t window = memory / s->n_runs;
  if (window < LEAST_WINDOW) window = LEAST_WINDOW;
  if (window > MOST_WINDOW) window = MOST_WINDOW;
  s->heap = JV_ARRAY(cx, size_t, s->n_runs);
  if (!s->heap) return cx->status;
  for (size_t i = 0; i < s->n_runs; i++) {
    bool there;
    s->runs[i].window = JV_ARRAY(cx, char, window);
    if (!s->runs[i].window) return cx->status;
    s->runs[i].cap = window;
    JV_TRY(load(cx, s, &s->runs[i], &there));
    if (there) s->heap[s->heap_n++] = i;
  }
  for (size_t i = s->heap_n; i-- > 0;) sift_down(s, i);
  return JV_OK;
}

static jv_status next_merged(jv_ctx *cx, jv_row_sorter *s, jv_panel_row *row, bool *more) {
  if (s->given) { /* its row may now be overwritten */
    run *r = &s->runs[s->given - 1];
    bool there;
    r->begin += packed_size(top_of(r)->id_len);
    JV_TRY(load(cx, s, r, &there));
    if (!there) s->heap[0] = s->heap[--s->heap_n];
    sift_down(s, 0);
  }
  *more = s->heap_n > 0;
  s->given = 0;
  if (!*more) return JV_OK;
  s->given = s->heap[0] + 1;
  unpack(top_of(&s->runs[s->heap[0]]), row);
  return JV_OK;
}

/* ---- the interface ---- */

jv_status jv_sorter_new(jv_ctx *cx, jv_row_reader *rows, const jv_panel_options *options,
                        jv_row_sorter **out) {
  jv_row_sorter *s = JV_NEW(cx, jv_row_sorter);
  if (!s) return cx->status;
  size_t most = options->sort_memory ? options->sort_memory : default_memory;
  s->spill = options->spill;
  jv_status status = read_rows(cx, s, rows, most);
  if (status == JV_OK && s->n_runs > 0) {
    if (s->n > 0) status = spill_block(cx, s);
    jv_free(cx, s->block);
    jv_free(cx, s->rows);
    s->block = NULL;
    s->rows = NULL;
    if (status == JV_OK) status = begin_merge(cx, s, most);
  } else if (status == JV_OK) {
    sort_block(s);
  }
  if (status != JV_OK) {
    jv_sorter_free(cx, s);
    return status;
  }
  *out = s;
  return JV_OK;
}

void jv_sorter_free(jv_ctx *cx, jv_row_sorter *s) {
  if (!s) return;
  for (size_t i = 0; i < s->n_runs; i++) jv_free(cx, s->runs[i].window);
  jv_free(cx, s->runs);
  jv_free(cx, s->heap);
  jv_free(cx, s->block);
  jv_free(cx, s->rows);
  jv_free(cx, s);
}

jv_status jv_sorter_next(jv_ctx *cx, jv_row_sorter *s, jv_panel_row *row, bool *more) {
  if (s->n_runs > 0) return next_merged(cx, s, row, more);
  *more = s->next < s->n;
  if (*more) unpack(s->rows[s->next++], row);
  return JV_OK;
}
