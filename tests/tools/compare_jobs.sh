#!/bin/bash
# How many runs are made at a time must not change a byte: runs all scenarios together, one and two at
# a time, and with three seeds each, and compares all that they write and say.
# usage: compare_jobs.sh PROGRAM [SCENARIO...]     By default all scenarios/*.yaml.
set -euo pipefail
if [[ $# -lt 1 ]]; then
  echo "usage: compare_jobs.sh PROGRAM [SCENARIO...]" >&2
  exit 2
fi
program=$(realpath -m "$1")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [[ ! -x $program ]]; then
  echo "no program $program" >&2
  exit 1
fi
if [[ $# -eq 0 ]]; then
  set -- scenarios/*.yaml
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run JOBS NAME ARGUMENTS...: leaves a folder NAME-JOBS with all that came of it.
run() {
  local folder=$work/$2-$1 code=0
  mkdir "$folder"
  "$program" run "${@:3}" -j "$1" --no-progress --color never --out-dir "$folder" \
    >"$folder/said" 2>&1 || code=$?
  echo "$code" >"$folder/code"
}

failures=0
# compare NAME ARGUMENTS...
compare() {
  run 1 "$@"
  run 2 "$@"
  local code
  code=$(<"$work/$1-1/code")
  if ((code > 1)); then
    printf 'FAILED     %s: exit code %s\n' "$1" "$code"
    head -n 20 "$work/$1-1/said"
    failures=$((failures + 1))
  elif [[ -z $(ls "$work/$1-1"/*.json 2>/dev/null) ]]; then
    printf 'FAILED     %s: no result was written\n' "$1"
    failures=$((failures + 1))
  elif ! diff -rq "$work/$1-1" "$work/$1-2"; then
    printf 'DIFFERENT  %s\n' "$1"
    failures=$((failures + 1))
  else
    printf 'equal      %s\n' "$1"
  fi
}

compare scenarios "$@"
# Several seeds of what does not take long.
quick=()
for scenario in "$@"; do
  [[ $scenario == *thousand-services* ]] || quick+=("$scenario")
done
[[ ${#quick[@]} -eq 0 ]] || compare seeds "${quick[@]}" --runs 3
((failures == 0)) || exit 1
