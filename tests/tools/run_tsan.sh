#!/bin/sh
# What runs in several threads under ThreadSanitizer: the crew's tests, and the program with --jobs.
# Fixed addresses: the sanitizer's map of memory wants them on kernels that randomise more bits.
set -eu
build=${BUILD:-build}/tsan
export TSAN_OPTIONS=halt_on_error=0:exitcode=66:second_deadlock_stack=1 JEVONS="$build/jevons"
run=
if setarch "$(uname -m)" -R true 2>/dev/null; then run="setarch $(uname -m) -R"; fi
$run "$build/tests/test_crew"
$run busted --lua="$(command -v lua5.4)" --helper=tests/lua/helper.lua -o TAP tests/lua/jobs_spec.lua
