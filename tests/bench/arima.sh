#!/bin/sh
# arima.sh BUILD: ARIMA on the M4 sample under $JEVONS_SHARED (default ../shared), one thread:
# milliseconds a series and accuracy by frequency, the airline model, and what one likelihood costs.
# With R and its forecast package installed, auto.arima runs beside on ten series a frequency, two of
# them hourly (about two minutes); JEVONS_BENCH_R=0 leaves it out.
set -u
build=${1:-build}
sample=${JEVONS_SHARED:-../shared}/data/m4_sample
if [ ! -f "$sample/train.csv" ]; then
  echo "the likelihood alone: no M4 sample in $sample (JEVONS_SHARED says where shared data are)"
  "$build/bench/arima_bench"
  exit
fi
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
answers=
if [ "${JEVONS_BENCH_R:-1}" != 0 ] && command -v Rscript >/dev/null 2>&1 &&
  Rscript -e 'quit(status = !requireNamespace("forecast", quietly = TRUE))' >/dev/null 2>&1; then
  answers=$build/bench/arima_r.csv
  mkdir -p "$build/bench"
  echo "R's forecast::auto.arima on a part of the sample ..."
  Rscript "$(dirname "$0")/arima_bench.R" "$sample" "$answers" || answers=
else
  echo "without R: Rscript with the forecast package is not installed, or JEVONS_BENCH_R=0"
fi
"$build/bench/arima_bench" "$sample" $answers
