#!/bin/sh
# onnxruntime-node carries its library for every system: keep that of one. keep-platform.sh FOLDER PLATFORM ARCH
set -eu
test -d "$1"
for system in "$1"/*/*; do
  if [ "$(basename "$system")" != "$2" ]; then
    rm -rf "$system"
    continue
  fi
  for machine in "$system"/*; do
    if [ "$(basename "$machine")" != "$3" ]; then rm -rf "$machine"; fi
  done
done
