#!/bin/sh
# Each header compiles alone. usage: check_headers.sh ROOT COMPILER [WORK_DIR]
# The build has compiled x.h alone already when x.cc includes it first, so only the others are
# compiled here. With ccache one that did not change costs milliseconds; WORK_DIR keeps paths equal.
set -eu
root=${1:?usage: check_headers.sh ROOT COMPILER [WORK_DIR]}
compiler=${2:?usage: check_headers.sh ROOT COMPILER [WORK_DIR]}
work=${3:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
launcher=$(command -v ccache || true)
export compiler launcher work

cd "$root"
folders=""
# Rooms with Qt need its paths: their headers are all the first of a .cc.
for folder in proxy loadgen engine reports gui/document gui/run tests/support; do
  [ -d "$folder" ] && folders="$folders $folder"
done
# shellcheck disable=SC2086,SC2016  # a list of words; the inner shell expands its own variables
find $folders -name '*.h' | LC_ALL=C sort | xargs -r -n 4 -P "$(nproc)" sh -c '
  status=0
  for header in "$@"; do
    first=$(grep -m 1 "^#include" "${header%.h}.cc" 2>/dev/null)
    [ "$first" != "#include \"$header\"" ] || continue
    name=$(printf %s "$header" | tr / _)
    # ccache distrusts a file that is newer than its own start, so the file is written once.
    [ -f "$work/$name.cc" ] || printf "#include \"%s\"\n" "$header" >"$work/$name.cc"
    # An object file, not -fsyntax-only, because only that is cached.
    CCACHE_NOHASHDIR=1 $launcher "$compiler" -std=c++20 -Wall -Wextra -Werror -O0 -I. -c "$work/$name.cc" \
      -o "$work/$name.o" || { echo "$header: does not compile alone"; status=1; }
  done
  exit $status
' check_headers || exit 1
