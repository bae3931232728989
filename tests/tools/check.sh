#!/bin/sh
# check.sh BUILD: everything that can be judged without running the tests. Each step says its name
# and, when it fails, what it found; the exit status is 1 when any failed.
set -u
build=$1
out=$build/check
mkdir -p "$out"
bad=0
jobs=$(nproc 2>/dev/null || echo 2)

step() {
  name=$1
  shift
  if "$@" >"$out/log" 2>&1; then
    printf '  ok      %s\n' "$name"
  else
    printf '  FAILED  %s\n' "$name"
    grep -v "^  \(CC\|AR\|LD\) " "$out/log" | head -n 60
    bad=1
  fi
}

sources=$(find core bindings -name '*.c' | LC_ALL=C sort)
headers=$(find core bindings -name '*.h' | LC_ALL=C sort)
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -Icore -Ibindings -I$build -DJV_VERSION=\"check\" $(pkg-config --cflags \
  libcjson lapacke openblas nlopt lua5.4 libedit libcmark)"

layers() { lua5.4 tests/tools/layers.lua $sources $headers; }

headers_alone() {
  for header in $headers; do
    echo "#include \"$header\"" | "${CC:-cc}" $flags -I. -Wall -Wextra -Werror -fsyntax-only -x c - || return 1
  done
}

warnings_of() { make --no-print-directory -j"$jobs" CC="$1" BUILD="$build/werror-$1" WERROR=1 objects; }

documented() {
  make --no-print-directory -j"$jobs" BUILD="$build" all &&
    "$build/jevons" -e 'local list = require("jevons").undocumented()
      for _, name in ipairs(list) do print("no documentation: " .. name) end
      os.exit(#list == 0)'
}

formatted() { clang-format --dry-run -Werror $sources $headers; }

lint_lua() { luacheck -q scripts examples tests; }

tidy() {
  for flag in $flags; do echo "$flag"; done | sed "s|^-I\([^/]\)|-I$PWD/\1|" >"$out/compile_flags.txt"
  printf '%s\n' $sources | xargs -P "$jobs" -n 8 clang-tidy --quiet -p "$out" >"$out/tidy" 2>&1
  ! grep -E 'warning:|error:' -A4 "$out/tidy"
}

cpp() {
  cppcheck --quiet -j "$jobs" --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,performance,portability \
    --suppressions-list=tests/tools/cppcheck.txt -Icore -Ibindings core bindings
}

small_files() { wc -l $sources $headers $(find scripts -name '*.lua') |
  awk '$2 != "total" && $1 > 800 {print $2 ": " $1 " lines, more than 800"; bad = 1} END {exit bad}'; }

step 'layers: dependencies point one way' layers
step 'headers compile alone' headers_alone
step 'files hold at most 800 lines' small_files
step 'gcc without warnings' warnings_of gcc
step 'clang without warnings' warnings_of clang
step 'every bound function is documented' documented
step 'clang-format' formatted
step 'luacheck' lint_lua
step 'cppcheck' cpp
step 'clang-tidy' tidy
exit $bad
