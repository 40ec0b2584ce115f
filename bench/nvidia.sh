#!/usr/bin/env bash
# Measures TornadoGPT on an NVIDIA GPU, beside PyTorch on the same card.
#
#   bench/nvidia.sh KIT [OUT]
#
# KIT is a folder that holds all that is needed, so that it can be copied to a machine with a GPU:
#
#   jdk/            a JDK 25, or an image of one made by jlink that has the module jdk.compiler
#   gpt/            cli/target/gpt of a built checkout
#   tornadovm-ptx/  a TornadoVM SDK with the PTX backend     (one of the three is enough)
#   tornadovm-cuda/ one with the CUDA backend
#   tornadovm-opencl/ one with the OpenCL backend
#
# PYTHON names a Python (python3 if not set), which makes the table; without PyTorch for CUDA in it
# there is no peer.
# OUT gets a JSON file for each measurement and report.md, a table of all. LARGEST is n of the
# largest square product (4096), STEPS how often all is measured (20), PRESET the model
# (gpt2, the only one that the peer trains as well), CASES the most cases of each operation (1000).
#
# PRESET=tiny LARGEST=256 STEPS=2 CASES=1 PEER=cpu tries the script out on any OpenCL device.
set -euo pipefail

kit=$(cd "${1:?usage: bench/nvidia.sh KIT [OUT]}" && pwd)
readonly kit
readonly out=${2:-nvidia-$(date +%Y%m%d-%H%M%S)}
readonly largest=${LARGEST:-4096} steps=${STEPS:-20} preset=${PRESET:-gpt2} python=${PYTHON:-python3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

fail() {
    printf 'nvidia.sh: %s\n' "$1" >&2
    exit 1
}

[[ -x $kit/jdk/bin/javac ]] || fail "$kit/jdk/bin/javac is missing; put a JDK 25 there"
[[ -d $kit/gpt/lib ]] || fail "$kit/gpt/lib is missing; copy cli/target/gpt of a built checkout"
command -v "$python" >/dev/null || fail "there is no $python; let PYTHON name a Python 3"
mkdir -p "$out"
: >"$out/failed.txt"

# The batch of the peer, and a text that fits the block; another preset's block may be shorter.
batch=(--set train.batchSize=4)
text=(--prompt-tokens 8 --max-new-tokens 16)
if [[ $preset == gpt2 ]]; then
    batch+=(--set train.blockSize=1024)
    text=()
fi

# ./gpt, with the kit in place of a checkout.
mkdir -p "$out/run/cli/target"
cp "$here/../gpt" "$out/run/gpt"
ln -sfn "$kit/gpt" "$out/run/cli/target/gpt"
export JDK25_HOME=$kit/jdk
gpt() { "$out/run/gpt" "$@"; }

# Goes on where a measurement fails: what failed is part of the result.
measure() {
    local name=$1
    shift
    printf '== %s: %s\n' "$name" "$*" >&2
    if ! "$@" >"$out/$name.txt" 2>"$out/$name.err"; then
        printf 'failed; the end of %s:\n' "$out/$name.err" >&2
        tail -5 "$out/$name.err" >&2
        printf '%s: %s\n' "$name" "$(tail -1 "$out/$name.err")" >>"$out/failed.txt"
    fi
}

# Trains and generates; the results' names end with the first argument, the others are options.
train_and_generate() {
    local name=$1
    shift
    measure "train-$name" gpt bench train --device tornado --preset "$preset" \
        "${batch[@]}" --set train.gradAccumulation=1 --set model.dropout=0 \
        --warmup 1 --steps "$steps" --json "$out/train-$name.json" "$@"
    measure "generate-$name" gpt bench generate --device tornado --preset "$preset" \
        ${text[@]+"${text[@]}"} --warmup 1 --json "$out/generate-$name.json" "$@"
}

found=0
for backend in ptx cuda opencl; do
    [[ -d $kit/tornadovm-$backend ]] || continue
    found=1
    export TORNADOVM_HOME=$kit/tornadovm-$backend
    measure "devices-$backend" gpt devices --device tornado
    measure "suite-$backend" gpt devices --device tornado --ops --cases "${CASES:-1000}"
    measure "ops-$backend" gpt bench ops --device tornado --largest "$largest" \
        --runs "$steps" --json "$out/ops-$backend.json"
    train_and_generate "$backend" --profile
    if [[ $backend == cuda ]]; then # without a profile, which CUDA graphs leave nothing for
        train_and_generate cuda-plain
        GPT_JAVA_OPTS="${GPT_JAVA_OPTS:-} -Dtornadogpt.cudaGraphs=true" train_and_generate cuda-graphs
    fi
done
((found)) || fail "$kit holds no tornadovm-ptx, tornadovm-cuda or tornadovm-opencl"

peer=(--largest "$largest" --steps "$steps" --device "${PEER:-cuda}")
[[ $preset == gpt2 ]] || peer+=(--no-training)
measure peer "$python" "$here/peers/nvidia_peer.py" "${peer[@]}"
cp "$out/peer.txt" "$out/peer.json"

"$python" "$here/peers/nvidia_table.py" "$out" >"$out/report.md"
cat "$out/report.md"
