#!/usr/bin/env bash
# Installs what is needed to build, run and test harsanyi. Quick when everything is there.
#
#   scripts/setup.sh          what building, running and testing need
#   scripts/setup.sh --dev    also what scripts/lint.sh and scripts/fuzz.sh need
#   scripts/setup.sh --build  only what building needs
#   scripts/setup.sh --report only .venv as harsanyi-report needs it
#   scripts/setup.sh --models also .venv-models for scripts/test.sh --models: PyTorch, scikit-learn and the like.
#                             HARSANYI_TORCH_WHEEL=FILE takes that PyTorch, as one for CPUs alone, which is a tenth as large.
#
# Debian 12 and 13, as root: missing packages come from apt-get. Otherwise nothing outside this folder is touched: what is
# there is used, and what is missing is listed. Inside this folder it makes .venv (Python for the tests, with analysis/) and,
# where the system has no ONNX Runtime, .deps/onnxruntime. HARSANYI_ONNXRUNTIME_ROOT=DIR (with include/ and lib/) wins over both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

onnxruntime_version=1.31.1
engine=.deps/onnxruntime
requirements=(analysis/requirements.txt tests/requirements.txt)
parts=(make_venv get_shapiq install_analysis get_engine)
dev=false
models_gigabytes=12
case "${1:-}" in
"") ;;
--dev)
    dev=true
    requirements+=(scripts/requirements-dev.txt)
    ;;
--build) parts=(get_engine) ;;
--report)
    requirements=(analysis/requirements.txt)
    parts=(make_venv install_analysis)
    ;;
--models) parts+=(make_models_venv) ;;
*)
    sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 1
    ;;
esac

say() {
    echo "setup: $*" >&2
}

missing=()

# need PACKAGE COMMAND...: the Debian package is missing when the command fails.
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

# A python3 first in the path may be one that cannot make virtual environments, while the system's can.
python_with_venv() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

compile_c() {
    echo '#include <stdio.h>' | cc -fsyntax-only -x c -
}

# The number in the name of the package of clang's runtime: that of clang, or of the one that Debian 12 or 13 will install.
clang_version() {
    if command -v clang >/dev/null; then
        clang -dumpversion | cut -d. -f1
    elif grep -q '^VERSION_ID="13"' /etc/os-release; then
        echo 19
    else
        echo 14
    fi
}

fuzzer_runtime() {
    compgen -G "$(clang -print-resource-dir)/lib/*/libclang_rt.fuzzer*.a"
}

find_missing() {
    need cmake command -v cmake
    need ninja-build command -v ninja
    need gcc command -v cc
    need libc6-dev compile_c
    need pkg-config command -v pkg-config
    need libhdf5-dev sh -c 'pkg-config --exists hdf5-serial || pkg-config --exists hdf5'
    need libopenmpi-dev command -v mpicc
    need openmpi-bin command -v mpirun
    need libyaml-dev pkg-config --exists yaml-0.1
    need libjansson-dev pkg-config --exists jansson
    need libisal-dev pkg-config --exists libisal
    need libssl-dev pkg-config --exists libcrypto
    need libcmocka-dev pkg-config --exists cmocka
    need python3 command -v python3
    need python3-venv python_with_venv
    if $dev; then
        need clang command -v clang
        need clang-format command -v clang-format
        need clang-tidy command -v clang-tidy
        need cppcheck command -v cppcheck
        need shellcheck command -v shellcheck
        need "libclang-rt-$(clang_version)-dev" fuzzer_runtime
    fi
    # For tests/slurm.sh, which can start a cluster only as root.
    if [[ -n ${HARSANYI_SLURM_LAB:-} && $EUID == 0 ]]; then
        need slurm-wlm command -v slurmctld
        need munge command -v munged
    fi
}

install_missing() {
    ((${#missing[@]})) || return 0
    local command=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [[ $EUID != 0 ]] || ! command -v apt-get >/dev/null; then
        say "missing: ${missing[*]}"
        say "install with: sudo ${command[*]}"
        exit 1
    fi
    say "installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${command[@]}" -qq >/dev/null
    missing=()
}

# pip COMMAND ...: that of .venv.
pip() {
    { [[ -x .venv/bin/python ]] || "$(python_with_venv)" -m venv .venv; } &&
        .venv/bin/python -m pip "$1" -q --disable-pip-version-check "${@:2}"
}

make_venv() {
    local file done_file
    for file in "${requirements[@]}"; do
        done_file=.venv/done-${file//\//-}
        cmp -s "$file" "$done_file" && continue
        say "making .venv: $file"
        if pip install -r "$file"; then
            cp "$file" "$done_file"
        else
            say "the packages of $file could not be installed: scripts/test.sh will fail, everything else works"
        fi
    done
}

# Without its dependencies: they are many times as large, and the test does not need them.
get_shapiq() {
    local file=tests/requirements-shapiq.txt
    cmp -s "$file" .venv/done-shapiq && return
    say "adding shapiq to .venv: $file"
    if pip install --no-deps -r "$file"; then
        cp "$file" .venv/done-shapiq
    else
        say "shapiq is not available here: tests/e2e/test_shapiq.py will be skipped"
    fi
}

# The commands harsanyi-samples, -figures and -report, run from this folder's source. A copied .venv holds the path of the
# folder that it was made in: hence the path in the file that says it is done.
install_analysis() {
    local done_file=.venv/done-analysis
    { echo "$PWD" && cat analysis/pyproject.toml; } | cmp -s - "$done_file" && return
    say "making .venv: analysis"
    if pip install --no-deps -e analysis; then
        { echo "$PWD" && cat analysis/pyproject.toml; } >"$done_file"
    else
        say "analysis/ could not be installed: use PYTHONPATH=analysis .venv/bin/python -m harsanyi.samples"
    fi
}

# The frameworks of models, apart from all else: nothing but scripts/test.sh --models needs them.
make_models_venv() {
    local free torch='^$'
    if [[ ! -x .venv-models/bin/python ]]; then
        free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
        if ((free < models_gigabytes)); then
            say ".venv-models needs $models_gigabytes GB of disk for a while, and only $free GB are free here"
            exit 1
        fi
        "$(python_with_venv)" -m venv .venv-models
    fi
    say "making .venv-models: tests/requirements-models.txt"
    local install=(.venv-models/bin/python -m pip install -q --disable-pip-version-check)
    if [[ -n ${HARSANYI_TORCH_WHEEL:-} ]]; then
        torch='^torch=='
        "${install[@]}" "$HARSANYI_TORCH_WHEEL"
    fi
    "${install[@]}" -e analysis -r tests/requirements.txt -r <(grep -v "$torch" tests/requirements-models.txt)
}

engine_found() {
    pkg-config --exists libonnxruntime || [[ -e $engine/lib/libonnxruntime.so.1 && -e $engine/include/onnxruntime_c_api.h ]]
}

# The library from the Python wheel: wheels for all Python versions hold the same one.
fetch_library() {
    local work=$1
    pip download --no-deps --only-binary :all: --python-version 3.11 -d "$work" "onnxruntime==$onnxruntime_version" &&
        .venv/bin/python -m zipfile -e "$work"/onnxruntime-*.whl "$work/wheel" &&
        cp "$work/wheel/onnxruntime/capi/libonnxruntime.so.$onnxruntime_version" "$work/onnxruntime/lib/" &&
        ln -s "libonnxruntime.so.$onnxruntime_version" "$work/onnxruntime/lib/libonnxruntime.so.1" &&
        cp "$work/wheel/onnxruntime/LICENSE" "$work/wheel/onnxruntime/ThirdPartyNotices.txt" "$work/onnxruntime/"
}

# The header from Debian 13's package; wheels lack it. It comes from the mirror that the system uses, through folders
# of our own, so that the system's package lists stay as they are. The C API only ever grows: an older header fits.
fetch_header() {
    local work=$1 codename mirror key apt
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(IDENTIFIER) $(RELEASE) $(COMPONENT) $(REPO_URI)' |
        awk -v release="$codename" '$1 == "Packages" && $2 == release && $3 == "main" && !found++ { print $4 }')
    key=$(find /usr/share/keyrings -name 'debian-archive-trixie-stable.*' -o -name 'debian-archive-keyring.*' | sort -r | head -n 1)
    [[ -n $mirror && -n $key ]] || return 1
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
    echo "deb [signed-by=$key] $mirror trixie main" >"$work/apt/sources.list"
    apt=(apt-get -qq -o "Dir::State=$PWD/$work/apt" -o "Dir::Cache=$PWD/$work/apt/cache"
        -o "Dir::Etc::sourcelist=$PWD/$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Acquire::Languages=none -o APT::Sandbox::User=root)
    "${apt[@]}" update &&
        (cd "$work/apt" && "${apt[@]}" download libonnxruntime-dev) &&
        dpkg-deb -x "$work"/apt/libonnxruntime-dev_*.deb "$work/package" &&
        find "$work/package" -name onnxruntime_c_api.h -exec cp {} "$work/onnxruntime/include/" \; &&
        [[ -e $work/onnxruntime/include/onnxruntime_c_api.h ]]
}

get_engine() {
    if [[ -n ${HARSANYI_ONNXRUNTIME_ROOT:-} ]]; then
        say "ONNX Runtime: $HARSANYI_ONNXRUNTIME_ROOT (HARSANYI_ONNXRUNTIME_ROOT)"
        return
    fi
    if ! engine_found && [[ $EUID == 0 ]] && apt-cache show libonnxruntime-dev >/dev/null 2>&1; then
        missing=(libonnxruntime-dev)
        install_missing
    fi
    engine_found && return
    say "fetching ONNX Runtime $onnxruntime_version into $engine"
    local work
    mkdir -p .deps
    work=$(mktemp -d .deps/fetch.XXXXXX)
    mkdir -p "$work/onnxruntime/lib" "$work/onnxruntime/include"
    if fetch_library "$work" && fetch_header "$work"; then
        rm -rf "$engine"
        mv "$work/onnxruntime" "$engine"
    else
        say "ONNX Runtime is not available here: harsanyi will be built without the backend \`onnx\`."
        say "With a release archive of ONNX Runtime unpacked in DIR: HARSANYI_ONNXRUNTIME_ROOT=DIR $0"
    fi
    rm -rf "$work"
}

find_missing
install_missing
for part in "${parts[@]}"; do
    "$part"
done
