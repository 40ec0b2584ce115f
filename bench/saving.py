#!/usr/bin/env python3
"""Shows what checkpoints cost a training run: tokens a second with them and without, by turns.

    bench/saving.py [--every 100] [--rounds 2] [--positions 256] [--text FILE]

Trains GPT-2's smallest shape on rows of --positions tokens with `./gpt train`, and times two and a
half times --every steps by what metrics.jsonl gets, apart from the first half of --every, so that
two checkpoints, and all that is written beside the steps behind them, are in the time. Build first.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def steps_done(metrics):
    return metrics.read_bytes().count(b"\n") if metrics.exists() else 0


def speed(o, interval):
    """Tokens a second of one run."""
    first, last = o.every // 2, 2 * o.every + o.every // 2
    with tempfile.TemporaryDirectory(dir=o.dir) as folder:
        run = Path(folder) / "run"
        settings = {
            "train.batchSize": 1, "train.gradAccumulation": 1, "train.blockSize": o.positions,
            "model.blockSize": o.positions, "model.vocabSize": 50257, "model.dropout": 0, "train.evalInterval": 0,
            "train.sampleInterval": 0, "train.checkpointInterval": interval,
        }
        command = [ROOT / "gpt", "train", "--preset", "gpt2", "--data", o.text, "--tokenizer", "char",
                   "--steps", last + 1, "--out", run]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        began = None
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen([str(word) for word in command], stdout=said, stderr=said)
            while process.poll() is None:
                done = steps_done(run / "metrics.jsonl")
                if began is None and done >= first:
                    began, counted = time.perf_counter(), done
                if done >= last:
                    seconds = time.perf_counter() - began
                    process.wait()
                    return (done - counted) * o.positions / seconds
                time.sleep(0.02)
            said.seek(0)
            sys.exit(f"saving: gpt train ended with {process.returncode}: {said.read().strip()[-500:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--positions", type=int, default=256)
    parser.add_argument("--text", type=Path, default=ROOT / "README.md")
    parser.add_argument("--dir", type=Path, help="where runs are written; a temporary folder by default")
    o = parser.parse_args()
    ratios = []
    print("| round | with, tokens/s | without | ratio |\n| --- | --- | --- | --- |")
    for number in range(o.rounds):
        # The order changes, so that neither always follows the other.
        both = {interval: speed(o, interval) for interval in sorted((0, o.every), reverse=number % 2 == 0)}
        ratios.append(both[o.every] / both[0])
        print(f"| {number + 1} | {both[o.every]:,.0f} | {both[0]:,.0f} | {ratios[-1]:.3f} |", flush=True)
    print(f"\nmedian of the ratios: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()
