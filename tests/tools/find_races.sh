#!/bin/bash
# Data races between runs that are made at the same time: three runs of each scenario, two at a time,
# under valgrind's helgrind, which needs no build of its own. Some hundred times slower than the program:
# for scenarios of a few virtual seconds, by hand after changes of what the runs of a batch share.
# usage: find_races.sh PROGRAM SCENARIO... [-- OPTION_OF_RUN...]
set -euo pipefail
if [[ $# -lt 2 ]]; then
  echo "usage: find_races.sh PROGRAM SCENARIO... [-- OPTION_OF_RUN...]" >&2
  exit 2
fi
program=$1
shift
scenarios=()
while [[ $# -gt 0 && $1 != -- ]]; do
  scenarios+=("$1")
  shift
done
options=("${@:2}")

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failures=0
for scenario in "${scenarios[@]}"; do
  code=0
  valgrind --tool=helgrind --error-limit=no --log-file="$log" \
    "$program" run "$scenario" --runs 3 -j 2 --quiet --no-progress "${options[@]}" || code=$?
  # 1 is a failed expectation. Without the last line helgrind has not come to its end.
  races=$(grep -c "Possible data race" "$log" || true)
  if ((code > 1)) || ! grep -q "ERROR SUMMARY" "$log"; then
    printf 'FAILED     %s: exit code %s\n' "$scenario" "$code"
    failures=$((failures + 1))
  elif ((races > 0)); then
    printf 'RACES      %s: %s\n' "$scenario" "$races"
    grep -A 12 "Possible data race" "$log" | head -n 60
    failures=$((failures + 1))
  else
    printf 'no races   %s\n' "$scenario"
  fi
done
((failures == 0)) || exit 1
