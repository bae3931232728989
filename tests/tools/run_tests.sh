#!/bin/sh
# run_tests.sh BUILD [core|lua]: runs the cmocka programs and the busted specs, and closes with one
# plain line over both: "N passed, N failed". Exits non-zero when anything failed.
set -u
build=$1
which=${2:-all}
passed=0
failed=0
skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# cmocka writes a skipped test as `not ok N # SKIP`, busted as `ok N - # SKIP`.
count() { grep -a "$1" "$log" | grep -a -v -c '# SKIP' || true; }

# tally NAME EXIT_CODE: adds the log's tests up and shows what failed.
tally() {
  ok=$(count '^ok ')
  bad=$(count '^not ok ')
  out=$(grep -a -c '^\(not \)\?ok .*# SKIP' "$log" || true)
  [ "$2" = 0 ] || [ "$bad" != 0 ] || bad=1
  note=
  [ "$out" = 0 ] || note=", $out skipped"
  printf '%-40s %s passed, %s failed%s\n' "$1" "$ok" "$bad" "$note"
  [ "$out" = 0 ] || grep -a 'skipped' "$log" | sed 's/^/    /'
  [ "$bad" = 0 ] || cat "$log"
  passed=$((passed + ok))
  failed=$((failed + bad))
  skipped=$((skipped + out))
}

# busted under lua5.4, or inside the program that JEVONS_TEST_RUNNER names (the sanitized one).
run_spec() {
  export LUA_CPATH="$build/?.so;;" JEVONS="$build/jevons"
  if [ -n "${JEVONS_TEST_RUNNER:-}" ]; then
    "$JEVONS_TEST_RUNNER" tests/tools/busted.lua --helper=tests/lua/helper.lua -o TAP "$1"
  else
    busted --lua="$(command -v lua5.4)" --helper=tests/lua/helper.lua -o TAP "$1"
  fi
}

if [ "$which" != lua ]; then
  for program in "$build"/tests/test_*; do
    case $program in *.d) continue ;; esac
    [ -x "$program" ] || continue
    CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$log" 2>&1
    tally "${program##*/}" $?
  done
fi

if [ "$which" != core ]; then
  for spec in tests/lua/*_spec.lua; do
    [ -f "$spec" ] || continue
    run_spec "$spec" >"$log" 2>&1
    tally "${spec##*/}" $?
  done
fi

[ "$skipped" = 0 ] || printf '%s skipped: each says above what it lacked\n' "$skipped"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
