/* Work on a stream of items by several threads, with results in the order of the stream.
 *
 *   calling thread   take, take, …            give, give, …    in order; reads and writes
 *   lanes 1 … N           run, run, …                          each on a context of its own
 *
 * Items wait in a ring of slots, so that memory is bounded by the ring, however long the stream: the
 * calling thread takes no further item while the oldest one is not given. What run does must depend
 * on its item alone; then the result is the same for any number of threads, and one thread, which
 * takes, runs and gives item by item, is the same code.
 *
 * Lanes allocate through the allocator of the calling context, behind a lock (base/shared.h); their
 * warnings are kept and told by the calling thread, item by item; their cancel poll sees that of the
 * calling context. Signals go to the calling thread. */
#ifndef JV_EVALUATE_CREW_H
#define JV_EVALUATE_CREW_H

#include "base/shared.h"
#include <pthread.h>

typedef struct jv_crew {
  size_t jobs; /* threads beside the calling one; 0, 1: all in the calling one */
  /* For work that needs more than a context, such as a Lua state: `jobs` contexts whose allocators
   * end in `shared`. NULL: contexts are made for the run, with what the
   * caller's registry shares: models that are not written in Lua. */
  jv_ctx *const *lanes;
  jv_shared *shared;
  /* For lanes that do not look at their cancel poll by themselves; may be NULL. enter is called in a
   * lane's thread before its first item, interrupt by the calling thread when the run is to end
   * early, for each thread that may still be at work. */
  void (*enter)(void *ud, size_t lane);
  void (*interrupt)(void *ud, pthread_t thread);
  void *ud;
} jv_crew;

typedef struct jv_crew_work {
  void *ud;
  /* Puts the next item into a slot that is free; *more false: there is none. */
  jv_status (*take)(jv_ctx *cx, void *ud, size_t slot, bool *more);
  /* Works on it; cx is the lane's. A failure ends the run. */
  jv_status (*run)(jv_ctx *cx, void *ud, size_t lane, size_t slot);
  /* Hands its result on; the slot is free then. */
  jv_status (*give)(jv_ctx *cx, void *ud, size_t slot);
} jv_crew_work;

enum { JV_CREW_MOST = 256 }; /* threads */

/* Slots that a crew works with; crew may be NULL (one thread). */
size_t jv_crew_slots(const jv_crew *crew);

/* Runs the stream to its end. Slots are numbered from 0. After a failure no lane works any more, and
 * slots may hold items at any stage: the caller clears them. Where the system gives fewer threads
 * than asked for, those do all of it.
 * Errors: of take, of give, of the first item in order whose run failed; JV_ECANCEL, JV_ENOMEM.
 * Checked by: tests/core/test_crew.c */
jv_status jv_crew_run(jv_ctx *cx, const jv_crew *crew, const jv_crew_work *work);

#endif
