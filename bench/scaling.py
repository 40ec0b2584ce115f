#!/usr/bin/env python3
"""Shows how the cost of a training step grows, as a Markdown table.

    bench/scaling.py [--seconds 8] [--warmup 8]

A model of 6 layers and 384 channels, dropout 0, on `./gpt bench train`: longer sequences and the
same number of tokens, more layers, one thread and two. What a token costs should grow as its
floating-point operations do, so GFLOP/s should stay where it is. Build first.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKENS = 2048


def measured(o, layers, positions, batch, threads):
    """The result of one run of `gpt bench train`."""
    settings = {
        "model.nLayer": layers, "model.nHead": 6, "model.nEmbd": 384,
        "model.blockSize": positions, "model.vocabSize": 65, "model.bias": "false",
        "model.dropout": 0, "train.batchSize": batch, "train.blockSize": positions,
        "train.gradAccumulation": 1,
    }
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [ROOT / "gpt", "bench", "train", "--preset", "tiny", "--json", report,
                   "--seconds", o.seconds, "--warmup", o.warmup, "--threads", threads]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"scaling: gpt bench train ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(report.read_text())["results"]["cpu"]


def row(o, what, layers=6, positions=256, batch=None, threads=2):
    batch = batch or max(1, TOKENS // positions)
    result = measured(o, layers, positions, batch, threads)
    tokens = result["tokensPerSecond"]
    low, high = result["middleHalf"]
    print(f"| {what} | {batch} x {positions} | {tokens:,.0f} | {result['milliseconds']:,.0f} "
          f"({low:,.0f} - {high:,.0f}) | {result['flopsPerSecond'] / 1e9:.0f} | "
          f"{result['peakBytes'] / 2**20:,.0f} |", flush=True)
    return tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--warmup", type=float, default=8)
    o = parser.parse_args()
    print("| what | batch | tokens/s | ms a step (middle half) | GFLOP/s | memory, MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for positions in (64, 128, 256, 512, 1024):
        row(o, f"T = {positions}", positions=positions)
    for layers in (2, 4, 6, 12, 24):
        row(o, f"{layers} layers", layers=layers)
    one = row(o, "10.6M model, 1 thread", batch=16, threads=1)
    two = row(o, "10.6M model, 2 threads", batch=16)
    print(f"\nTwo threads train {two / one:.2f} times as fast as one.")


if __name__ == "__main__":
    main()
