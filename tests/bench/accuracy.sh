#!/bin/sh
# accuracy.sh BUILD: how well every registered model forecasts the panels of JEVONS_SHARED/data, beside
# R's models; a table, and BUILD/bench/accuracy.csv. Environment:
#   ACCURACY_FULL=1        M4 sample, M3 and M1, all their series, and R's slow models on 100 a frequency
#   ACCURACY_DATA          panels: m4_sample,m3,m1
#   ACCURACY_MODELS        models as for --model; default all that are registered, and combinations
#   ACCURACY_LIMIT         series a frequency
#   ACCURACY_R             R's models; R_LIMIT, R_SLOW: series a frequency, of quick and of slow ones
#   ACCURACY_JOBS          threads; default one for each processor
#   ACCURACY_BOOTSTRAP     samples for standard errors
# R's forecasts are kept in BUILD/bench/accuracy_r and made once.
set -eu
build=${1:-build}
shared=${JEVONS_SHARED:-../shared}
if [ ! -f "$shared/data/m4_sample/series.csv" ]; then
  echo "skipped: no panels in $shared/data (JEVONS_SHARED)"
  exit 0
fi
mkdir -p "$build/bench"
exec "$build/jevons" tests/bench/accuracy.lua "$build" "$shared"
