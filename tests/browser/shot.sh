#!/bin/sh
# Pictures of a report in headless Chromium, and a check that its console stays clean:
#   shot.sh REPORT.html OUTDIR        first.png full.png dark.png phone.png paper.pdf
# Exits 0 with a word when there is no Chromium: it is a tool for looking, not a package of the tests.
set -eu
page=$(realpath "$1")
out=${2:-build/shots}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "skipped: no Chromium to look at the report with"
  exit 0
fi
mkdir -p "$out"
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

run() {
  timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --user-data-dir="$profile" --enable-logging=stderr --virtual-time-budget=3000 "$@" \
    >>"$out/browser.log" 2>&1
}

: >"$out/browser.log"
run --window-size=1200,800 --screenshot="$out/first.png" "file://$page"
run --window-size=1280,9000 --screenshot="$out/full.png" "file://$page"
run --window-size=1280,3000 --blink-settings=preferredColorScheme=0 --screenshot="$out/dark.png" "file://$page"
run --window-size=500,4000 --screenshot="$out/phone.png" "file://$page"
run --no-pdf-header-footer --print-to-pdf="$out/paper.pdf" "file://$page"
if grep -E 'CONSOLE.*(rror|Uncaught|Refused)' "$out/browser.log"; then
  echo "the console of $page is not clean" >&2
  exit 1
fi
echo "pictures in $out"
