#!/bin/sh
# run_fuzz.sh BUILD [SECONDS]: builds each tests/fuzz/fuzz_*.c with libFuzzer under ASan and UBSan and
# runs it for so many seconds (10 each), beginning with the corpus that is kept beside it. Inputs
# that were found stay in BUILD/fuzz/; the first that breaks a property ends the run.
set -eu
build=$1/fuzz
seconds=${2:-10}
command -v clang >/dev/null || {
  echo 'fuzz: skipped, clang is not installed'
  exit 0
}
mkdir -p "$build"
flags="-std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -Icore -Itests/fuzz $(pkg-config --cflags libcjson)"
check='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
libs="$(pkg-config --libs libcjson lapacke openblas) -lm -lpthread"
make --no-print-directory BUILD="$build/obj" CC=clang CFLAGS="$check" "$build/obj/libjevons.a"
for source in tests/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  corpus=$build/corpus/${name#fuzz_}
  mkdir -p "$corpus"
  clang $flags $check -fsanitize=fuzzer -o "$build/$name" "$source" "$build/obj/libjevons.a" $libs
  echo "$name"
  "$build/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="$build/" "$corpus" "tests/fuzz/corpus/${name#fuzz_}" 2>&1 |
    grep -E 'ERROR|SUMMARY|fuzz_.*:[0-9]+|number_of_executed|Test unit|runtime error' || true
  ! ls "$build"/crash-* "$build"/leak-* "$build"/timeout-* "$build"/oom-* 2>/dev/null
done
