#!/bin/sh
# Every #include "..." of a room must name a file of a room that layers.txt allows; headers of rooms
# must not pull in the heavy libraries, which belong in .cc files.
# usage: check_layers.sh ROOT [layers.txt]
set -eu
root=${1:?usage: check_layers.sh ROOT [layers.txt]}
table=${2:-$root/tests/tools/layers.txt}
cd "$root"
folders=""
for folder in proxy loadgen engine reports gui; do
  [ -d "$folder" ] && folders="$folders $folder"
done
# shellcheck disable=SC2016,SC2086  # awk's own $0; a list of words on purpose
find $folders -type f \( -name '*.h' -o -name '*.cc' \) | LC_ALL=C sort | xargs awk -v table="$table" '
  function room_of(path,    room, best) {
    best = ""
    for (room in known)
      if ((path == room || index(path, room "/") == 1) && length(room) > length(best)) best = room
    return best
  }
  function bad(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; errors++ }
  BEGIN {
    while ((getline line < table) > 0) {
      if (line ~ /^#/ || line !~ /:/) continue
      split(line, halves, ":")
      known[halves[1]] = 1
      count = split(halves[2], words, " ")
      for (i = 1; i <= count; i++) allowed[halves[1], words[i]] = 1
      rows++
    }
    if (rows == 0) { print "no table in " table; failed = 1; exit 1 }
  }
  FNR == 1 {
    room = room_of(FILENAME)
    if (room == "") bad("no row of layers.txt covers this file")
  }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    target = room_of(quoted[2])
    if (target == "")
      bad("#include \"" quoted[2] "\" is not a path from the root into a room of layers.txt")
    else if (room != "" && target != room && !((room, target) in allowed) && !((room, "*") in allowed))
      bad(room " must not include " target " (\"" quoted[2] "\")")
  }
  FILENAME ~ /\.h$/ && /^[ \t]*#[ \t]*include[ \t]*<(boost\/(asio|json|beast)|yaml-cpp\/|CLI\/|gtest\/|gmock\/|fmt\/(ostream|chrono|ranges)|re2\/|iostream|regex)/ {
    bad("heavy header in a header: " $0)
  }
  END { if (errors > 0 || failed) exit 1 }
' || exit 1
