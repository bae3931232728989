#!/bin/sh
# What runs in several threads under ThreadSanitizer: the crew's tests, and the program with --jobs,
# inside the sanitized program, which the distribution's lua5.4 could not load.
# Fixed addresses: the sanitizer's map of memory fails where the kernel randomises more bits.
set -eu
build=${BUILD:-build}/tsan
export TSAN_OPTIONS=exitcode=66:second_deadlock_stack=1 JEVONS="$build/jevons"
run=
if setarch "$(uname -m)" -R true 2>/dev/null; then run="setarch $(uname -m) -R"; fi
$run "$build/tests/test_crew"
$run "$build/jevons" tests/tools/busted.lua --helper=tests/lua/helper.lua -o TAP tests/lua/jobs_spec.lua
