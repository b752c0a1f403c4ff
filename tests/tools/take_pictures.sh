#!/bin/bash
# Takes the pictures of the desktop application that README.md and gui/README.md show, without a
# display: usage: take_pictures.sh [FOLDER]. Two of each, in FOLDER (scenarios/pictures): as on a
# screen of 1280x800, and with --large as on one of 2560x1440 that is scaled by two. Look at each.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

large=no
if [[ ${1:-} == --large ]]; then
  large=yes
  shift
fi
readonly folder=${1:-scenarios/pictures}
readonly program=${SHAKETABLE_BIN:-build/release/bin}/shaketable-gui
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export QT_QPA_PLATFORM=offscreen XDG_CONFIG_HOME=$home XDG_STATE_HOME=$home LC_ALL=C.UTF-8

# take NAME SCENARIO [OPTION...]
take() {
  local name=$1 scenario=$2
  shift 2
  if [[ $large == yes ]]; then
    QT_SCALE_FACTOR=2 "$program" "scenarios/$scenario.yaml" --theme light --size 1280x720 "$@" \
      --screenshot "$folder/gui-$name-large.png"
  else
    "$program" "scenarios/$scenario.yaml" --theme light "$@" --screenshot "$folder/gui-$name.png"
  fi
}

mkdir -p "$folder"
take edit erp-cascade --text --select price --below 150
take run checkout-retry-storm --at 44s --moving --select 'checkoutservice -> paymentservice'
take why checkout-retry-storm --at 46s --select frontend --tab why --below 270
take states checkout-retry-storm --at 46s --tab states --below 300
take time erp-cascade --at 38s --tab events --overlay p99
take requests checkout-retry-storm --at 44s --tab requests --below 300
take canary bookinfo-canary --at 60s --tab canary --select reviews --below 270
take comparison checkout-retry-storm --at 60s --tab runs --below 270 \
  --change traffic.paymentservice.circuit_breakers.max_requests=100000
take dark checkout-retry-storm --theme dark --at 44s --moving
