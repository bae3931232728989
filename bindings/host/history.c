/* The REPL's history on disk. Entries are appended as they are made, so that a session that is
 * killed loses nothing; a history that cannot be written is no reason to bother anyone. */
#include "history.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes every directory above the last slash of path. */
static bool make_directories(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
    *slash = '/';
    if (!made) return false;
  }
  return true;
}

bool history_path(char *path, size_t size) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  int n = -1;
  if (state && *state == '/')
    n = snprintf(path, size, "%s/jevons/history", state);
  else if (home && *home == '/')
    n = snprintf(path, size, "%s/.local/state/jevons/history", home);
  return n > 0 && (size_t)n < size && make_directories(path);
}

static FILE *open_private(const char *path, int flags, const char *mode) {
  int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
  if (fd < 0) return NULL;
  FILE *file = fdopen(fd, mode);
  if (!file) close(fd);
  return file;
}

static char *read_all(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = NULL;
  size_t used = 0, size = 0, got = 1;
  while (got > 0) {
    if (used + 1 >= size) {
      char *bigger = realloc(text, size = 2 * size + 4096);
      if (!bigger) break;
      text = bigger;
    }
    got = fread(text + used, 1, size - used - 1, file);
    used += got;
  }
  fclose(file);
  if (text) text[used] = '\0';
  return text;
}

/* Replaces the file by its last entries, by way of a new file beside it. */
static void cut(const char *path, const char *text) {
  char beside[4096];
  int n = snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
  if (n < 0 || (size_t)n >= sizeof beside) return;
  FILE *file = open_private(beside, O_TRUNC, "wb");
  if (!file) return;
  bool good = fputs(text, file) >= 0;
  good = fclose(file) == 0 && good;
  if (!good || rename(beside, path) != 0) unlink(beside);
}

void history_load(const char *path, void (*take)(void *ud, const char *entry), void *ud) {
  char *text = read_all(path);
  if (!text) return;
  size_t count = 0;
  for (const char *p = text; *p; p++) count += *p == '\n';
  char *entry = text;
  for (size_t skip = count > HISTORY_SIZE ? count - HISTORY_SIZE : 0; skip > 0; skip--)
    entry = strchr(entry, '\n') + 1;
  if (count > 2 * (size_t)HISTORY_SIZE) cut(path, entry);
  for (char *end; (end = strchr(entry, '\n')) != NULL; entry = end + 1) {
    *end = '\0';
    if (*entry) take(ud, entry);
  }
  free(text);
}

void history_append(const char *path, const char *entry) {
  FILE *file = open_private(path, O_APPEND, "ab");
  if (!file) return;
  fprintf(file, "%s\n", entry);
  fclose(file);
}
