"""Trains the small encoder of a run again in PyTorch: the same weights to begin with, the same
batches and masks, the same learning rates. Prints both losses.

    ./gpt train --preset bert-cpu --steps 1 --set train.learningRate=1e-30 --set train.minLearningRate=0 \\
        --set train.evalInterval=0 --out RUN0              # the weights that a run begins with
    ./gpt export --model RUN0 --to hf --out INIT
    ./gpt train --preset bert-cpu --steps 600 --set train.evalInterval=100 --out RUN
    java --module-path cli/target/gpt/lib --add-modules ALL-MODULE-PATH \\
        bench/peers/MaskedBatches.java RUN BATCHES
    python bench/peers/mlm_peer.py --init INIT --run RUN --batches BATCHES

Written for torch 2.13 and transformers 5.18.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from torch.nn import functional as F
from transformers import BertForMaskedLM


def batches(file, rows, length):
    """Pairs of tokens and targets, [rows, length] each."""
    numbers = np.fromfile(file, dtype=">i4").astype(np.int64)
    return torch.from_numpy(numbers).view(-1, 2, rows, length)


def losses(model, tokens, targets):
    """The sum of the losses of a batch, and how many there are."""
    logits = model(input_ids=tokens).logits
    chosen = targets >= 0
    return F.cross_entropy(logits[chosen], targets[chosen], reduction="sum"), int(chosen.sum())


@torch.no_grad()
def validate(model, data):
    model.eval()
    total, count = 0.0, 0
    for tokens, targets in data:
        loss, number = losses(model, tokens, targets)
        total, count = total + loss.item(), count + number
    model.train()
    return total / count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("init", "run", "batches"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)

    settings = json.loads((o.run / "settings.json").read_text())
    train, length = settings["train"], settings["train"]["blockSize"]
    ours = [json.loads(line) for line in (o.run / "metrics.jsonl").open()]
    training = batches(o.batches / "training.bin", train["batchSize"], length)
    validation = batches(o.batches / "validation.bin", train["batchSize"], length)

    model = BertForMaskedLM.from_pretrained(o.init)
    model.train()
    decayed = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": train["weightDecay"]}, {"params": others, "weight_decay": 0.0}],
        betas=(train["beta1"], train["beta2"]),
        eps=train["epsilon"],
    )
    parameters = decayed + others
    micro = train["gradAccumulation"]
    print(f"{'step':>6}{'ours':>10}{'PyTorch':>10}{'val, ours':>12}{'val, PyTorch':>14}")
    for step, line in enumerate(ours):
        total, count = 0.0, 0
        for tokens, targets in training[step * micro : (step + 1) * micro]:
            loss, number = losses(model, tokens, targets)
            loss.backward()
            total, count = total + loss.item(), count + number
        for p in parameters:
            if p.grad is not None:
                p.grad /= count
        torch.nn.utils.clip_grad_norm_(parameters, train["gradClip"])
        for group in optimizer.param_groups:
            group["lr"] = line["lr"]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step < 10 or "valLoss" in line or (step + 1) % 50 == 0:
            val = f"{line['valLoss']:12.4f}{validate(model, validation):14.4f}" if "valLoss" in line else ""
            print(f"{step + 1:6d}{line['loss']:10.4f}{total / count:10.4f}{val}", flush=True)


if __name__ == "__main__":
    main()
