#!/usr/bin/env bash
# Draws docs/images/sample.png, the README's picture: one digit with its strongest dividends and, below, its strongest
# sparse interactions. Needs what scripts/demo.sh builds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

results=configs/digits/results/readme.h5
drawn=configs/digits/results
build/release/harsanyi run configs/digits/digits.yaml --ranks 1 --fresh \
    --set samples.select=6:7 --set sparse.kinds=and_or -o "$results"
.venv/bin/harsanyi-figures "$results" --figure sample --sample 6 --style icml --theme dark -o "$drawn"
cp "$drawn/sample.png" docs/images/sample.png
