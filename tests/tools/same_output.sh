#!/bin/bash
# Programs that must print the same, byte by byte: shows where they part.
# usage: same_output.sh PROGRAM_1 PROGRAM_2...
set -euo pipefail
if [[ $# -lt 2 ]]; then
  echo "usage: same_output.sh PROGRAM_1 PROGRAM_2..." >&2
  exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
first=$1
"$first" > "$work/first"
if [[ ! -s $work/first ]]; then
  echo "$first prints nothing" >&2
  exit 1
fi
shift
for program in "$@"; do
  "$program" > "$work/other"
  if ! diff -u --label "$first" --label "$program" "$work/first" "$work/other"; then
    exit 1
  fi
done
