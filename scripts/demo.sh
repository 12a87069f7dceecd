#!/usr/bin/env bash
# From a fresh clone to the strongest interactions of a handwritten digit: setup, build, a sweep of ten images, show, a report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh --build
scripts/setup.sh --report & # while the program is built
cmake --preset release >/dev/null
cmake --build --preset release --target harsanyi harsanyi_public # what `cmake --install` needs
wait

harsanyi=build/release/harsanyi
config=configs/digits/digits.yaml
results=configs/digits/results/demo.h5
report=configs/digits/results/demo.html
ranks=$(($(nproc) > 1 ? 2 : 1))

echo
echo "Ten images, all 65,536 masks of each:"
"$harsanyi" run "$config" --ranks "$ranks" --fresh --set samples.select=0:10 -o "$results"
echo
"$harsanyi" show "$results" --sample 3 --top 10
if .venv/bin/harsanyi-report "$results" -o "$report" >/dev/null; then
    written="The report, one page with all figures for any browser, is $report."
else
    written="The report could not be written: it needs what scripts/setup.sh reports as missing above."
fi
cat <<END

Player r1c2 is the patch of 2x2 pixels in row 1, column 2 of the image, both counted from 0.
The results are in $results (HDF5).
$written
Next:
  $harsanyi show $results --sample 7 --conditions     another image, and the conditions for sparse interactions
  $harsanyi verify $results                           every number checked
  $harsanyi run $config --ranks $ranks     100 images
  Copy $config: its comments say what each line means.
END
