#!/bin/sh
# mstl.sh BUILD: MSTL with automatic ETS on the adjusted series, on the M4 sample under $JEVONS_SHARED
# (default ../shared), one thread: milliseconds a series and accuracy by frequency. With R and its
# forecast package installed, R's stlf runs on the seasonal series in the same go (seconds);
# JEVONS_BENCH_R=0 leaves it out. Then what STL itself costs.
set -u
build=${1:-build}
sample=${JEVONS_SHARED:-../shared}/data/m4_sample
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
if [ ! -f "$sample/train.csv" ]; then
  echo "skipped but for simulated series: no M4 sample in $sample (JEVONS_SHARED says where shared data are)"
  "$build/bench/mstl_bench"
  exit
fi
answers=
if [ "${JEVONS_BENCH_R:-1}" != 0 ] && command -v Rscript >/dev/null 2>&1 &&
  Rscript -e 'quit(status = !requireNamespace("forecast", quietly = TRUE))' >/dev/null 2>&1; then
  answers=$build/bench/mstl_r.csv
  mkdir -p "$build/bench"
  echo "R's forecast::stlf on the seasonal series ..."
  Rscript "$(dirname "$0")/mstl_bench.R" "$sample" "$answers" || answers=
else
  echo "without R: Rscript with the forecast package is not installed, or JEVONS_BENCH_R=0"
fi
"$build/bench/mstl_bench" "$sample" $answers
