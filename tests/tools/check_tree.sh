#!/bin/bash
# The shape of the tree: what the top level holds, a README in each room, sizes of files, and words
# that the house style forbids. usage: check_tree.sh ROOT
set -euo pipefail
cd "${1:?usage: check_tree.sh ROOT}"

readonly max_source_lines=600
readonly max_readme_lines=60
readonly pure_rooms=(proxy/base proxy/config proxy/core proxy/telemetry loadgen/core engine/kernel
                     engine/world engine/sim)
errors=0
bad() {
  printf '%s\n' "$*"
  errors=$((errors + 1))
}

check_top_level() {
  local entry
  for entry in *; do
    case $entry in
      CMakeLists.txt | CMakePresets.json | LICENSE | README.md | dev | build) ;;
      engine | proxy | scenarios | gui | loadgen | tests | reports) ;;
      *) bad "$entry: the top level does not hold this" ;;
    esac
  done
}

# A room is a folder of sources, or one of the top-level folders.
rooms() {
  {
    ls -d engine proxy scenarios gui loadgen tests reports 2>/dev/null || true
    find engine proxy gui loadgen reports -name '*.h' -printf '%h\n' -o -name '*.cc' -printf '%h\n' \
      2>/dev/null || true
  } | sort -u
}

check_readmes() {
  local room lines
  while read -r room; do
    if [[ ! -f $room/README.md ]]; then
      bad "$room: has no README.md"
      continue
    fi
    lines=$(wc -l <"$room/README.md")
    ((lines <= max_readme_lines)) || bad "$room/README.md: $lines lines, at most $max_readme_lines"
  done < <(rooms)
}

sources() {
  find engine proxy gui loadgen reports tests -type f \( -name '*.h' -o -name '*.cc' \) 2>/dev/null |
    LC_ALL=C sort || true
}

check_sizes() {
  local path lines
  while read -r path; do
    lines=$(wc -l <"$path")
    ((lines <= max_source_lines)) || bad "$path: $lines lines, at most $max_source_lines"
    [[ $path != *.h ]] || grep -q '^#pragma once' "$path" || bad "$path: no #pragma once"
  done < <(sources)
}

# banned WHY REGEX FILE...: reports each line that matches outside of // comments. A comment "never
# iterated" on the line excuses a hash map that only answers look-ups.
banned() {
  local why=$1 regex=$2 hits
  shift 2
  [[ $# -gt 0 ]] || return 0
  hits=$(awk -v regex="$regex" -v why="$why" '
    { code = $0; sub(/\/\/.*/, "", code) }
    code ~ regex && $0 !~ /\/\/.*never iterated/ { printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0 }' "$@")
  [[ -z $hits ]] || bad "$hits"
}

check_words() {
  local -a all pure folders=()
  local room
  for room in "${pure_rooms[@]}"; do
    [[ ! -d $room ]] || folders+=("$room")
  done
  mapfile -t all < <(sources)
  [[ ${#folders[@]} -eq 0 ]] ||
    mapfile -t pure < <(find "${folders[@]}" -name '*.h' -o -name '*.cc' | LC_ALL=C sort)

  banned 'no std::function here' 'std::function' "${pure[@]}"
  banned 'no virtual calls here' '(^|[ \t])virtual[ \t]' "${pure[@]}"
  banned 'not the same on all machines' \
    'std::(shuffle|sample|random_device|mt19937|[a-z_]+_distribution)|[<"]random[>"]' "${pure[@]}"
  banned 'its order depends on the library' 'std::unordered_(multi)?(map|set)' "${pure[@]}"
  banned 'nobody asks for the time' '(system|steady|high_resolution)_clock' "${pure[@]}"
  banned 'no threads, no locks' 'thread_local|std::(thread|jthread|mutex|async)' "${pure[@]}"
  banned 'its last bit depends on the CPU' \
    'std::(log|log2|log10|log1p|exp|exp2|expm1|pow|sin|cos|tan)f?\(' "${pure[@]}"

  local hits
  hits=$(printf '%s\0' "${all[@]}" | xargs -0 -r grep -nHE '\b(TODO|FIXME|XXX)\b' || true)
  hits=$(grep -vE '(TODO|FIXME)\(#[0-9]+\)' <<<"$hits" || true)
  [[ -z $hits ]] || bad "a note without an issue number:"$'\n'"$hits"
  hits=$(printf '%s\0' "${all[@]}" | xargs -0 -r grep -nHE '"/(home|work)/' || true)
  [[ -z $hits ]] || bad "a path of one machine:"$'\n'"$hits"
}

check_top_level
check_readmes
check_sizes
check_words
((errors == 0)) || exit 1
