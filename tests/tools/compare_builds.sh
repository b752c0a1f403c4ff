#!/bin/bash
# Two builds must give the same bytes: runs each scenario with the same seed in both, at the same
# time, and compares the JSON results and the exit codes. With the same program twice it shows that a
# run repeats itself.
# usage: compare_builds.sh [--at-most SECONDS] PROGRAM_1 PROGRAM_2 [SCENARIO...]
#   By default all scenarios/*.yaml. --at-most leaves out, and says so, what takes the first program
#   longer than that: a sanitizer makes the second one slower by an order of magnitude.
set -euo pipefail
at_most=""
if [[ ${1:-} == --at-most ]]; then
  at_most=${2:-}
  shift 2
fi
if [[ $# -lt 2 ]]; then
  echo "usage: compare_builds.sh [--at-most SECONDS] PROGRAM_1 PROGRAM_2 [SCENARIO...]" >&2
  exit 2
fi
first=$(realpath -m "$1")
second=$(realpath -m "$2")
shift 2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for program in "$first" "$second"; do
  if [[ ! -x $program ]]; then
    echo "no program $program" >&2
    exit 1
  fi
done
if [[ $# -eq 0 ]]; then
  set -- scenarios/*.yaml
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run PROGRAM SCENARIO NAME: leaves NAME.json and NAME.code. A failed expectation (1) is a result.
run() {
  local code=0
  "$1" run "$2" --seed 1 --quiet --no-progress --json "$work/$3.json" >"$work/$3.log" 2>&1 || code=$?
  echo "$code" >"$work/$3.code"
}

failures=0
compared=0
for scenario in "$@"; do
  rm -f "$work"/*
  if [[ -n $at_most ]]; then
    started=$SECONDS
    run "$first" "$scenario" first
    if ((SECONDS - started > at_most)); then
      printf 'left out   %s: more than %s s in the first program\n' "$scenario" "$at_most"
      continue
    fi
    run "$second" "$scenario" second
  else
    run "$first" "$scenario" first &
    run "$second" "$scenario" second
    wait
  fi
  compared=$((compared + 1))
  codes="$(<"$work/first.code") $(<"$work/second.code")"
  if [[ $codes != "0 0" && $codes != "1 1" ]]; then
    printf 'FAILED     %s: exit codes %s\n' "$scenario" "$codes"
    head -n 20 "$work/first.log" "$work/second.log"
    failures=$((failures + 1))
  elif [[ ! -s $work/first.json ]] || ! cmp "$work/first.json" "$work/second.json"; then
    printf 'DIFFERENT  %s\n' "$scenario"
    diff "$work/first.json" "$work/second.json" | cut -c 1-200 | head -n 10 || true
    failures=$((failures + 1))
  else
    printf 'equal      %s\n' "$scenario"
  fi
done
if ((compared == 0)); then
  echo "nothing was compared" >&2
  exit 1
fi
((failures == 0)) || exit 1
