#!/usr/bin/env bash
# Trains the same models in one process and in several, divided in other ways, and compares the bits
# of what they write: weights, optimizer state and metrics (but for the speed). Needs Open MPI, and takes some minutes:
#
#   tools/equal-bits.sh [STEPS]
set -uo pipefail
readonly steps=${1:-50}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly golden="$root/finetune/src/test/resources/io/tornadogpt/finetune/golden"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# A model of the tests, with dropout.
model() { # family
    cp -r "$golden/$1" "$scratch/$1"
    sed -i -E 's/("(attention_dropout|attn_pdrop|resid_pdrop|embd_pdrop)": )0(\.0)?/\10.1/' \
        "$scratch/$1/config.json"
}

# One checksum of all that has to be equal.
sum() { # directory of a run
    (cd "$1" && {
        cat "checkpoints/step-$(printf %08d "$steps")"/*.safetensors
        sed -E 's/"tokensPerSecond":[^,}]+//' metrics.jsonl
    } | sha256sum | cut -c1-16)
}

compare() { # name, micro-batches of a step, numbers of processes, arguments of gpt
    local name=$1 all=$2 numbers=$3 expected='' processes out
    shift 3
    for processes in 0 $numbers; do
        out=$(mktemp -d "$scratch/run.XXXX")/run
        local command=("$root/gpt" "$@" --out "$out" --steps "$steps" --threads 1
            --set train.batchSize=1 --set train.gradClip=0.5 --set "train.checkpointInterval=$steps"
            --set train.evalInterval=25 --set train.sampleInterval=0)
        if ((processes == 0)); then
            command+=(--set "train.gradAccumulation=$all" --set train.treeReduction=true)
        else
            command=(mpirun -n "$processes" --bind-to none --oversubscribe "${command[@]}"
                --set "train.gradAccumulation=$((all / processes))")
        fi
        "${command[@]}" >"$scratch/printed" 2>&1 || { tail -n 5 "$scratch/printed"; failed=1; }
        local found
        found=$(sum "$out")
        expected=${expected:-$found}
        [[ $found == "$expected" ]] || failed=1
        printf '%-22s %-12s %s%s\n' "$name" \
            "$( ((processes == 0)) && echo "alone x $all" || echo "$processes x $((all / processes))")" \
            "$found" "$([[ $found == "$expected" ]] || echo '   differs')"
    done
}

for family in gpt2 llama; do
    model "$family"
    text=(train --init-from "$scratch/$family" --data "$root/README.md" --set train.blockSize=16)
    answers=(finetune --task sft --init-from "$scratch/$family" --data "$golden/instructions.jsonl"
        --set data.validation=0.2)
    compare "$family, a text" 4 "1 2 4" "${text[@]}"
    compare "$family, a text" 6 "1 2 3 6" "${text[@]}"
    compare "$family, answers" 4 "1 2 4" "${answers[@]}"
    compare "$family, answers" 6 "1 2 3 6" "${answers[@]}"
done
exit "$failed"
