#!/usr/bin/env bash
# ./dev bench report: time to write the page of a run, and for headless Chromium to draw it. The aims:
# 30 services by 600 points written in 200 ms and drawn in 500 ms.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
cmake --build build/release --target report_bench >/dev/null
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
build/release/bin/report_bench "$pages"
SHAKETABLE_E2E=build/e2e SHAKETABLE_PAGES=$pages node tests/bench/report/draw.mjs
