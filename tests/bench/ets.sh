#!/bin/sh
# ets.sh BUILD: automatic ETS on the M4 sample under $JEVONS_SHARED (default ../shared), one thread:
# milliseconds a series and accuracy by frequency. With R and its forecast package installed, R runs
# on a part of the sample in the same go (about a minute); JEVONS_BENCH_R=0 leaves it out, JEVONS_BENCH_R=all
# runs it on every series (about ten minutes). Then what the rules of choice do to accuracy on M3, M1
# and the sample, and what a fit is made of, on simulated series.
set -u
build=${1:-build}
sample=${JEVONS_SHARED:-../shared}/data/m4_sample
if [ ! -f "$sample/train.csv" ]; then
  echo "skipped but for simulated series: no M4 sample in $sample (JEVONS_SHARED says where shared data are)"
  "$build/bench/ets_yardsticks"
  exit
fi
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
answers=
if [ "${JEVONS_BENCH_R:-1}" != 0 ] && command -v Rscript >/dev/null 2>&1 &&
  Rscript -e 'quit(status = !requireNamespace("forecast", quietly = TRUE))' >/dev/null 2>&1; then
  answers=$build/bench/ets_r.csv
  mkdir -p "$build/bench"
  echo "R's forecast::ets on a part of the sample ..."
  Rscript "$(dirname "$0")/ets_bench.R" "$sample" "$answers" "${JEVONS_BENCH_R:-1}" || answers=
else
  echo "without R: Rscript with the forecast package is not installed, or JEVONS_BENCH_R=0"
fi
"$build/bench/ets_bench" "$sample" $answers
echo
"$build/bench/ets_rules" $(ls -d "$sample/../m3" "$sample/../m1" "$sample" 2>/dev/null)
echo
"$build/bench/ets_yardsticks"
