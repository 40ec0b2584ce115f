#!/usr/bin/env bash
# Packs what nvidia.sh needs into one file, for a machine with an NVIDIA GPU that has nothing of it:
#
#   bench/nvidia-kit.sh KIT.tar.xz SDK...
#
# SDK is the folder of a TornadoVM for JDK 25 with one of the backends PTX, CUDA and OpenCL; several
# may be named. `./gpt` has to be built. On the other machine, where bash, tar and xz have to be:
#
#   tar xJf KIT.tar.xz && tornadogpt-nvidia/nvidia.sh
set -euo pipefail

readonly usage='usage: bench/nvidia-kit.sh KIT.tar.xz SDK...'
out=${1:?$usage}
: "${2:?$usage}"
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly out here root=$here/.. largest=$((64 << 20))
# What measuring does not use: curation's models, examples and tests of TornadoVM, its native libraries,
# which lie in lib as well, and what only these use. Graal's compiler does not need Truffle's API.
readonly unused=(opennlp-models-langdetect.jar opennlp-tools.jar tornado-{examples,unittests,benchmarks,fuzz}-*.jar
    tornado-drivers-*-jni-*.jar lucene-*.jar jmh-*.jar junit-*.jar hamcrest-*.jar
    truffle-api-*.jar)

fail() {
    printf 'nvidia-kit.sh: %s\n' "$1" >&2
    exit 1
}

jdk=${JDK25_HOME:-${JAVA_HOME:-}}
[[ -x $jdk/bin/jlink ]] || fail 'let JDK25_HOME or JAVA_HOME name a JDK 25 that has jlink'
[[ -d $root/cli/target/gpt/tornado ]] || fail 'build first: ./gpt devices'
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
kit=$folder/tornadogpt-nvidia
mkdir -p "$kit/cli/target/gpt" "$kit/peers"

# What our modules and TornadoVM's ask for; jdk.compiler because ./gpt looks for a JDK by it. TornadoVM
# puts its own Graal in the place of jdk.graal.compiler, which the image must have to let it.
"$jdk/bin/jlink" --output "$kit/jdk" --strip-debug --no-header-files --no-man-pages --compress zip-0 \
    --add-modules "java.desktop,java.logging,java.management,java.naming,java.net.http,\
java.rmi,java.scripting,java.sql,\
jdk.compiler,jdk.graal.compiler,jdk.graal.compiler.management,jdk.incubator.vector,\
jdk.internal.vm.ci,jdk.httpserver,jdk.management,jdk.unsupported"

for sdk in "$@"; do
    sdk=$(cd "$sdk" && pwd)
    backend=
    for name in ptx cuda opencl; do
        if compgen -G "$sdk/share/java/tornado/tornado-drivers-$name-[0-9]*.jar" >/dev/null; then
            [[ -z $backend ]] || fail "$sdk has the backends $backend and $name; name SDKs of one"
            backend=$name
        fi
    done
    [[ -n $backend ]] || fail "$sdk has none of the backends PTX, CUDA and OpenCL"
    [[ -r $sdk/tornado-argfile.template || -r $sdk/tornado-argfile ]] ||
        fail "$sdk has no tornado-argfile"
    to=$kit/tornadovm-$backend
    mkdir -p "$to/share/java"
    cp -RL "$sdk/lib" "$to/lib"
    cp -RL "$sdk/share/java/graalJars" "$to/share/java/graalJars"
    cp -RL "$sdk/share/java/tornado" "$to/share/java/tornado"
    # Paths are written into the argfile where it is unpacked.
    if [[ -r $sdk/tornado-argfile.template ]]; then
        cp "$sdk/tornado-argfile.template" "$to/tornado-argfile.template"
    else
        sed "s|$sdk|\${TORNADOVM_HOME}|g" "$sdk/tornado-argfile" >"$to/tornado-argfile.template"
    fi
done

cp -RL "$root/cli/target/gpt/lib" "$root/cli/target/gpt/tornado" "$kit/cli/target/gpt/"
cp "$root/gpt" "$here/nvidia.sh" "$kit/"
cp "$here"/peers/{peer,nvidia_peer,nvidia_table}.py "$kit/peers/"
# The launcher looks for the programs of the examples, which are not measured here.
mkdir -p "$kit/examples/target" "$kit/kernel-examples/target"
touch "$kit/examples/target/tornadogpt-examples-0.jar" \
    "$kit/kernel-examples/target/tornadogpt-kernel-examples.jar"
for pattern in "${unused[@]}"; do
    find "$kit" -name "$pattern" -delete
done
rm -f "$kit/jdk/lib/ct.sym" # for javac --release alone
# Jars are stored without compression, so that xz sees the classes, and those of several SDKs once.
find "$kit" -name '*.jar' -size +0 -print0 | xargs -0 python3 -c '
import os, sys, zipfile
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as jar, zipfile.ZipFile(path + ".new", "w") as stored:
        for entry in jar.infolist():
            stored.writestr(zipfile.ZipInfo(entry.filename), jar.read(entry))
    os.replace(path + ".new", path)
'
find "$kit"/tornadovm-* -name '*.jar' | while IFS= read -r jar; do
    for other in "$kit"/tornadovm-*; do
        same=$other/${jar#"$kit"/tornadovm-*/}
        if [[ $same != "$jar" ]] && cmp -s "$same" "$jar"; then
            ln -f "$jar" "$same"
        fi
    done
done
XZ_OPT=${XZ_OPT:--6 -T0} tar -C "$folder" -cJf "$out" tornadogpt-nvidia
size=$(wc -c <"$out")
printf '%s: %d MiB\n' "$out" $((size >> 20))
((size <= largest)) || fail "$out has $size bytes, which is more than $largest"
