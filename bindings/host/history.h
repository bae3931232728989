/* The REPL's history on disk: one entry a line, for the user alone. */
#ifndef JV_HOST_HISTORY_H
#define JV_HOST_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

enum { HISTORY_SIZE = 2000 };

/* $XDG_STATE_HOME/jevons/history, else ~/.local/state/jevons/history, into path; its directories
 * are made. False when there is no place for it. */
bool history_path(char *path, size_t size);
/* Calls take(ud, entry) for the last HISTORY_SIZE entries, oldest first; a file that has grown to
 * twice as many is cut. */
void history_load(const char *path, void (*take)(void *ud, const char *entry), void *ud);
/* Appends one entry; sessions at the same time mix entry by entry. */
void history_append(const char *path, const char *entry);

#endif
