#!/bin/sh
# run_tests.sh BUILD [core|lua]: runs the cmocka programs and the busted specs, as many at once as there
# are processors (JOBS), and closes with one plain line over both: "N passed, N failed". Exits
# non-zero when anything failed.
set -u
build=$1
which=${2:-all}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
passed=0
failed=0
skipped=0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export build logs LUA_CPATH="$build/?.so;;" JEVONS="$build/jevons" CMOCKA_MESSAGE_OUTPUT=TAP

# Runs one test, a program or a spec, into its log. Specs run under lua5.4, or inside the program
# that JEVONS_TEST_RUNNER names (the sanitized one).
run_one='
  log=$logs/${0##*/}
  case $0 in
    *.lua)
      if [ -n "${JEVONS_TEST_RUNNER:-}" ]; then
        "$JEVONS_TEST_RUNNER" tests/tools/busted.lua --helper=tests/lua/helper.lua -o TAP "$0"
      else
        busted --lua="$(command -v lua5.4)" --helper=tests/lua/helper.lua -o TAP "$0"
      fi ;;
    *) "$0" ;;
  esac >"$log" 2>&1
  echo $? >"$log.code"'

# cmocka writes a skipped test as `not ok N # SKIP`, busted as `ok N - # SKIP`.
count() { grep -a "$1" "$log" | grep -a -v -c '# SKIP' || true; }

# tally LOG: adds its tests up and shows what failed.
tally() {
  log=$1
  ok=$(count '^ok ')
  bad=$(count '^not ok ')
  out=$(grep -a -c '^\(not \)\?ok .*# SKIP' "$log" || true)
  [ "$(cat "$log.code")" = 0 ] || [ "$bad" != 0 ] || bad=1
  note=
  [ "$out" = 0 ] || note=", $out skipped"
  printf '%-40s %s passed, %s failed%s\n' "${log##*/}" "$ok" "$bad" "$note"
  [ "$out" = 0 ] || grep -a 'skipped' "$log" | sed 's/^/    /'
  [ "$bad" = 0 ] || cat "$log"
  passed=$((passed + ok))
  failed=$((failed + bad))
  skipped=$((skipped + out))
}

programs() {
  for program in "$build"/tests/test_*; do
    case $program in *.d) continue ;; esac
    [ ! -x "$program" ] || echo "$program"
  done
}

# The longest first, so that none of them is alone at the end.
tests=
[ "$which" = lua ] || tests=$(programs | awk '/test_(contract|bats|fault|number)/ {print; next} {rest = rest $0 "\n"} END {printf "%s", rest}')
[ "$which" = core ] || tests="$tests $(ls tests/lua/*_spec.lua)"
printf '%s\n' $tests | xargs -P "$jobs" -n 1 sh -c "$run_one"
for test in $(printf '%s\n' $tests | awk -F/ '{print ($NF ~ /lua$/), $NF, $0}' | LC_ALL=C sort | cut -d' ' -f2); do
  tally "$logs/$test"
done

[ "$skipped" = 0 ] || printf '%s skipped: each says above what it lacked\n' "$skipped"
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
