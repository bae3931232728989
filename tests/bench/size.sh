#!/bin/sh
# size.sh BUILD: what things cost as they grow: automatic ETS against the length of the series and its
# season, CSV, companyfacts, one thread.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
exec "$1/jevons" "$(dirname "$0")/size.lua" "$1"
