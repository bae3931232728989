#!/bin/sh
# run_valgrind.sh BUILD: the C tests under valgrind; each must be free of errors and leaks.
set -u
command -v valgrind >/dev/null || { echo 'valgrind is not installed: apt-get install valgrind' >&2; exit 1; }
bad=0
for program in "$1"/tests/test_*; do
  case $program in *.d) continue ;; esac
  if valgrind -q --error-exitcode=9 --leak-check=full "$program" >"$1/valgrind.log" 2>&1; then
    printf '  ok      %s\n' "${program##*/}"
  else
    printf '  FAILED  %s\n' "${program##*/}"
    grep '^==' "$1/valgrind.log" | head -n 30
    bad=1
  fi
done
exit $bad
