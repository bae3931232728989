#!/bin/sh
# run.sh BUILD: runs every bench there is (tests/bench/*.sh but this one), each with BUILD as its
# argument. A bench prints what it measured, or why it was skipped.
set -u
build=${1:-build}
here=$(dirname "$0")
failed=0
for bench in "$here"/*.sh; do
  [ "$bench" = "$here/run.sh" ] && continue
  printf '== %s\n' "$(basename "$bench" .sh)"
  sh "$bench" "$build" || failed=1
done
exit $failed
