#!/bin/sh
# theta.sh BUILD: the theta models and CES on the M4 sample under $JEVONS_SHARED (default ../shared), one
# thread. With R and its forecast package installed thetaf runs in the same go on 40 series a
# frequency; JEVONS_BENCH_R=0 leaves it out, JEVONS_BENCH_R=all runs it on every series.
set -u
build=${1:-build}
sample=${JEVONS_SHARED:-../shared}/data/m4_sample
if [ ! -f "$sample/train.csv" ]; then
  echo "skipped: no M4 sample in $sample (JEVONS_SHARED says where shared data are)"
  exit 0
fi
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
answers=
if [ "${JEVONS_BENCH_R:-1}" != 0 ] && command -v Rscript >/dev/null 2>&1 &&
  Rscript -e 'quit(status = !requireNamespace("forecast", quietly = TRUE))' >/dev/null 2>&1; then
  answers=$build/bench/theta_r.csv
  mkdir -p "$build/bench"
  Rscript "$(dirname "$0")/theta_bench.R" "$sample" "$answers" "${JEVONS_BENCH_R:-1}" || answers=
else
  echo "without R: Rscript with the forecast package is not installed, or JEVONS_BENCH_R=0"
fi
"$build/bench/theta_bench" "$sample" $answers
