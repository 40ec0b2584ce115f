#!/usr/bin/env python3
"""Lets `gpt embed` and transformers take turns at vectors of sentences, and prints sentences a second.

    bench/peers/embed.py MODEL TEXTS [--threads 2] [--batch 32] [--rounds 3]

MODEL is a Hugging Face directory of an encoder, TEXTS a file of one text a line. Ours is timed as a process: once with the
texts and once with them five times, and the difference counts, so that starting it does not. Theirs sorts by length and
pads batches, as sentence-transformers does. Needs torch and transformers. Build first: ./gpt --version.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parents[2]
TIMES = 5


def ours(o, texts, folder):
    seconds = []
    for times in (1, TIMES):
        file = Path(folder) / f"texts-{times}"
        file.write_text("\n".join(texts * times) + "\n")
        begin = time.perf_counter()
        subprocess.run([ROOT / "gpt", "embed", "--model", o.model, "--data", file, "--pooling", "mean", "--normalize",
                        "--threads", str(o.threads), "--out", f"{folder}/out-{times}.safetensors"],
                       check=True, capture_output=True)
        seconds.append(time.perf_counter() - begin)
    return (TIMES - 1) * len(texts) / (seconds[1] - seconds[0])


def theirs(o, model, tokenizer, texts):
    begin = time.perf_counter()
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    with torch.inference_mode():
        for i in range(0, len(texts), o.batch):
            batch = tokenizer([texts[j] for j in order[i : i + o.batch]], padding=True, truncation=True, return_tensors="pt")
            hidden, mask = model(**batch).last_hidden_state, batch["attention_mask"][:, :, None]
            torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))
    return len(texts) / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("texts")
    for name, value in (("threads", 2), ("batch", 32), ("rounds", 3)):
        parser.add_argument("--" + name, type=int, default=value)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    texts = [line for line in Path(o.texts).read_text().split("\n") if line]
    model, tokenizer = AutoModel.from_pretrained(o.model).eval(), AutoTokenizer.from_pretrained(o.model)
    theirs(o, model, tokenizer, texts)
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(o.rounds):
            pairs.append((ours(o, texts, folder), theirs(o, model, tokenizer, texts)))
            print(f"ours {pairs[-1][0]:.1f}, transformers {pairs[-1][1]:.1f} sentences/s", flush=True)
    ratios = [a / b for a, b in pairs]
    print(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})")


main()
