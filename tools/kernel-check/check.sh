#!/usr/bin/env bash
# Checks what TornadoVM makes of the kernels, on a machine without a GPU, and prints one table.
#
#   tools/kernel-check/check.sh [CASES]
#
# CASES of each operation are run (6). SDKs of TornadoVM are found by their names:
#
#   TORNADOVM_PTX     one with the PTX backend: every kernel is assembled by ptxas for sm_80 and sm_90,
#                     where an error, a spill or a stack frame counts as wrong, and run on the host,
#                     work-items forward and in reverse
#   TORNADOVM_SPIRV   one with the SPIR-V backend: every module goes through spirv-val, and runs on PoCL
#   TORNADOVM_OPENCL  one with the OpenCL backend: every kernel runs on the device that is there
#
# A part whose SDK or tool is missing says so, and is not counted. Programs that are used: python3, g++,
# tcc (or cc), and of CUDA's toolkit cuda.h and ptxas; for SPIR-V PoCL 3 with SPIR, llvm-spirv
# for its LLVM (LLVM_SPIRV names it), spirv-val and OpenCL's headers.
#
# KEEP=FOLDER keeps modules, reports and what the runs printed; kernels.txt there has registers and
# shared memory of each kernel.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here root=$here/../.. cases=${1:-6} cuda=${CUDA_HOME:-/usr/local/cuda}
if [[ -n ${KEEP:-} ]]; then
    mkdir -p "$KEEP"
    folder=$(cd "$KEEP" && pwd)
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
readonly folder
rows=()
wrong=0

row() { # what, on what, result
    rows+=("| $1 | $2 | $3 |")
    printf 'kernel check: %s, %s: %s\n' "$1" "$2" "$3" >&2
}

has() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || {
            missing="$tool is not installed"
            return 1
        }
    done
}

# Lets `result` be the table of `gpt devices --ops` in one sentence.
run_ops() { # name, device, options for Java
    local log=$folder/$1.txt all right
    if ! GPT_JAVA_OPTS="${GPT_JAVA_OPTS:-} ${3:-}" "$root/gpt" devices --ops --cases "$cases" \
        --device "$2" >"$log" 2>"$log.err"; then
        wrong=1
    fi
    all=$(grep -c ' cases, ' "$log" || true)
    right=$(grep -c ' right .* cases, ' "$log" || true)
    result="$right of $all operations right on up to $cases cases each"
    result+=$(grep ' cases, ' "$log" | grep -v ' right ' | sed 's/^ */; /; s/  */ /g' |
        cut -c1-200 | tr -d '\n' || true)
    ((all > 0)) || result+="; $(tail -1 "$log.err")"
}

check_ptx() {
    local part='PTX' modules=$folder/ptx way arch bad module log
    [[ -n ${TORNADOVM_PTX:-} ]] || { row "$part" 'not run' 'TORNADOVM_PTX names no SDK'; return; }
    has python3 g++ ptxas || { row "$part" 'not run' "$missing"; return; }
    [[ -r $cuda/include/cuda.h ]] || { row "$part" 'not run' "$cuda/include/cuda.h is missing"; return; }
    mkdir -p "$modules" "$folder/driver"
    g++ -O1 -I"$cuda/include" -shared -fPIC -Wl,-soname,libcuda.so.1 -o "$folder/driver/libcuda.so.1" \
        "$here/cuda_driver.cpp" -ldl
    ln -sf libcuda.so.1 "$folder/driver/libcuda.so"
    for way in forward reverse; do
        TORNADOVM_HOME=$TORNADOVM_PTX KERNEL_CHECK_DIR=$modules \
            KERNEL_CHECK_TRANSLATE=$here/translate.sh \
            KERNEL_CHECK_REVERSE=$([[ $way == forward ]] || echo yes) \
            LD_LIBRARY_PATH=$folder/driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} \
            run_ops "ptx-$way" tornado:ptx
        row "$part" "run on the host, $way" "$result"
    done
    : >"$folder/kernels.txt"
    for arch in sm_80 sm_90; do
        bad=0
        for module in "$modules"/*.ptx; do
            # TornadoVM writes .target sm_86, which says no more than sm_80 here.
            sed 's/^\.target .*/.target sm_80/' "$module" >"$folder/module.ptx"
            log=$(ptxas -arch="$arch" -v -o /dev/null "$folder/module.ptx" 2>&1) || bad=$((bad + 1))
            if [[ $log =~ ([1-9][0-9]*)\ bytes\ (stack\ frame|spill) ]]; then
                bad=$((bad + 1))
                printf '%s %s: %s\n' "$arch" "$(kernel_of "$module")" "${BASH_REMATCH[0]}" >&2
            fi
            printf '%s %s %s %s\n' "$arch" "$(kernel_of "$module")" \
                "$(grep -o 'Used [0-9]* registers' <<<"$log" || true)" \
                "$(grep -o '[0-9]* bytes smem' <<<"$log" || true)" >>"$folder/kernels.txt"
        done
        ((bad == 0)) || wrong=1
        row "$part" "ptxas for $arch" "$(count "$modules" ptx) kernels, $bad with an error, a spill or a stack frame"
    done
}

# A kernel's name: the entry's is made of the graph's, the task's and the kernel's, and of arguments.
kernel_of() {
    sed -n 's/.*\.entry [a-zA-Z0-9]*_[a-zA-Z0-9]*_\([a-zA-Z0-9]*\).*/\1/p' "$1" | head -1
}

count() { # folder, extension
    find "$1" -name "*.$2" | wc -l
}

check_spirv() {
    local part='SPIR-V' modules=$folder/spirv bad=0 module
    [[ -n ${TORNADOVM_SPIRV:-} ]] || { row "$part" 'not run' 'TORNADOVM_SPIRV names no SDK'; return; }
    export LLVM_SPIRV=${LLVM_SPIRV:-llvm-spirv-14}
    has gcc spirv-val "$LLVM_SPIRV" || { row "$part" 'not run' "$missing"; return; }
    mkdir -p "$modules"
    gcc -O1 -shared -fPIC -o "$folder/spirv_device.so" "$here/spirv_device.c" -ldl -lOpenCL || {
        row "$part" 'not run' "OpenCL's headers or loader are missing"
        return
    }
    TORNADOVM_HOME=$TORNADOVM_SPIRV KERNEL_CHECK_DIR=$modules LD_PRELOAD=$folder/spirv_device.so \
        run_ops spirv tornado:spirv -Dtornado.spirv.runtimes=opencl
    row "$part" 'run on PoCL' "$result"
    for module in "$modules"/*.spv; do
        spirv-val --target-env spv1.2 "$module" >"$module.txt" 2>&1 || {
            bad=$((bad + 1))
            printf '%s: %s\n' "$module" "$(head -1 "$module.txt")" >&2
        }
    done
    ((bad == 0)) || wrong=1
    row "$part" spirv-val "$(count "$modules" spv) modules, $bad not valid"
}

check_opencl() {
    [[ -n ${TORNADOVM_OPENCL:-} ]] || { row OpenCL 'not run' 'TORNADOVM_OPENCL names no SDK'; return; }
    TORNADOVM_HOME=$TORNADOVM_OPENCL run_ops opencl tornado:opencl
    row OpenCL 'run on its device' "$result"
}

check_opencl
check_ptx
check_spirv
printf '| backend | what | result |\n| --- | --- | --- |\n'
printf '%s\n' "${rows[@]}"
exit "$wrong"
