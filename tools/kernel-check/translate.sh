#!/usr/bin/env bash
# Makes MODULE.so of MODULE.ptx, for cuda_driver.cpp: translate.sh MODULE
set -euo pipefail
python3 "$(dirname "${BASH_SOURCE[0]}")/ptx_to_c.py" "$1.ptx" >"$1.c"
compiler=$(command -v tcc || command -v cc)
"$compiler" -w -shared -fPIC -o "$1.part" "$1.c" -lm
mv "$1.part" "$1.so"
