#!/usr/bin/env bash
# Measures a graphics card (see expected.md beside this file): bash perf/card/run.sh [webgpu|cuda|cpu] [quick] [--python FILE]
# In a checkout with node_modules it runs there; elsewhere on Linux x64 from the folder kit beside it, which `npm run perf -- card pack`
# makes, and which needs nothing but bash, coreutils, tar and xz (or a Python instead of xz). CUDA's library of onnxruntime, 223 MB when
# compressed, is not in the kit: there, webgpu is measured, and torch with CUDA where the machine has it. OUT names a folder for card.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
kit=$here/kit
[ -f "$here/program.tar.xz" ] && kit=$here
seconds=${CARD_SECONDS:-300}

if [ "$kit" != "$here" ] && [ -d "$root/node_modules/onnxruntime-node/bin" ] && command -v node >/dev/null; then
  cd "$root"
  node build.mjs
  exec timeout -k 10 "$seconds" node dist/perf/main.js card "$@"
fi

[ -f "$kit/program.tar.xz" ] || { echo "There is neither node_modules (npm ci) nor $here/kit (npm run perf -- card pack)." >&2; exit 1; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
for archive in "$kit"/*.tar.xz; do
  if command -v xz >/dev/null; then tar -xJf "$archive" -C "$place"
  else python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$archive" "$place"
  fi
done
chmod +x "$place/bin/node"

# Where libraries of drivers are, besides where the system looks.
libraries=${LD_LIBRARY_PATH:-}
add() { libraries=${libraries:+$libraries:}$1; }
has() { # whether the system finds a library
  local folder
  for folder in ${libraries//:/ } /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
    [ -e "$folder/$1" ] && return 0
  done
  return 1
}
for folder in /usr/local/nvidia/lib64 /usr/local/nvidia/lib; do [ -d "$folder" ] && add "$folder"; done
has libvulkan.so.1 || add "$place/lib"
# A machine for computing may lack what the driver of a display needs.
has libX11.so.6 && has libXext.so.6 && has libGLdispatch.so.0 || add "$place/lib/driver"

# Vulkan finds drivers by files that name their libraries: containers often have NVIDIA's library without the file.
if [ -z "${VK_ICD_FILENAMES:-}${VK_DRIVER_FILES:-}" ]; then
  own=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
  named=
  for file in /etc/vulkan/icd.d/*nvidia*.json /usr/share/vulkan/icd.d/*nvidia*.json /usr/local/share/vulkan/icd.d/*nvidia*.json; do
    if [ -e "$file" ]; then named=$file; fi
  done
  if [ -z "$named" ] && [ -e $own ]; then
    export VK_ICD_FILENAMES=$own
  elif [ -z "$named" ]; then
    for library in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
      has "$library" || continue
      echo "{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \"$library\", \"api_version\": \"1.3.0\"}}" >"$place/nvidia.json"
      export VK_ICD_FILENAMES=$place/nvidia.json
      break
    done
  fi
  echo "Vulkan driver: ${VK_ICD_FILENAMES:-${named:-whichever the system names}}"
fi

export LD_LIBRARY_PATH=$libraries EMBEDDING_BENCH_CACHE=$place/cache EMBEDDING_BENCH_TREC=$place/trec
timeout -k 10 "$seconds" "$place/bin/node" "$place/dist/perf/main.js" card "$@"
