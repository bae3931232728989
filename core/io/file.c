/* Reading files, and replacing them so that a reader sees the old or the new, never a half. */
#include "io/file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_LINKS = 40, MOST_TEMP_NAMES = 1000 };

static jv_status fail_path(jv_ctx *cx, const char *what, const char *path, int reason) {
  jv_status status = reason == ENOENT ? JV_ENOTFOUND : JV_EIO;
  return jv_fail(cx, status, "cannot %s '%s': %s", what, path, strerror(reason));
}

/* ---- reading ---- */

struct jv_file_reader {
  int fd;
  char *path;
  uint64_t size;
};

jv_status jv_file_reader_open(jv_ctx *cx, const char *path, jv_file_reader **out) {
  struct stat st;
  jv_file_reader *r = JV_NEW(cx, jv_file_reader);
  if (!r) return cx->status;
  bool standard = strcmp(path, "-") == 0;
  r->fd = -1;
  r->path = jv_strdup(cx, standard ? "standard input" : path);
  if (!r->path) goto fail;
  r->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (r->fd < 0 || fstat(r->fd, &st) != 0) {
    fail_path(cx, "open", r->path, errno);
    goto fail;
  }
  if (S_ISDIR(st.st_mode)) {
    fail_path(cx, "read", r->path, EISDIR);
    goto fail;
  }
  if (S_ISREG(st.st_mode)) r->size = (uint64_t)st.st_size;
  *out = r;
  return JV_OK;
fail:
  jv_file_reader_close(cx, r);
  return cx->status;
}

jv_status jv_file_reader_read(jv_ctx *cx, void *reader, char *buffer, size_t size, size_t *got) {
  jv_file_reader *r = reader;
  for (;;) {
    ssize_t n = read(r->fd, buffer, size < SSIZE_MAX ? size : SSIZE_MAX);
    if (n >= 0) {
      *got = (size_t)n;
      return JV_OK;
    }
    if (errno != EINTR) return fail_path(cx, "read", r->path, errno);
    JV_TRY(jv_check_cancel(cx)); /* ^C while waiting for a pipe */
  }
}

uint64_t jv_file_reader_size(const jv_file_reader *r) { return r->size; }

void jv_file_reader_close(jv_ctx *cx, jv_file_reader *r) {
  if (!r) return;
  if (r->fd > STDIN_FILENO) close(r->fd);
  jv_free(cx, r->path);
  jv_free(cx, r);
}

jv_status jv_file_read(jv_ctx *cx, const char *path, char **text, size_t *len) {
  jv_file_reader *r = NULL;
  char *data = NULL;
  if (jv_file_reader_open(cx, path, &r) != JV_OK || !r) return cx->status;
  size_t n = 0, cap = (size_t)r->size + 4096;
  data = jv_alloc(cx, cap, 1);
  if (!data) goto fail;
  for (;;) {
    size_t got = 0;
    if (jv_check_cancel(cx) != JV_OK) goto fail;
    if (jv_file_reader_read(cx, r, data + n, cap - 1 - n, &got) != JV_OK) goto fail;
    if (got == 0) break;
    n += got;
    if (n < cap - 1) continue;
    char *grown = cap > SIZE_MAX / 2 ? NULL : jv_realloc(cx, data, cap *= 2, 1);
    if (!grown) goto fail;
    data = grown;
  }
  jv_file_reader_close(cx, r);
  data[n] = '\0';
  *text = data;
  *len = n;
  return JV_OK;
fail:
  jv_file_reader_close(cx, r);
  jv_free(cx, data);
  return cx->status;
}

/* ---- writing ---- */

struct jv_file_writer {
  int fd;
  char *path;   /* as it was given, for messages */
  char *target; /* what is replaced: links followed */
  char *temp;   /* beside it; NULL: written in place */
};

/* The last component's links followed by hand, for the target need not exist. *out is the caller's. */
static jv_status follow_links(jv_ctx *cx, const char *path, char **out) {
  char *here = jv_strdup(cx, path);
  if (!here) return cx->status;
  for (int i = 0;; i++) {
    char link[PATH_MAX];
    ssize_t n = readlink(here, link, sizeof link);
    if (n < 0) break; /* no link, or nothing there */
    if (i == MOST_LINKS || (size_t)n == sizeof link) {
      jv_free(cx, here);
      return fail_path(cx, "write", path, ELOOP);
    }
    const char *slash = strrchr(here, '/');
    size_t dir = link[0] != '/' && slash ? (size_t)(slash - here) + 1 : 0;
    char *next = jv_alloc(cx, dir + (size_t)n + 1, 1);
    if (next) {
      memcpy(next, here, dir);
      memcpy(next + dir, link, (size_t)n);
      next[dir + (size_t)n] = '\0';
    }
    jv_free(cx, here);
    if (!next) return cx->status;
    here = next;
  }
  *out = here;
  return JV_OK;
}

/* A new file ".NAME.PID-K.tmp" beside the target. */
static jv_status open_temp(jv_ctx *cx, jv_file_writer *w) {
  const char *slash = strrchr(w->target, '/');
  size_t dir = slash ? (size_t)(slash - w->target) + 1 : 0, size = strlen(w->target) + 48;
  char *temp = jv_alloc(cx, size, 1);
  if (!temp) return cx->status;
  for (int k = 0; k < MOST_TEMP_NAMES && w->fd < 0; k++) {
    /* a name as long as names may be is cut; the number keeps it apart */
    snprintf(temp, size, "%.*s.%.200s.%ld-%d.tmp", (int)dir, w->target, w->target + dir,
             (long)getpid(), k);
    w->fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (w->fd < 0 && errno != EEXIST) break;
  }
  if (w->fd >= 0) {
    w->temp = temp;
    return JV_OK;
  }
  int reason = errno;
  jv_free(cx, temp);
  return fail_path(cx, "write", w->path, reason);
}

static jv_status open_target(jv_ctx *cx, jv_file_writer *w) {
  struct stat st;
  bool there = stat(w->target, &st) == 0;
  if (there && S_ISDIR(st.st_mode)) return fail_path(cx, "write", w->path, EISDIR);
  if (there && !S_ISREG(st.st_mode)) {
    w->fd = open(w->target, O_WRONLY | O_CLOEXEC);
    return w->fd >= 0 ? JV_OK : fail_path(cx, "write", w->path, errno);
  }
  /* the folder may allow what the file forbids: a file that is read-only stays so */
  if (there && access(w->target, W_OK) != 0) return fail_path(cx, "write", w->path, errno);
  JV_TRY(open_temp(cx, w));
  if (there && fchmod(w->fd, st.st_mode & 07777) != 0)
    return fail_path(cx, "keep the permissions of", w->path, errno);
  /* only root may give files away; for others the new file is theirs */
  if (there && fchown(w->fd, st.st_uid, st.st_gid) != 0 && errno != EPERM)
    return fail_path(cx, "keep the owner of", w->path, errno);
  return JV_OK;
}

jv_status jv_file_writer_open(jv_ctx *cx, const char *path, jv_file_writer **out) {
  jv_file_writer *w = JV_NEW(cx, jv_file_writer);
  if (!w) return cx->status;
  bool standard = strcmp(path, "-") == 0;
  w->fd = -1;
  w->path = jv_strdup(cx, standard ? "standard output" : path);
  if (!w->path) goto fail;
  if (standard) {
    w->fd = STDOUT_FILENO;
  } else if (*path == '\0') {
    fail_path(cx, "write", path, ENOENT);
    goto fail;
  } else {
    if (follow_links(cx, path, &w->target) != JV_OK) goto fail;
    if (open_target(cx, w) != JV_OK) goto fail;
  }
  *out = w;
  return JV_OK;
fail:
  jv_file_writer_free(cx, w);
  return cx->status;
}

jv_status jv_file_writer_write(jv_ctx *cx, void *writer, const char *data, size_t len) {
  jv_file_writer *w = writer;
  while (len > 0) {
    ssize_t n = write(w->fd, data, len < SSIZE_MAX ? len : SSIZE_MAX);
    if (n < 0 && errno != EINTR) return fail_path(cx, "write", w->path, errno);
    JV_TRY(jv_check_cancel(cx));
    if (n <= 0) continue;
    data += n;
    len -= (size_t)n;
  }
  return JV_OK;
}

/* So that the rename itself survives a power cut. Folders that cannot be synced are left alone. */
static void sync_folder(const char *target) {
  const char *slash = strrchr(target, '/');
  char dir[PATH_MAX];
  int n = slash ? snprintf(dir, sizeof dir, "%.*s", (int)(slash - target) + 1, target)
                : snprintf(dir, sizeof dir, ".");
  if (n < 0 || (size_t)n >= sizeof dir) return;
  int fd = open(dir, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

jv_status jv_file_writer_commit(jv_ctx *cx, jv_file_writer *w) {
  if (!w->temp) { /* in place: pipes and devices cannot be synced, others are already written */
    int fd = w->fd;
    w->fd = -1;
    if (fd > STDERR_FILENO && close(fd) != 0) return fail_path(cx, "write", w->path, errno);
    return JV_OK;
  }
  int reason = 0;
  if (fsync(w->fd) != 0) reason = errno;
  if (close(w->fd) != 0 && reason == 0) reason = errno;
  w->fd = -1;
  if (reason == 0 && rename(w->temp, w->target) != 0) reason = errno;
  if (reason != 0) {
    unlink(w->temp);
    jv_free(cx, w->temp);
    w->temp = NULL;
    return fail_path(cx, "write", w->path, reason);
  }
  jv_free(cx, w->temp);
  w->temp = NULL;
  sync_folder(w->target);
  return JV_OK;
}

void jv_file_writer_free(jv_ctx *cx, jv_file_writer *w) {
  if (!w) return;
  if (w->fd > STDERR_FILENO) close(w->fd);
  if (w->temp) unlink(w->temp);
  jv_free(cx, w->temp);
  jv_free(cx, w->target);
  jv_free(cx, w->path);
  jv_free(cx, w);
}

jv_status jv_file_write(jv_ctx *cx, const char *path, const char *data, size_t len) {
  jv_file_writer *w = NULL;
  if (jv_file_writer_open(cx, path, &w) != JV_OK || !w) return cx->status;
  jv_status status = jv_file_writer_write(cx, w, data, len);
  if (status == JV_OK) status = jv_file_writer_commit(cx, w);
  jv_file_writer_free(cx, w);
  return status;
}

/* ---- temporary files ---- */

struct jv_temp_file {
  FILE *file;
};

static FILE *open_unnamed(jv_ctx *cx, const char *dir) {
  size_t size = strlen(dir) + 32;
  char *name = jv_alloc(cx, size, 1);
  if (!name) return NULL;
  snprintf(name, size, "%s/.jevons-XXXXXX", dir);
  int fd = mkstemp(name);
  FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
  int reason = errno;
  if (fd >= 0) unlink(name);
  if (fd >= 0 && !file) close(fd);
  jv_free(cx, name);
  if (!file) fail_path(cx, "make a temporary file in", dir, reason);
  return file;
}

jv_status jv_temp_file_open(jv_ctx *cx, const char *dir, jv_temp_file **out) {
  jv_temp_file *t = JV_NEW(cx, jv_temp_file);
  if (!t) return cx->status;
  t->file = dir ? open_unnamed(cx, dir) : tmpfile();
  if (t->file) {
    *out = t;
    return JV_OK;
  }
  if (!dir) jv_fail(cx, JV_EIO, "cannot make a temporary file: %s", strerror(errno));
  jv_free(cx, t);
  return cx->status;
}

jv_status jv_temp_file_write(jv_ctx *cx, void *file, const char *data, size_t len) {
  jv_temp_file *t = file;
  if (fwrite(data, 1, len, t->file) == len) return JV_OK;
  return jv_fail(cx, JV_EIO, "cannot write a temporary file: %s", strerror(errno));
}

jv_status jv_temp_file_read_at(jv_ctx *cx, jv_temp_file *t, uint64_t offset, char *buffer,
                               size_t size, size_t *got) {
  if (fseeko(t->file, (off_t)offset, SEEK_SET) != 0)
    return jv_fail(cx, JV_EIO, "cannot read a temporary file: %s", strerror(errno));
  *got = fread(buffer, 1, size, t->file);
  if (*got < size && ferror(t->file))
    return jv_fail(cx, JV_EIO, "cannot read a temporary file: %s", strerror(errno));
  return JV_OK;
}

void jv_temp_file_close(jv_ctx *cx, jv_temp_file *t) {
  if (!t) return;
  fclose(t->file);
  jv_free(cx, t);
}
