#!/bin/sh
# One of the end-to-end tests, or "skipped" (77) without node. usage: run.sh NAME.mjs [sentence]
set -eu
if ! command -v node >/dev/null; then
  echo "skipped: node is not installed; ./dev test e2e installs it"
  exit 77
fi
name=${1:?usage: run.sh NAME.mjs [sentence]}
shift
exec node "$(dirname "$0")/$name" "$@"
