#!/bin/sh
# All tests under AddressSanitizer, UBSan and LeakSanitizer. The Lua specs run inside the sanitized
# program, since the distribution's lua5.4 is not instrumented.
set -eu
build=${BUILD:-build}/asan
make --no-print-directory -j"$(nproc)" BUILD="$build" OPT=-O1 SANITIZE=address,undefined all test-programs
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=tests/tools/lsan.txt:print_suppressions=0
JEVONS_TEST_RUNNER="$build/jevons" sh tests/tools/run_tests.sh "$build"
