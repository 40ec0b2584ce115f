#!/usr/bin/env bash
# Measures TornadoGPT on an NVIDIA GPU, beside PyTorch on the same card, in eight minutes.
#
#   nvidia.sh [OUT]
#
# It lies in a kit that nvidia-kit.sh has packed, which holds all that is needed but PyTorch. OUT gets
# report.md, a table, and results.tar.gz with all that was printed; both are written anew after each
# part, so that what was measured is there whenever the machine goes.
#
# Parts come in order of what they tell: for each TornadoVM of the kit whether operations are right,
# training, generation; then PyTorch; then single operations. Each has a limit, and all of them have
# SECONDS_IN_ALL (450) together; what is not reached is named in the report.
#
# PYTHON names a Python (python3 if not set), which makes the table; without PyTorch for CUDA in it
# there is no peer. LARGEST is n of the largest square product (4096), STEPS how often all is measured
# (10), PRESET the model (gpt2, the only one that the peer trains as well), CASES the most cases of
# each operation (3).
#
# PRESET=tiny LARGEST=256 STEPS=2 CASES=1 PEER=cpu tries the script out on any OpenCL device.
set -euo pipefail

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly kit
readonly out=${1:-nvidia-$(date +%Y%m%d-%H%M%S)}
readonly largest=${LARGEST:-4096} steps=${STEPS:-10} preset=${PRESET:-gpt2} python=${PYTHON:-python3}
readonly cases=${CASES:-3} in_all=${SECONDS_IN_ALL:-450}

fail() {
    printf 'nvidia.sh: %s\n' "$1" >&2
    exit 1
}

[[ -x $kit/jdk/bin/java ]] || fail "$kit has no jdk: start the nvidia.sh of a kit that\
 bench/nvidia-kit.sh packed and tar unpacked"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/failed.txt"
: >"$work/seconds.txt"
SECONDS=0

# The batch of the peer, and a text that fits the block; another preset's block may be shorter.
batch=(--set train.batchSize=4)
text=(--prompt-tokens 8 --max-new-tokens 16)
if [[ $preset == gpt2 ]]; then
    batch+=(--set train.blockSize=1024)
    text=()
fi

export JDK25_HOME=$kit/jdk
gpt() { "$kit/gpt" "$@"; }
export -f gpt
export kit

# Writes what is known so far.
report() {
    if ! "$python" "$kit/peers/nvidia_table.py" "$work" >"$out/report.md.new" 2>"$work/table.err"; then
        {
            printf 'No table: %s\n\n' "$(tail -1 "$work/table.err")"
            cat "$work/failed.txt"
        } >"$out/report.md.new"
    fi
    mv "$out/report.md.new" "$out/report.md"
    tar -C "$work" -czf "$out/results.tar.gz.new" .
    mv "$out/results.tar.gz.new" "$out/results.tar.gz"
}

# Why a part failed: operations that are wrong are printed among the others, all else comes last.
reason() {
    grep -m 1 -hE '^ +[A-Za-z.]+( [A-Z0-9_]+)? +(wrong|failed) ' "$work/$1.txt" ||
        grep -hvE '^\s*$|^WARNING|^Picked up' "$work/$1.err" | tail -1 | grep . ||
        grep -hvE '^\s*$' "$work/$1.txt" | tail -1 | grep . ||
        echo 'nothing was printed'
}

# Goes on where a part fails: what failed is part of the result.
measure() { # name, seconds at most, command
    local name=$1 limit=$2 left=$((in_all - SECONDS)) start=$SECONDS status=0
    shift 2
    if ((left < 10)); then
        printf '%s: not reached in %d s\n' "$name" "$in_all" >>"$work/failed.txt"
        return
    fi
    ((limit <= left)) || limit=$left
    printf '== %s, %d s at most: %s\n' "$name" "$limit" "$*" >&2
    timeout -k 5 "$limit" bash -c '"$@"' measure "$@" >"$work/$name.txt" 2>"$work/$name.err" ||
        status=$?
    printf '%s: %d s\n' "$name" $((SECONDS - start)) >>"$work/seconds.txt"
    if ((status == 124 || status == 137)); then
        printf '%s: stopped after %d s\n' "$name" "$limit" >>"$work/failed.txt"
    elif ((status != 0)); then
        printf '%s: %s\n' "$name" "$(reason "$name" | cut -c1-500)" >>"$work/failed.txt"
    fi
    report
}

train() { # name, options
    local name=$1
    shift
    measure "train-$name" 100 gpt bench train --device tornado --preset "$preset" \
        "${batch[@]}" --set train.gradAccumulation=1 --set model.dropout=0 \
        --warmup 1 --steps "$steps" --json "$work/train-$name.json" "$@"
}

generate() { # name, options
    local name=$1
    shift
    measure "generate-$name" 60 gpt bench generate --device tornado --preset "$preset" \
        ${text[@]+"${text[@]}"} --warmup 1 --json "$work/generate-$name.json" "$@"
}

backends=()
for backend in cuda ptx opencl; do
    sdk=$kit/tornadovm-$backend
    [[ -d $sdk ]] || continue
    backends+=("$backend")
    sed "s|\${TORNADOVM_HOME}|$sdk|g" "$sdk/tornado-argfile.template" >"$sdk/tornado-argfile"
done
((${#backends[@]})) || fail "$kit holds no tornadovm-cuda, tornadovm-ptx or tornadovm-opencl"

for backend in "${backends[@]}"; do
    export TORNADOVM_HOME=$kit/tornadovm-$backend
    measure "devices-$backend" 30 gpt devices --device tornado
    measure "suite-$backend" 120 gpt devices --device tornado --ops --cases "$cases"
    train "$backend" --profile
    generate "$backend" --profile
    if [[ $backend == cuda ]]; then # without a profile, which CUDA graphs leave nothing for
        train cuda-plain
        export GPT_JAVA_OPTS="${GPT_JAVA_OPTS:-} -Dtornadogpt.cudaGraphs=true"
        train cuda-graphs
        generate cuda-graphs
        GPT_JAVA_OPTS=${GPT_JAVA_OPTS% *}
    fi
done
peer=(--largest "$largest" --steps "$steps" --device "${PEER:-cuda}" --json "$work/peer.json")
[[ $preset == gpt2 ]] || peer+=(--no-training)
measure peer 100 "$python" "$kit/peers/nvidia_peer.py" "${peer[@]}"
for backend in "${backends[@]}"; do
    export TORNADOVM_HOME=$kit/tornadovm-$backend
    measure "ops-$backend" 60 gpt bench ops --device tornado --largest "$largest" \
        --runs "$steps" --json "$work/ops-$backend.json"
done
report
cat "$out/report.md"
