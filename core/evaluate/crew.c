/* A ring of slots between the calling thread and the lanes.
 *
 *   given <= begun <= taken <= given + slots     items, counted from the start of the stream
 *
 * Slots [begun, taken) wait for a lane; a slot is `done` from its run until it is given. Counters
 * and `done` are under the lock, the contents of a slot belong to whoever has it. */
#include "evaluate/crew.h"
#include "model/registry.h"
#include "text/stream.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { SLOTS_PER_JOB = 16, POLL_NS = 50 * 1000 * 1000 };

typedef struct place {
  bool done;
  jv_status status;
  char message[sizeof((jv_ctx *)0)->message];
  jv_buffer warnings; /* NUL-ended texts */
} place;

struct ring;

typedef struct lane {
  struct ring *ring;
  size_t index, slot;
  jv_ctx *cx, own;
  /* of a context that was given: what it had before the run */
  bool (*cancelled)(void *ud);
  void (*progress)(void *ud, double fraction, const char *what);
  void (*warn)(void *ud, const char *message);
  void *cancel_ud, *warn_ud;
  pthread_t thread;
} lane;

typedef struct ring {
  const jv_crew *crew;
  const jv_crew_work *work;
  jv_shared *shared;
  jv_registry *registry; /* of contexts made here */
  lane *lanes;
  size_t n_lanes, started;
  place *places;
  size_t slots, given, begun, taken;
  bool ended; /* no more items */
  atomic_bool stop;
  pthread_mutex_t lock;
  pthread_cond_t waiting, finished; /* an item waits for a lane; one is done */
  /* of the calling context, while ours stand in their place */
  void (*warn)(void *ud, const char *message);
  void (*progress)(void *ud, double fraction, const char *what);
  void *warn_ud, *progress_ud;
} ring;

size_t jv_crew_slots(const jv_crew *crew) {
  return crew && crew->jobs > 1 ? SLOTS_PER_JOB * crew->jobs : 1;
}

/* ---- lanes ---- */

static bool is_stopped(void *ud) { return atomic_load(&((ring *)ud)->stop); }

/* What does not fit into memory is dropped: a warning ends no run. */
static void keep_warning(void *ud, const char *message) {
  lane *l = ud;
  jv_status status = l->cx->status;
  char text[sizeof l->cx->message];
  memcpy(text, l->cx->message, sizeof text);
  if (jv_buffer_add(l->cx, &l->ring->places[l->slot].warnings, message, strlen(message) + 1) ==
      JV_OK)
    return;
  l->cx->status = status;
  memcpy(l->cx->message, text, sizeof text);
}

/* Works on the slot, without the lock. */
static void run_slot(lane *l, size_t slot) {
  place *p = &l->ring->places[slot];
  l->slot = slot;
  p->status = l->ring->work->run(l->cx, l->ring->work->ud, l->index, slot);
  if (p->status != JV_OK) memcpy(p->message, l->cx->message, sizeof p->message);
}

static void *run_lane(void *ud) {
  lane *l = ud;
  ring *r = l->ring;
  if (r->crew->enter) r->crew->enter(r->crew->ud, l->index);
  pthread_mutex_lock(&r->lock);
  for (;;) {
    while (r->begun == r->taken && !r->ended && !is_stopped(r))
      pthread_cond_wait(&r->waiting, &r->lock);
    if (r->begun == r->taken || is_stopped(r)) break;
    size_t item = r->begun++, slot = item % r->slots;
    pthread_mutex_unlock(&r->lock);
    run_slot(l, slot);
    pthread_mutex_lock(&r->lock);
    r->places[slot].done = true;
    if (item == r->given) pthread_cond_signal(&r->finished);
  }
  pthread_mutex_unlock(&r->lock);
  return NULL;
}

/* ---- the calling thread ---- */

/* Callbacks of the host may use the allocator below: the others wait for them. */
static void tell_warning(void *ud, const char *message) {
  ring *r = ud;
  jv_shared_enter(r->shared);
  r->warn(r->warn_ud, message);
  jv_shared_leave(r->shared);
}

static void tell_progress(void *ud, double fraction, const char *what) {
  ring *r = ud;
  jv_shared_enter(r->shared);
  r->progress(r->progress_ud, fraction, what);
  jv_shared_leave(r->shared);
}

static void tell_warnings(jv_ctx *cx, jv_buffer *warnings) {
  for (size_t at = 0; at < warnings->len; at += strlen(warnings->data + at) + 1)
    jv_warn(cx, "%s", warnings->data + at);
  warnings->len = 0;
}

static jv_status take_item(jv_ctx *cx, ring *r) {
  bool more = false;
  JV_TRY(r->work->take(cx, r->work->ud, r->taken % r->slots, &more));
  pthread_mutex_lock(&r->lock);
  if (more) {
    r->taken++;
    pthread_cond_signal(&r->waiting);
  } else {
    r->ended = true;
    pthread_cond_broadcast(&r->waiting);
  }
  pthread_mutex_unlock(&r->lock);
  return JV_OK;
}

/* Waits for the oldest item, looking up now and then for an interrupt. */
static jv_status await_item(jv_ctx *cx, ring *r) {
  const place *p = &r->places[r->given % r->slots];
  jv_status status = JV_OK;
  pthread_mutex_lock(&r->lock);
  while (!p->done && status == JV_OK) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += POLL_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&r->finished, &r->lock, &until);
    status = jv_check_cancel(cx);
  }
  pthread_mutex_unlock(&r->lock);
  return status;
}

static jv_status give_item(jv_ctx *cx, ring *r) {
  size_t slot = r->given % r->slots;
  place *p = &r->places[slot];
  JV_TRY(jv_check_cancel(cx));
  JV_TRY(await_item(cx, r));
  tell_warnings(cx, &p->warnings);
  if (p->status != JV_OK) return jv_fail(cx, p->status, "%s", p->message);
  JV_TRY(r->work->give(cx, r->work->ud, slot));
  pthread_mutex_lock(&r->lock);
  p->done = false;
  r->given++;
  pthread_mutex_unlock(&r->lock);
  return JV_OK;
}

static jv_status run_stream(jv_ctx *cx, ring *r) {
  jv_status status = JV_OK;
  while (status == JV_OK && (!r->ended || r->given < r->taken))
    status = !r->ended && r->taken - r->given < r->slots ? take_item(cx, r) : give_item(cx, r);
  return status;
}

/* ---- beginning and end ---- */

static void prepare_lane(ring *r, size_t i) {
  lane *l = &r->lanes[i];
  l->ring = r;
  l->index = i;
  l->cx = r->crew->lanes ? r->crew->lanes[i] : &l->own;
  if (!r->crew->lanes) {
    jv_ctx_init(&l->own);
    l->own.models = r->registry;
    l->own.alloc = jv_shared_alloc;
    l->own.alloc_ud = r->shared;
  }
  l->cancelled = l->cx->cancelled;
  l->cancel_ud = l->cx->cancel_ud;
  l->warn = l->cx->warn;
  l->warn_ud = l->cx->warn_ud;
  l->progress = l->cx->progress;
  l->cx->cancelled = is_stopped;
  l->cx->cancel_ud = r;
  l->cx->warn = keep_warning;
  l->cx->warn_ud = l;
  l->cx->progress = NULL;
}

static void restore_lane(lane *l) {
  l->cx->cancelled = l->cancelled;
  l->cx->cancel_ud = l->cancel_ud;
  l->cx->warn = l->warn;
  l->cx->warn_ud = l->warn_ud;
  l->cx->progress = l->progress;
}

/* Puts the calling context on the shared allocator and its callbacks behind the lock. */
static void join_context(jv_ctx *cx, ring *r) {
  cx->alloc = jv_shared_alloc;
  cx->alloc_ud = r->shared;
  r->warn = cx->warn;
  r->warn_ud = cx->warn_ud;
  r->progress = cx->progress;
  r->progress_ud = cx->progress_ud;
  if (cx->warn) cx->warn = tell_warning;
  if (cx->progress) cx->progress = tell_progress;
  cx->warn_ud = cx->progress_ud = r;
}

static void leave_context(jv_ctx *cx, const ring *r) {
  cx->warn = r->warn;
  cx->warn_ud = r->warn_ud;
  cx->progress = r->progress;
  cx->progress_ud = r->progress_ud;
}

/* As many threads as the system gives, with all signals left to the calling one. */
static void start_lanes(ring *r) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (r->started < r->n_lanes &&
         pthread_create(&r->lanes[r->started].thread, NULL, run_lane, &r->lanes[r->started]) == 0)
    r->started++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_lanes(ring *r, bool early) {
  pthread_mutex_lock(&r->lock);
  if (early) atomic_store(&r->stop, true);
  r->ended = true;
  pthread_cond_broadcast(&r->waiting);
  pthread_mutex_unlock(&r->lock);
  for (size_t i = 0; early && r->crew->interrupt && i < r->started; i++)
    r->crew->interrupt(r->crew->ud, r->lanes[i].thread);
  for (size_t i = 0; i < r->started; i++) pthread_join(r->lanes[i].thread, NULL);
}

static jv_status allocate(jv_ctx *cx, ring *r) {
  r->n_lanes = r->crew->jobs < JV_CREW_MOST ? r->crew->jobs : JV_CREW_MOST;
  r->slots = jv_crew_slots(r->crew);
  r->shared = r->crew->shared;
  if (!r->shared) JV_TRY(jv_shared_new(cx, &r->shared));
  if (!r->crew->lanes && cx->models) JV_TRY(jv_registry_share(cx, cx->models, &r->registry));
  r->lanes = jv_calloc(cx, r->n_lanes, sizeof *r->lanes);
  if (!r->lanes) return JV_ENOMEM;
  r->places = jv_calloc(cx, r->slots, sizeof *r->places);
  return r->places ? JV_OK : JV_ENOMEM;
}

static void release(jv_ctx *cx, ring *r) {
  for (size_t i = 0; r->places && i < r->slots; i++) jv_buffer_free(cx, &r->places[i].warnings);
  jv_free(cx, r->places);
  jv_free(cx, r->lanes);
  jv_registry_free(cx, r->registry);
  if (!r->crew->shared) jv_shared_free(cx, r->shared);
}

/* Item by item in the calling thread. */
static jv_status run_alone(jv_ctx *cx, const jv_crew_work *work) {
  for (;;) {
    bool more = false;
    JV_TRY(work->take(cx, work->ud, 0, &more));
    if (!more) return JV_OK;
    JV_TRY(work->run(cx, work->ud, 0, 0));
    JV_TRY(work->give(cx, work->ud, 0));
  }
}

static jv_status run_together(jv_ctx *cx, ring *r) {
  jv_alloc_fn alloc = cx->alloc;
  void *alloc_ud = cx->alloc_ud;
  jv_status status;
  join_context(cx, r);
  for (size_t i = 0; i < r->n_lanes; i++) prepare_lane(r, i);
  start_lanes(r);
  status = r->started ? run_stream(cx, r) : JV_OK;
  stop_lanes(r, status != JV_OK);
  for (size_t i = 0; i < r->n_lanes; i++) restore_lane(&r->lanes[i]);
  leave_context(cx, r);
  if (!r->started) status = run_alone(cx, r->work);
  cx->alloc = alloc;
  cx->alloc_ud = alloc_ud;
  return status;
}

jv_status jv_crew_run(jv_ctx *cx, const jv_crew *crew, const jv_crew_work *work) {
  if (!crew || crew->jobs <= 1) return run_alone(cx, work);
  ring r = {.crew = crew, .work = work};
  jv_status status = allocate(cx, &r);
  if (status == JV_OK) {
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.waiting, NULL);
    pthread_cond_init(&r.finished, NULL);
    status = run_together(cx, &r);
    pthread_cond_destroy(&r.finished);
    pthread_cond_destroy(&r.waiting);
    pthread_mutex_destroy(&r.lock);
  }
  release(cx, &r);
  return status;
}
