#!/usr/bin/env bash
# Lets training runs fail on real disks and real system calls, and checks what they leave: a full
# tmpfs, a full ext4 image, a directory that may not be written, and EIO of every call of a save.
#
#   sudo tools/real-disks.sh [tmpfs] [ext4] [readonly] [eio]
#
# Needs Linux, root for mounting, and strace. GPT is the command to try, ./gpt if not set; USER_ID is
# the ordinary user of the read-only part, 65534 if not set. Prints a line for each thing tried, and
# ends with 1 where one of them went wrong.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
read -r -a gpt <<<"${GPT:-$root/gpt}"
user=${USER_ID:-65534}
most_calls=${MOST_CALLS:-60}
work=$(mktemp -d)
chmod 755 "$work"
failures=0

cleanup() {
    for mount in tmpfs ext4; do
        ! mountpoint -q "$work/$mount" || umount "$work/$mount"
    done
    rm -rf "$work"
}
trap cleanup EXIT

right() {
    echo "right  $1"
}

wrong() {
    echo "WRONG  $1"
    failures=$((failures + 1))
}

# check WHAT COMMAND...
check() {
    local what=$1
    shift
    if "$@"; then right "$what"; else wrong "$what"; fi
}

seq 1 3000 | sed 's/$/ the quick brown fox jumps over the lazy dog/' >"$work/text.txt"

# Trains a model whose checkpoints take about 3 MB. train DIRECTORY STEPS KEPT
train() {
    "${gpt[@]}" train --data "$work/text.txt" --out "$1" --preset tiny --steps "$2" \
        --set model.nEmbd=80 --set model.nHead=4 --set model.nLayer=3 --set model.blockSize=16 \
        --set train.batchSize=1 --set train.evalInterval=5 --set train.checkpointInterval=5 \
        --set train.sampleInterval=0 --set train.keepCheckpoints="$3" >"$work/out" 2>"$work/err"
}

resume() {
    "${gpt[@]}" train --resume "$1" --set train.keepCheckpoints="$2" --steps "$3" \
        >"$work/out" 2>"$work/err"
}

# Whether all checkpoints that there are, and the best model, are as they were saved.
whole() {
    local found=0 directory
    for directory in "$1"/checkpoints/step-* "$1"/best; do
        [[ -d $directory ]] || continue
        (cd "$directory" && sha256sum --quiet --strict -c SHA256SUMS 2>/dev/null) || return 1
        found=$((found + 1))
    done
    ((found > 0))
}

no_leftovers() {
    [[ -z $(find "$1" -name '.*' -not -path "$1" -print -quit) ]]
}

# The last line of what was said to people.
message() {
    grep '^gpt: ' "$work/err" | tail -1
}

# Fills a disk of 16 MB, then goes on with fewer checkpoints. full_disk KIND
full_disk() {
    local disk=$work/$1 run=$work/$1/run code=0
    train "$run" 60 20 || code=$?
    echo "       $(message)"
    check "$1: exit code 1 of a full disk, and it was $code" [ "$code" = 1 ]
    check "$1: the message names path, needed and free" \
        grep -Eq "$run.* could not be saved \(.*\); it needs [0-9.]+ .*, and [0-9.]+ .* are free there" "$work/err"
    check "$1: what was saved is whole" whole "$run"
    check "$1: nothing half written is left" no_leftovers "$run"
    code=0
    resume "$run" 1 60 || code=$?
    [[ $code = 0 ]] || echo "       $(message)"
    check "$1: goes on with fewer checkpoints, exit code $code" [ "$code" = 0 ]
    check "$1: what was saved then is whole" whole "$run"
    umount "$disk"
}

tmpfs() {
    mkdir "$work/tmpfs"
    mount -t tmpfs -o size=16m tmpfs "$work/tmpfs"
    full_disk tmpfs
}

ext4() {
    mkdir "$work/ext4"
    truncate -s 16M "$work/ext4.image"
    mkfs.ext4 -q -F "$work/ext4.image"
    mount -o loop "$work/ext4.image" "$work/ext4"
    full_disk ext4
    check "ext4: the file system is whole" e2fsck -fn "$work/ext4.image"
}

# Root may write everywhere, so an ordinary user tries.
readonly_directory() {
    local code=0 as=(setpriv --reuid "$user" --regid "$user" --clear-groups env HOME=/nonexistent)
    local whole_gpt=("${gpt[@]}")
    mkdir "$work/closed"
    chmod 555 "$work/closed"
    gpt=("${as[@]}" "${whole_gpt[@]}")
    train "$work/closed/run" 10 2 || code=$?
    echo "       $(message)"
    check "read-only: a new run ends with 1, and it was $code" [ "$code" = 1 ]
    check "read-only: the message names the path" grep -q "$work/closed/run" "$work/err"
    check "read-only: nothing is left" [ -z "$(ls -A "$work/closed")" ]

    mkdir -m 777 "$work/open"
    train "$work/open/run" 10 2
    chmod 555 "$work/open/run/checkpoints"
    code=0
    resume "$work/open/run" 2 20 || code=$?
    echo "       $(message)"
    check "read-only: a save ends the run with 1, and it was $code" [ "$code" = 1 ]
    check "read-only: the message names path, needed and free" \
        grep -Eq "$work/open/run/checkpoints/step-.*permission denied.*it needs .* are free there" "$work/err"
    check "read-only: the checkpoints before are whole" whole "$work/open/run"
    chmod 755 "$work/open/run/checkpoints"
    code=0
    resume "$work/open/run" 2 20 || code=$?
    check "read-only: goes on when it may be written, exit code $code" [ "$code" = 0 ]
    gpt=("${whole_gpt[@]}")
}

# EIO of the first, second, ... call of each kind on the files of the next save.
eio() {
    local before=$work/before run=$work/eio call number code paths path
    train "$before" 5 2
    for call in fsync pwrite64,write mkdir rename openat; do
        for ((number = 1; number <= most_calls; number++)); do
            rm -rf "$run"
            cp -a "$before" "$run"
            # The names that the next save will use; strace looks for them as they are given.
            paths=()
            for path in checkpoints checkpoints/.step-00000010.partial \
                checkpoints/.step-00000010.partial/{model,optimizer}.safetensors \
                checkpoints/.step-00000010.partial/{config.json,trainer.json,SHA256SUMS} \
                checkpoints/.step-00000010.ready .best.partial \
                .best.partial/{model.safetensors,config.json,SHA256SUMS} .best.ready \
                metrics.jsonl starts.jsonl; do
                paths+=(-P "$run/$path")
            done
            code=0
            "${strace[@]}" -f -qq --seccomp-bpf -o "$work/trace" "${paths[@]}" \
                -e "inject=$call:error=EIO:when=$number" \
                "${gpt[@]}" train --resume "$run" --steps 10 >"$work/out" 2>"$work/err" || code=$?
            if ! grep -q INJECTED "$work/trace"; then
                check "eio: without a call that fails, the run ends well" [ "$code" = 0 ]
                break
            fi
            check "eio: $call $number: exit code 1 with a message of one line, and it was $code" \
                [ "$code" = 1 -a -n "$(message)" ]
            check "eio: $call $number: what was saved is whole" whole "$run"
            code=0
            resume "$run" 2 10 || code=$?
            check "eio: $call $number: goes on, exit code $code" [ "$code" = 0 ]
            check "eio: $call $number: nothing half written is left" no_leftovers "$run"
        done
    done
}
strace=(strace)

(($# > 0)) || set -- tmpfs ext4 readonly eio
for part in "$@"; do
    case $part in
        readonly) readonly_directory ;;
        tmpfs | ext4 | eio) "$part" ;;
        *) echo "there is no part '$part'; there are tmpfs, ext4, readonly and eio" >&2 && exit 2 ;;
    esac
done
echo "$failures went wrong"
((failures == 0))
