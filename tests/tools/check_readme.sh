#!/bin/bash
# The first scenario of README.md must run as printed: its first yaml block goes into a file of its
# own and must pass. usage: check_readme.sh ROOT PROGRAM
set -euo pipefail
root=${1:?usage: check_readme.sh ROOT PROGRAM}
program=$(realpath -m "${2:?usage: check_readme.sh ROOT PROGRAM}")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '/^```yaml$/ {inside = 1; next} inside && /^```$/ {exit} inside' "$root/README.md" >"$work/first.yaml"
if [[ ! -s $work/first.yaml ]]; then
  echo "README.md: has no yaml block"
  exit 1
fi
if ! "$program" run "$work/first.yaml" --no-progress >"$work/out" 2>&1; then
  echo "README.md: its first scenario does not pass:"
  cat "$work/out"
  exit 1
fi
if grep -qE '(error|warning)\[ST' "$work/out"; then
  echo "README.md: its first scenario gives rise to warnings:"
  cat "$work/out"
  exit 1
fi
# Links and pictures to files of the tree.
missing=0
while read -r target; do
  if [[ ! -e $root/$target ]]; then
    echo "README.md: no file $target"
    missing=1
  fi
done < <(grep -oE '\]\([^)#:]+\)' "$root/README.md" | sed 's/^](//; s/)$//')
exit "$missing"
