#!/usr/bin/env python3
"""Lets TornadoGPT and PyTorch take turns at the same jobs, and prints who is faster.

    bench/peers/compare.py --python VENV/bin/python            all whole jobs
    bench/peers/compare.py --python VENV/bin/python --matmul   matrix products
    bench/peers/compare.py --python VENV/bin/python train-0.8M --seconds 5 --eager

VENV has torch, transformers for generation, and peft for lora. Build first: mvn package -DskipTests. Each of two
processes is warmed up once and then rests while the other works, so both see the same machine.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NO_LIMIT = 2**31 - 1
# The options of the JVM that the launcher starts with.
AS_THE_LAUNCHER = "@" + str(HERE.parents[1] / "cli/src/main/image/java.options")


def model(layers, heads, channels, block, vocabulary, bias=False):
    return {"layers": layers, "heads": heads, "channels": channels, "block": block,
            "vocabulary": vocabulary, "bias": bias}


MEDIUM = model(6, 6, 384, 256, 65)
GPT2 = model(12, 12, 768, 1024, 50257, bias=True)
JOBS = {
    "train-0.8M": ("train", model(4, 4, 128, 64, 65), {"batch": 12, "positions": 64, "dropout": 0}),
    "train-10.6M-dropout": ("train", MEDIUM, {"batch": 16, "positions": 256, "dropout": 0.2}),
    "train-10.6M": ("train", MEDIUM, {"batch": 16, "positions": 256, "dropout": 0}),
    "train-124M": ("train", GPT2, {"batch": 4, "positions": 64, "dropout": 0}),
    "lora-124M": ("train", GPT2, {"batch": 4, "positions": 256, "dropout": 0, "lora": 16}),
    "lora-124M-all-linear": (
        "train", GPT2, {"batch": 4, "positions": 256, "dropout": 0, "lora": 16, "lora-all": 1}),
    "generate-124M": ("generate", GPT2, {"prompt-tokens": 16, "new-tokens": 64}),
}
SQUARES = [f"{n}x{n}x{n}" for n in (256, 512, 768, 1024, 2048, 127, 385, 1000)]
PRODUCTS = SQUARES + ["256x768x2304", "256x768x3072", "256x768x50257"]


def our_job(o, kind, shape, extra):
    settings = {
        "model.nLayer": shape["layers"], "model.nHead": shape["heads"],
        "model.nEmbd": shape["channels"], "model.blockSize": shape["block"],
        "model.vocabSize": shape["vocabulary"], "model.bias": str(shape["bias"]).lower(),
        "model.dropout": extra.get("dropout", 0),
    }
    words = [o.gpt, "bench", kind, "--paced", "--preset", "tiny", "--threads", str(o.threads)]
    if kind == "train":
        settings |= {"train.batchSize": extra["batch"], "train.blockSize": extra["positions"],
                     "train.gradAccumulation": 1}
        if "lora" in extra:
            settings |= {"lora.rank": extra["lora"], "lora.alpha": 2 * extra["lora"],
                         "lora.targets": "all-linear" if "lora-all" in extra else ""}
    else:
        words += ["--prompt-tokens", str(extra["prompt-tokens"]),
                  "--max-new-tokens", str(extra["new-tokens"])]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    return words + o.ours


def their_job(o, kind, shape, extra):
    words = [o.python, str(HERE / "peer.py"), kind, "--threads", str(o.threads)]
    for key, value in (shape | extra).items():
        if key != "bias":
            words += ["--" + key, str(value)]
    return words + ["--bias"] * shape["bias"] + ["--eager"] * o.eager


def our_product(o, size, form):
    jar = ROOT / "microbenchmarks/target/microbenchmarks.jar"
    return [o.java, AS_THE_LAUNCHER, "-cp", str(jar),
            "io.tornadogpt.microbenchmarks.MatMulJob", size, form, str(o.threads)]


def their_product(o, size, form):
    return [o.python, str(HERE / "peer.py"), "matmul", "--size", size, "--form", form,
            "--threads", str(o.threads)]


class Paced:
    """A process that does its job when asked to."""

    def __init__(self, command):
        self.command = command
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.timings, self.peak = [], 0
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            said = self.errors.read().strip().splitlines()
            sys.exit(f"compare: {' '.join(self.command)} ended: {said[-1] if said else ''}")
        return json.loads(line)

    def burst(self, seconds, keep=True):
        self.process.stdin.write(f"{seconds} {NO_LIMIT}\n")
        self.process.stdin.flush()
        done = self.answer()
        times = [timing["milliseconds"] for timing in done["timings"]]
        self.peak = done["peakBytes"]
        if keep:
            self.timings += done["timings"]
        return statistics.median(times)

    def result(self):
        times = [timing["milliseconds"] for timing in self.timings]
        median = statistics.median(times)
        facts = self.facts
        result = {"device": facts["device"], "times": len(times),
                  f"msPer{facts['unit'].capitalize()}": median / facts["units"],
                  "peakBytes": self.peak}
        if facts["tokens"]:
            result["tokensPerSecond"] = 1e3 * facts["tokens"] / median
        else:
            result["gigaflops"] = facts["flops"] / median / 1e6
        if facts["unit"] == "token":
            result["firstTokenMs"] = statistics.median(t["firstMilliseconds"] for t in self.timings)
        return result

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def turns(o, ours, theirs):
    """Both jobs by turns; who begins changes with every round."""
    pair = [Paced(ours), Paced(theirs)]
    for process in pair:
        process.burst(o.warmup, keep=False)
    ratios = []
    for number in range(o.rounds):
        speed = [0.0, 0.0]
        for i in (0, 1) if number % 2 == 0 else (1, 0):
            units = pair[i].facts["flops" if not pair[i].facts["tokens"] else "tokens"]
            speed[i] = units / pair[i].burst(o.seconds / o.rounds)
        ratios.append(speed[0] / speed[1])
    for process in pair:
        process.close()
    ours, theirs = (process.result() for process in pair)
    result = {"ours": ours, "theirs": theirs, "ratio": statistics.median(ratios),
              "ratios": ratios}
    if ours["peakBytes"] and theirs["peakBytes"]:
        result["memoryRatio"] = ours["peakBytes"] / theirs["peakBytes"]
    return result


def row(name, result):
    unit = "tokensPerSecond" if "tokensPerSecond" in result["ours"] else "gigaflops"
    mib = [result[who]["peakBytes"] / 2**20 for who in ("ours", "theirs")]
    low, high = min(result["ratios"]), max(result["ratios"])
    print(f"{name:<24}{result['ours'][unit]:>12.1f}{result['theirs'][unit]:>12.1f}"
          f"{result['ratio']:>8.2f}  {f'{low:.2f} - {high:.2f}':>13}"
          f"{mib[0]:>9.0f}{mib[1]:>9.0f}", flush=True)


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="*", help=", ".join(JOBS) + "; sizes M x K x N with --matmul")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--gpt", default=str(ROOT / "gpt"))
    parser.add_argument("--java", default=str(Path(os.environ["JAVA_HOME"]) / "bin/java")
                        if "JAVA_HOME" in os.environ else "java", help="a JDK 25's, for --matmul")
    parser.add_argument("--matmul", action="store_true", help="matrix products, in all forms")
    parser.add_argument("--eager", action="store_true", help="theirs without fused attention")
    parser.add_argument("--ours", nargs="*", default=[], help="further options of gpt bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmup", type=float, default=10, help="seconds, each")
    parser.add_argument("--seconds", type=float, default=20, help="to measure, each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    o = parser.parse_args()
    unknown = [] if o.matmul else [name for name in o.jobs if name not in JOBS]
    if unknown:
        parser.error(f"there is no job {unknown[0]}; there are: {', '.join(JOBS)}")
    return o


def pairs(o):
    if o.matmul:
        for size in o.jobs or PRODUCTS:
            for form in ("NN", "NT", "TN"):
                yield f"{size} {form}", our_product(o, size, form), their_product(o, size, form)
    else:
        for name in o.jobs or JOBS:
            yield name, our_job(o, *JOBS[name]), their_job(o, *JOBS[name])


def main():
    o = options()
    unit = "GFLOP/s" if o.matmul else "tokens/s"
    print(f"{'':<24}{'ours':>12}{'theirs':>12}{'ratio':>8}  {'of rounds':>13}{'MiB':>9}{'MiB':>9}"
          f"\n{'':<24}{unit:>12}{unit:>12}{'':>23}{'ours':>9}{'theirs':>9}", flush=True)
    results = {}
    for name, ours, theirs in pairs(o):
        results[name] = turns(o, ours, theirs)
        row(name, results[name])
    if o.json:
        about = {"processor": platform.processor() or platform.machine(),
                 "threads": o.threads, "warmup": o.warmup, "seconds": o.seconds,
                 "rounds": o.rounds, "eager": o.eager, "ours": o.ours}
        o.json.write_text(json.dumps({"about": about, "results": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
