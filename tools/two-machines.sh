#!/usr/bin/env bash
# Runs a command in two processes that see each other through a network alone: two network namespaces
# joined by a pair of virtual interfaces stand in for two machines. For root on Linux, with Open MPI:
#
#   tools/two-machines.sh ./gpt train --preset tiny --data README.md --steps 20 --out run
set -euo pipefail
[[ $# -gt 0 ]] || { echo "usage: $0 COMMAND..." >&2; exit 2; }

readonly name=gpt$$
readonly net=10.213.77
scratch=$(mktemp -d)

clean_up() {
    ip netns delete "$name-a" 2>/dev/null || true
    ip netns delete "$name-b" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT

ip netns add "$name-a"
ip netns add "$name-b"
ip link add "$name-1" type veth peer name "$name-2"
ip link set "$name-1" netns "$name-a"
ip link set "$name-2" netns "$name-b"
ip -n "$name-a" addr add "$net.1/24" dev "$name-1"
ip -n "$name-b" addr add "$net.2/24" dev "$name-2"
for side in a b; do
    ip -n "$name-$side" link set lo up
done
ip -n "$name-a" link set "$name-1" up
ip -n "$name-b" link set "$name-2" up

# What mpirun calls in place of ssh: its first argument is the address of the other machine.
cat >"$scratch/agent" <<AGENT
#!/bin/sh
shift
exec ip netns exec $name-b sh -c "\$*"
AGENT
chmod +x "$scratch/agent"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
ip netns exec "$name-a" mpirun -n 2 --host "$net.1:1,$net.2:1" --bind-to none \
    --mca plm_rsh_agent "$scratch/agent" \
    --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include "$net.0/24" \
    --mca oob_tcp_if_include "$net.0/24" "$@"
