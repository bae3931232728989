#!/bin/sh
# panel.sh BUILD: the gain from one to two threads on a panel, and peak memory against its size.
set -eu
build=${1:-build}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$build/jevons" tests/bench/panel.lua "$build/jevons" "$folder"
