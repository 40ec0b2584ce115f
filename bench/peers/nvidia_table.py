"""Makes one table of what nvidia.sh measured.

    python nvidia_table.py OUT
"""

import json
import sys
from pathlib import Path


def read(path):
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def tokens_per_second(report):
    """The figure of a `gpt bench` report, wherever it has its one row."""
    if isinstance(report, dict):
        if "tokensPerSecond" in report:
            return report["tokensPerSecond"]
        report = list(report.values())
    if isinstance(report, list):
        for part in report:
            found = tokens_per_second(part)
            if found is not None:
                return found
    return None


def gigaflops(row):
    """Of an operation of `gpt bench ops`: in kernels, where those are measured."""
    return row["flops"] / (row["kernelMilliseconds"] or row["milliseconds"]) / 1e6


def cell(value, digits=1):
    return "" if value is None else f"{value:,.{digits}f}"


def main(out):
    backends = [b for b in ("ptx", "cuda", "opencl") if (out / f"devices-{b}.txt").exists()]
    peer = read(out / "peer.json") or {}
    modes = [m for m in ("fp32", "tf32", "bf16") if m in peer]
    if peer:
        print(f"Card: {peer['card']}; PyTorch {peer['torch']}.\n")
    columns = [f"TornadoVM {b}" for b in backends] + [f"PyTorch {m}" for m in modes]
    print("| | " + " | ".join(columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    ours = {
        b: {r["name"]: gigaflops(r) for r in (read(out / f"ops-{b}.json") or {"operations": []})["operations"]}
        for b in backends
    }
    theirs = {m: {r["name"]: r["gigaflops"] for r in peer[m]["products"]} for m in modes}
    names = list(dict.fromkeys(n for rows in [*ours.values(), *theirs.values()] for n in rows))
    for name in names:
        cells = [cell(ours[b].get(name)) for b in backends] + [cell(theirs[m].get(name)) for m in modes]
        print(f"| {name}, GFLOP/s | " + " | ".join(cells) + " |")
    training = [tokens_per_second(read(out / f"train-{b}.json")) for b in backends]
    training += [peer[m].get("trainingTokensPerSecond") for m in modes]
    print("| training, tokens/s | " + " | ".join(map(cell, training)) + " |")
    writing = [tokens_per_second(read(out / f"generate-{b}.json")) for b in backends]
    print("| generation, tokens/s | " + " | ".join(map(cell, writing)) + " |" + " |" * len(modes))
    for job, title in (("train", "training"), ("generate", "generation")):
        for way, words in (("plain", "without a profile"), ("graphs", "with CUDA graphs")):
            found = tokens_per_second(read(out / f"{job}-cuda-{way}.json"))
            if found is not None:
                cells = [cell(found) if b == "cuda" else "" for b in backends] + [""] * len(modes)
                print(f"| {title} {words}, tokens/s | " + " | ".join(cells) + " |")
    failed = out / "failed.txt"
    for line in failed.read_text().splitlines() if failed.exists() else []:
        print(f"\nFailed: {line}")
    for b in backends:
        suite = (out / f"suite-{b}.txt").read_text().splitlines() if (out / f"suite-{b}.txt").exists() else []
        rows = [line for line in suite if " cases, " in line]
        unsupported = sum(" unsupported " in line for line in rows)
        right = sum(" right " in line for line in rows)
        said = f"; {unsupported} are not supported there" if unsupported else ""
        print(f"\nOperations right on {b}: {right} of {len(rows) - unsupported}{said}.")
        train = out / f"train-{b}.txt"
        for line in train.read_text().splitlines() if train.exists() else []:
            if line.startswith(("first", "profile")):
                print(f"Training on {b}: {line}")


main(Path(sys.argv[1]))
