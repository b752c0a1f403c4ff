#!/bin/bash
# Shows that each check of this folder fails on a bad example and passes a good one; a check that
# cannot fail proves nothing. usage: checks_selftest.sh COMPILER
set -euo pipefail
compiler=${1:?usage: checks_selftest.sh COMPILER}
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# expect CODE TEXT COMMAND...: the command ends with the exit code and prints the text.
expect() {
  local code=$1 text=$2 got=0 output
  shift 2
  output=$("$@" 2>&1) || got=$?
  if [[ $got -ne $code || $output != *"$text"* ]]; then
    printf 'wanted exit code %s and "%s" from: %s\ngot %s:\n%s\n' "$code" "$text" "${*##*/}" "$got" "$output"
    failures=$((failures + 1))
  fi
}

# fresh_tree: a small tree that every check accepts, in $tree.
fresh_tree() {
  tree=$work/tree
  rm -rf "$tree"
  mkdir -p "$tree/proxy/base" "$tree/proxy/core/lb" "$tree/engine/judge" "$tree/tests/tools"
  cp "$tools/layers.txt" "$tree/tests/tools/"
  local room
  for room in proxy proxy/base proxy/core proxy/core/lb engine engine/judge tests; do
    echo "# $room" >"$tree/$room/README.md"
  done
  printf '#pragma once\n/// A number.\nint a();\n' >"$tree/proxy/base/a.h"
  printf '#include "proxy/base/a.h"\n\n#include <vector>\nint a() { return 1; }\n' >"$tree/proxy/base/a.cc"
  printf '#pragma once\n#include "proxy/base/a.h"\n' >"$tree/proxy/core/lb/b.h"
  printf '#pragma once\n#include "proxy/base/a.h"\n' >"$tree/engine/judge/c.h"
}

# tree_with FILE LINE: the small tree, with the line added to a file of it.
tree_with() {
  fresh_tree
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "$2" >>"$tree/$1"
}

test_layers() {
  fresh_tree
  expect 0 "" "$tools/check_layers.sh" "$tree"
  tree_with proxy/base/a.h '#include "proxy/core/lb/b.h"'
  expect 1 "proxy/base must not include proxy/core" "$tools/check_layers.sh" "$tree"
  tree_with engine/judge/c.h '  #  include "engine/sim/s.h"'
  expect 1 "engine/judge must not include engine/sim" "$tools/check_layers.sh" "$tree"
  tree_with proxy/base/a.cc '#include "a.h"'
  expect 1 "not a path from the root" "$tools/check_layers.sh" "$tree"
  tree_with proxy/base/a.h '#include <boost/asio/ip/tcp.hpp>'
  expect 1 "heavy header" "$tools/check_layers.sh" "$tree"
  tree_with engine/nowhere/d.h '#pragma once'
  expect 1 "no row of layers.txt" "$tools/check_layers.sh" "$tree"
  expect 1 "no table" "$tools/check_layers.sh" "$tree" /dev/null
}

test_tree() {
  fresh_tree
  expect 0 "" "$tools/check_tree.sh" "$tree"
  tree_with notes.txt 'x'
  expect 1 "the top level does not hold this" "$tools/check_tree.sh" "$tree"
  fresh_tree
  rm "$tree/proxy/base/README.md"
  expect 1 "proxy/base: has no README.md" "$tools/check_tree.sh" "$tree"
  fresh_tree
  seq 61 >"$tree/proxy/base/README.md"
  expect 1 "61 lines" "$tools/check_tree.sh" "$tree"
  tree_with proxy/base/a.cc "$(seq -f '// %g' 600)"
  expect 1 "at most 600" "$tools/check_tree.sh" "$tree"
  tree_with engine/judge/d.h 'int d();'
  expect 1 "no #pragma once" "$tools/check_tree.sh" "$tree"
  local line
  for line in 'std::function<void()> f;' 'virtual void f();' '#include <random>' 'std::exp(1.0);' \
    'std::unordered_map<int, int> m;' 'std::chrono::steady_clock::now();' 'std::mutex m;'; do
    tree_with proxy/base/a.cc "$line"
    expect 1 "proxy/base/a.cc:5:" "$tools/check_tree.sh" "$tree"
    tree_with proxy/base/a.cc "int x = 1;  // $line"
    expect 0 "" "$tools/check_tree.sh" "$tree"
  done
  tree_with proxy/base/a.cc 'std::unordered_map<int, int> m;  // looked up, never iterated'
  expect 0 "" "$tools/check_tree.sh" "$tree"
  tree_with engine/judge/c.h '// TODO: later'
  expect 1 "without an issue number" "$tools/check_tree.sh" "$tree"
  tree_with engine/judge/c.h 'const char* kPath = "/home/me/x";'
  expect 1 "a path of one machine" "$tools/check_tree.sh" "$tree"
}

# archive NAME TEXT: compiles the text into $work/NAME.a.
archive() {
  printf '%s\n' "$2" >"$work/$1.cc"
  "$compiler" -std=c++20 -O1 -c "$work/$1.cc" -o "$work/$1.o"
  ar rcs "$work/$1.a" "$work/$1.o"
}

test_purity() {
  archive pure '#include <vector>
    std::vector<int> f() { return {1, 2}; }'
  expect 0 "" "$tools/check_pure.sh" "$work/pure.a"
  archive clock '#include <chrono>
    auto f() { return std::chrono::steady_clock::now(); }'
  archive entropy '#include <random>
    auto f() { return std::random_device()(); }'
  archive world '#include <cstdlib>
    const char* f() { return std::getenv("HOME"); }'
  archive file '#include <cstdio>
    void* f() { return std::fopen("a", "r"); }'
  archive libm '#include <cmath>
    double f(double x) { return std::exp(x); }'
  archive thread '#include <pthread.h>
    void f(pthread_mutex_t* m) { pthread_mutex_lock(m); }'
  local name
  for name in clock entropy world file libm thread; do
    expect 1 "impure symbols" "$tools/check_pure.sh" "$work/pure.a" "$work/$name.a"
  done
  expect 1 "no archive" "$tools/check_pure.sh" "$work/pure.a" "$work/missing.a"
}

test_headers() {
  fresh_tree
  expect 0 "" "$tools/check_headers.sh" "$tree" "$compiler" "$work/headers"
  tree_with engine/judge/c.h 'std::string late();'
  expect 1 "c.h: does not compile alone" "$tools/check_headers.sh" "$tree" "$compiler" "$work/headers"
}

# program NAME BODY: an executable that takes the place of `shaketable`; OUT is its --json path.
program() {
  # shellcheck disable=SC2016  # expanded by the program, not here
  printf '#!/bin/sh\nwhile [ "$1" != --json ]; do shift; done\nOUT=$2\n%s\n' "$2" >"$work/$1"
  chmod +x "$work/$1"
}

test_compare() {
  # shellcheck disable=SC2016  # expanded by the programs, not here
  {
    program same 'echo "{1}" >"$OUT"'
    program other 'echo "{2}" >"$OUT"'
    program broken 'echo "no such key"; exit 2'
    program silent 'exit 0'
    program slow 'sleep 2; echo "{1}" >"$OUT"'
  }
  expect 0 "equal" "$tools/compare_builds.sh" "$work/same" "$work/same" any.yaml
  expect 1 "DIFFERENT" "$tools/compare_builds.sh" "$work/same" "$work/other" any.yaml
  expect 1 "exit codes 0 2" "$tools/compare_builds.sh" "$work/same" "$work/broken" any.yaml
  expect 1 "DIFFERENT" "$tools/compare_builds.sh" "$work/silent" "$work/silent" any.yaml
  expect 0 "equal" "$tools/compare_builds.sh" --at-most 5 "$work/same" "$work/same" any.yaml
  expect 1 "nothing was compared" "$tools/compare_builds.sh" --at-most 0 "$work/slow" "$work/same" any.yaml
  expect 1 "no program" "$tools/compare_builds.sh" "$work/same" "$work/missing" any.yaml
}

# jobs_program NAME BODY: an executable that takes the place of `shaketable`; JOBS and DIR are its options.
jobs_program() {
  # shellcheck disable=SC2016  # expanded by the program, not here
  printf '#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in -j) JOBS=$2;; --out-dir) DIR=$2;; esac; shift; done\n%s\n' \
    "$2" >"$work/$1"
  chmod +x "$work/$1"
}

test_jobs() {
  # shellcheck disable=SC2016  # expanded by the programs, not here
  {
    jobs_program steady 'echo "{1}" >"$DIR/any-1.json"'
    jobs_program racy 'echo "{$JOBS}" >"$DIR/any-1.json"'
    jobs_program quiet 'exit 0'
    jobs_program lost 'echo "no such key"; exit 2'
  }
  expect 0 "equal      seeds" "$tools/compare_jobs.sh" "$work/steady" any.yaml
  expect 1 "DIFFERENT  scenarios" "$tools/compare_jobs.sh" "$work/racy" any.yaml
  expect 1 "no result was written" "$tools/compare_jobs.sh" "$work/quiet" any.yaml
  expect 1 "exit code 2" "$tools/compare_jobs.sh" "$work/lost" any.yaml
  expect 1 "no program" "$tools/compare_jobs.sh" "$work/missing" any.yaml
}

test_desktop() {
  local tool
  for tool in appstreamcli desktop-file-validate xmllint; do command -v "$tool" >/dev/null || return 0; done
  local tree=$work/desktop root
  root=$(cd "$tools/../.." && pwd)
  mkdir -p "$tree/gui/app"
  cp -r "$root/gui/desktop" "$tree/gui/"
  cp "$root/gui/app/run_app.cc" "$tree/gui/app/"
  expect 0 "" "$tools/check_desktop.sh" "$tree"
  sed -i 's/^Type=.*/Type=Nonsense/' "$tree"/gui/desktop/*.desktop
  expect 1 "is not valid" "$tools/check_desktop.sh" "$tree"
  cp "$root"/gui/desktop/*.desktop "$tree/gui/desktop/"
  sed -i 's/setDesktopFileName([^)]*)/setDesktopFileName(QStringLiteral("other"))/' "$tree/gui/app/run_app.cc"
  expect 1 "names another menu entry" "$tools/check_desktop.sh" "$tree"
}

test_layers
test_tree
test_desktop
test_purity
test_headers
test_compare
test_jobs
((failures == 0)) || exit 1
