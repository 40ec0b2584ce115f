#!/usr/bin/env python3
"""Lets TornadoGPT and llama.cpp take turns at generating from the same GGUF files, and prints who is faster.

    bench/peers/compare_llama.py LIBRARIES MODEL.gguf... --streams 1,8

LIBRARIES is a folder of llama.cpp's shared libraries; see llama_peer.py. Weights are held as the file has them: F32, BF16,
Q8_0 or Q4_0, by the end of the file's name, such as gpt2.q8_0.gguf. Two figures each: tokens a second while prompts are
read, and while texts are continued. Build first: ./gpt --version. Needs Python with numpy.
"""

import argparse
import statistics
import sys
from pathlib import Path

from compare import HERE, ROOT, Paced

TYPES = ("f32", "bf16", "q8_0", "q4_0")


def weights(file):
    name = Path(file).stem.split(".")[-1].lower()
    return name if name in TYPES else sys.exit(f"compare_llama: {file} is not named after {', '.join(TYPES)}")


def pair(o, file, streams):
    same = ["--streams", str(streams), "--prompt-tokens", str(o.prompt_tokens), "--threads", str(o.threads)]
    ours = [str(ROOT / "gpt"), "bench", "generate", "--paced", "--model", file, "--weights", weights(file),
            "--max-new-tokens", str(o.new_tokens), *same]
    theirs = [sys.executable, str(HERE / "llama_peer.py"), o.libraries, file, "--new-tokens", str(o.new_tokens), *same]
    return [Paced(ours), Paced(theirs)]


def speeds(o, streams, timings):
    """Tokens a second of the prompts and of what comes behind the first token."""
    first = statistics.median(t["firstMilliseconds"] for t in timings)
    rest = statistics.median(t["milliseconds"] - t["firstMilliseconds"] for t in timings)
    return 1e3 * streams * o.prompt_tokens / first, 1e3 * streams * (o.new_tokens - 1) / rest


def compare(o, file, streams):
    both = pair(o, file, streams)
    for process in both:
        process.burst(o.warmup, keep=False)
    rounds = []
    for number in range(o.rounds):
        found = [None, None]
        for i in (0, 1) if number % 2 == 0 else (1, 0):
            both[i].timings = []
            both[i].burst(o.seconds / o.rounds)
            found[i] = speeds(o, streams, both[i].timings)
        rounds.append(found)
    for process in both:
        process.close()
    for part, name in enumerate(("prompt", "decode")):
        ours, theirs = (statistics.median(r[who][part] for r in rounds) for who in (0, 1))
        ratios = [r[0][part] / r[1][part] for r in rounds]
        print(f"{weights(file):<6}{streams:>8}  {name:<8}{ours:>10.1f}{theirs:>12.1f}{statistics.median(ratios):>8.2f}"
              f"  {f'{min(ratios):.2f} - {max(ratios):.2f}':>13}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("libraries")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--streams", default="1,8")
    for name, value in (("prompt-tokens", 128), ("new-tokens", 64), ("threads", 2), ("rounds", 5)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--warmup", type=float, default=8, help="seconds, each")
    parser.add_argument("--seconds", type=float, default=15, help="to measure, each")
    o = parser.parse_args()
    print(f"{'type':<6}{'streams':>8}  {'':<8}{'ours':>10}{'llama.cpp':>12}{'ratio':>8}  {'of rounds':>13}\n"
          f"{'':<16}{'tokens/s':>18}{'tokens/s':>12}", flush=True)
    for file in o.models:
        for streams in o.streams.split(","):
            compare(o, file, int(streams))


main()
