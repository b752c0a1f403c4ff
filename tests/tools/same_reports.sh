#!/bin/sh
# A report made from a result must be, byte for byte, the one that the run itself gave; the result
# must be as its schema says.
# usage: same_reports.sh SHAKETABLE SCENARIO
set -u
program=$1
scenario=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$program" run "$scenario" --no-progress --exit-zero --json "$folder/run.json" \
  --html "$folder/run.html" --junit "$folder/run.xml" >"$folder/run.txt" || exit 1
for format in json html junit text; do
  case $format in
    junit) ending=xml ;;
    text) ending=txt ;;
    *) ending=$format ;;
  esac
  "$program" report "$folder/run.json" --format "$format" -o "$folder/report.$ending" || exit 1
  cmp "$folder/run.$ending" "$folder/report.$ending" || exit 1
done

if command -v python3 >/dev/null; then
  python3 "$(dirname "$0")/validate_json.py" scenarios/result.schema.json "$folder/run.json" || exit 1
fi
