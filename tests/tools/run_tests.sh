#!/bin/sh
# run_tests.sh BUILD [core|lua]: runs the cmocka programs and the busted specs, and closes with one
# plain line over both: "N passed, N failed". Exits non-zero when anything failed.
set -u
build=$1
which=${2:-all}
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count() { grep -c "$1" "$log" || true; }

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
    code=$?
    ok=$(count '^ok ')
    bad=$(count '^not ok ')
    [ "$code" = 0 ] || [ "$bad" != 0 ] || bad=1
    printf '%-40s %s passed, %s failed\n' "${program##*/}" "$ok" "$bad"
    [ "$bad" = 0 ] || sed -n '/^not ok /,$p' "$log"
    [ "$bad" = 0 ] || [ "$ok" != 0 ] || cat "$log"
    passed=$((passed + ok))
    failed=$((failed + bad))
  done
fi

if [ "$which" != core ]; then
  for spec in tests/lua/*_spec.lua; do
    [ -f "$spec" ] || continue
    run_spec "$spec" >"$log" 2>&1
    code=$?
    ok=$(count '^ok ')
    bad=$(count '^not ok ')
    [ "$code" = 0 ] || [ "$bad" != 0 ] || bad=1
    printf '%-40s %s passed, %s failed\n' "${spec##*/}" "$ok" "$bad"
    [ "$bad" = 0 ] || cat "$log"
    passed=$((passed + ok))
    failed=$((failed + bad))
  done
fi

printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
