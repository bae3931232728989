/* core/io/file: the old file stands until the new is complete; errors say path and reason. */
#include "testing.h"
#include "io/csv_file.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[200]; /* a fresh folder for each test */

static int enter(void **state) {
  (void)state;
  const char *scratch = getenv("TMPDIR");
  snprintf(dir, sizeof dir, "%.150s/jevons-file-XXXXXX", scratch ? scratch : "build");
  return mkdtemp(dir) ? 0 : -1;
}

static int leave(void **state) {
  (void)state;
  char command[500];
  snprintf(command, sizeof command, "chmod -R u+w '%s' && rm -rf '%s'", dir, dir);
  return system(command);
}

static const char *in_dir(const char *name) {
  static char path[4][500];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
  return path[turn];
}

static size_t count_files(void) {
  DIR *d = opendir(dir);
  size_t n = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(d);
  return n;
}

static void holds(jv_ctx *cx, const char *path, const char *want) {
  char *text = NULL;
  size_t len;
  assert_ok(cx, jv_file_read(cx, path, &text, &len));
  assert_string_equal(text, want);
  assert_int_equal(len, strlen(want));
  jv_free(cx, text);
}

static void writes_and_reads_back(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  const char *path = in_dir("a.txt");
  assert_ok(&cx, jv_file_write(&cx, path, "one", 3));
  holds(&cx, path, "one");
  assert_ok(&cx, jv_file_write(&cx, path, "", 0));
  holds(&cx, path, "");
  assert_int_equal(count_files(), 1);
  assert_int_equal(memory.live, 0);
}

static void an_aborted_writer_leaves_no_trace(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  const char *path = in_dir("a.txt");
  assert_ok(&cx, jv_file_write(&cx, path, "old", 3));
  jv_file_writer *w = NULL;
  assert_ok(&cx, jv_file_writer_open(&cx, path, &w));
  assert_ok(&cx, jv_file_writer_write(&cx, w, "new", 3));
  holds(&cx, path, "old");
  jv_file_writer_free(&cx, w);
  holds(&cx, path, "old");
  assert_int_equal(count_files(), 1);
  assert_int_equal(memory.live, 0);
}

static void permissions_and_links_are_kept(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  struct stat st;
  const char *path = in_dir("real.txt"), *link = in_dir("link.txt");
  assert_ok(&cx, jv_file_write(&cx, path, "old", 3));
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(symlink("real.txt", link), 0);
  assert_ok(&cx, jv_file_write(&cx, link, "new", 3));
  assert_int_equal(lstat(link, &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0640);
  holds(&cx, path, "new");
  const char *dangling = in_dir("dangling");
  assert_int_equal(symlink("made.txt", dangling), 0);
  assert_ok(&cx, jv_file_write(&cx, dangling, "x", 1));
  holds(&cx, in_dir("made.txt"), "x");
  const char *loop = in_dir("loop");
  assert_int_equal(symlink("loop", loop), 0);
  assert_fails(&cx, jv_file_write(&cx, loop, "x", 1), JV_EIO, "symbolic links");
}

static void new_files_take_the_usual_permissions(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  struct stat st;
  mode_t mask = umask(027);
  assert_ok(&cx, jv_file_write(&cx, in_dir("n.txt"), "x", 1));
  umask(mask);
  assert_int_equal(stat(in_dir("n.txt"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0640);
}

static void errors_say_path_and_reason(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  char *text = NULL;
  size_t len;
  assert_fails(&cx, jv_file_read(&cx, in_dir("none"), &text, &len), JV_ENOTFOUND,
               "/none': No such file or directory");
  assert_fails(&cx, jv_file_read(&cx, dir, &text, &len), JV_EIO, "Is a directory");
  assert_null(text);
  assert_fails(&cx, jv_file_write(&cx, dir, "x", 1), JV_EIO, "Is a directory");
  assert_fails(&cx, jv_file_write(&cx, in_dir("no/such/x"), "x", 1), JV_ENOTFOUND, "No such file");
  assert_fails(&cx, jv_file_write(&cx, "", "x", 1), JV_ENOTFOUND, "cannot write ''");
  if (access("/dev/full", W_OK) == 0)
    assert_fails(&cx, jv_file_write(&cx, "/dev/full", "x", 1), JV_EIO, "No space left");
  assert_int_equal(memory.live, 0);
}

static void devices_are_written_in_place(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  assert_ok(&cx, jv_file_write(&cx, "/dev/null", "x", 1));
  struct stat st;
  assert_int_equal(stat("/dev/null", &st), 0);
  assert_true(S_ISCHR(st.st_mode));
}

static bool always(void *ud) {
  (void)ud;
  return true;
}

static void a_cancelled_write_leaves_the_old_file(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  const char *path = in_dir("a.txt");
  assert_ok(&cx, jv_file_write(&cx, path, "old", 3));
  cx.cancelled = always;
  assert_fails(&cx, jv_file_write(&cx, path, "new", 3), JV_ECANCEL, "interrupted");
  cx.cancelled = NULL;
  holds(&cx, path, "old");
  assert_int_equal(count_files(), 1);
}

static void long_names_work(void **state) {
  (void)state;
  jv_ctx cx;
  jv_ctx_init(&cx);
  char name[256];
  memset(name, 'n', 255);
  name[255] = '\0';
  assert_ok(&cx, jv_file_write(&cx, in_dir(name), "x", 1));
  holds(&cx, in_dir(name), "x");
  assert_int_equal(count_files(), 1);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const char *path = in_dir("a.txt");
  jv_ctx good;
  jv_ctx_init(&good);
  assert_ok(&good, jv_file_write(&good, path, "old", 3));
  for (size_t k = 1;; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    char *text = NULL;
    size_t len;
    jv_status status = jv_file_write(&cx, path, "new", 3);
    if (status != JV_OK) holds(&good, path, "old");
    if (status == JV_OK) status = jv_file_read(&cx, path, &text, &len);
    jv_free(&cx, text);
    assert_int_equal(memory.live, 0);
    assert_int_equal(count_files(), 1);
    if (status == JV_OK) break;
    assert_int_equal(status, JV_ENOMEM);
  }
}

static void temporary_files_vanish(void **state) {
  (void)state;
  jv_ctx cx;
  testing_memory memory;
  testing_ctx(&cx, &memory);
  jv_temp_file *t = NULL;
  char text[8] = "";
  size_t got;
  assert_ok(&cx, jv_temp_file_open(&cx, dir, &t));
  assert_int_equal(count_files(), 0);
  assert_ok(&cx, jv_temp_file_write(&cx, t, "hello", 5));
  assert_ok(&cx, jv_temp_file_read_at(&cx, t, 1, text, 3, &got));
  assert_int_equal(got, 3);
  assert_memory_equal(text, "ell", 3);
  assert_ok(&cx, jv_temp_file_read_at(&cx, t, 4, text, 8, &got));
  assert_int_equal(got, 1);
  jv_temp_file_close(&cx, t);
  assert_fails(&cx, jv_temp_file_open(&cx, in_dir("none"), &t), JV_ENOTFOUND, "No such file");
  assert_int_equal(memory.live, 0);
}

static void a_series_is_read_or_refused_whole(void **state) {
  (void)state;
  static const char text[] = "unique_id,ds,y\na,2024Q1,1\na,2024Q3,2\nb,2024Q1,5\n";
  const char *path = in_dir("s.csv");
  jv_ctx good;
  jv_ctx_init(&good);
  assert_ok(&good, jv_file_write(&good, path, text, sizeof text - 1));
  for (size_t k = 1;; k++) {
    jv_ctx cx;
    testing_memory memory;
    testing_ctx(&cx, &memory);
    memory.fail_at = k;
    jv_series *s = NULL;
    jv_status status = jv_csv_read_series(&cx, path, NULL, "a", &s);
    if (status == JV_OK) {
      assert_int_equal(s->n, 3);
      assert_true(s->value[0] == 1 && isnan(s->value[1]) && s->value[2] == 2);
      assert_string_equal(s->name, "a");
    } else {
      assert_null(s);
      assert_int_equal(status, JV_ENOMEM);
    }
    jv_series_free(&cx, s);
    assert_int_equal(memory.live, 0);
    if (status == JV_OK) break;
  }
  jv_series *s = NULL;
  assert_fails(&good, jv_csv_read_series(&good, path, NULL, NULL, &s), JV_EDATA,
               "s.csv: line 4: there is more than one series");
  assert_fails(&good, jv_csv_read_series(&good, path, NULL, "c", &s), JV_ENOTFOUND,
               "s.csv: there is no series 'c'");
  assert_null(s);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void) {
  const struct CMUnitTest tests[] = {
      IN_DIR(writes_and_reads_back),
      IN_DIR(an_aborted_writer_leaves_no_trace),
      IN_DIR(permissions_and_links_are_kept),
      IN_DIR(new_files_take_the_usual_permissions),
      IN_DIR(errors_say_path_and_reason),
      IN_DIR(devices_are_written_in_place),
      IN_DIR(a_cancelled_write_leaves_the_old_file),
      IN_DIR(long_names_work),
      IN_DIR(every_allocation_may_fail),
      IN_DIR(temporary_files_vanish),
      IN_DIR(a_series_is_read_or_refused_whole),
  };
  return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
