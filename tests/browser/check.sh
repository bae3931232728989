#!/bin/sh
# Opens a report in headless Chromium and uses it: check.sh REPORT.html
# Cards on click, Escape and hover, charts drawn and read by keyboard, no page wider than its window,
# a clean console. Prints "ok", the complaints (exit 1), or "skipped: …" where there is no Chromium.
set -eu
page=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  echo "skipped: no Chromium on this machine"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
  cat "$page"
  echo '<script>'
  cat "$here/interact.js"
  echo '</script>'
} >"$work/page.html"

code=0
for width in 1280 500; do
  timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$work/profile" --enable-logging=stderr --virtual-time-budget=4000 \
    --window-size=$width,1000 --dump-dom "file://$work/page.html" >"$work/dom.html" 2>"$work/log"
  findings=$(sed -n 's/.*data-findings="\([^"]*\).*/\1/p' "$work/dom.html" | head -n 1)
  if [ "$findings" != ok ]; then
    echo "at $width pixels: ${findings:-the page did not finish}"
    code=1
  fi
  if grep 'CONSOLE' "$work/log" | grep -v 'INFO:CONSOLE.*interact'; then
    echo "at $width pixels: the console is not clean"
    code=1
  fi
done
[ "$code" != 0 ] || echo ok
exit "$code"
