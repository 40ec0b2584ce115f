"""Instructions and preferences in PyTorch and transformers, beside `./gpt finetune --task sft` and `--task dpo`.

    python answers_peer.py rows instruction-data.json preference-data.json ROWS
                                       935 / 110 / 55 rows each, as the book divides them, in Alpaca's form
    python answers_peer.py sft MODEL ROWS/sft --rate 5e-4
    python answers_peer.py dpo MODEL ROWS/dpo --rate 5e-5

MODEL is a directory that both programs read. Ours on the same rows and from the same weights:

    ./gpt finetune --task sft --init-from MODEL --data ROWS/sft/train.jsonl --eval-data ROWS/sft/validation.jsonl \\
        --set train.learningRate=5e-4 --out RUN
    ./gpt finetune --task dpo --init-from RUN/best --data ROWS/dpo/train.jsonl --eval-data ROWS/dpo/validation.jsonl \\
        --set train.learningRate=5e-5 --out RUN2

Rows come in another order, so the losses are near each other and not equal.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy, logsigmoid

IGNORED = -100


def prompt(row):
    text = (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        f"\n\n### Instruction:\n{row['instruction']}"
    )
    text += f"\n\n### Input:\n{row['input']}" if row["input"] else ""
    return text + "\n\n### Response:\n"


def rows(o):
    for file, task in (o.instructions, "sft"), (o.preferences, "dpo"):
        table = json.loads(file.read_text())
        first = len(table) * 85 // 100
        second = first + len(table) // 10
        parts = {"train": table[:first], "test": table[first:second], "validation": table[second:]}
        (o.out / task).mkdir(parents=True, exist_ok=True)
        for name, part in parts.items():
            with open(o.out / task / f"{name}.jsonl", "w") as out:
                for row in part:
                    made = {"prompt": prompt(row)}
                    keys = {"sft": {"completion": "output"}, "dpo": {"chosen": "chosen", "rejected": "rejected"}}
                    for key, source in keys[task].items():
                        made[key] = row[source]
                    out.write(json.dumps(made) + "\n")
            print(f"{task} {name:<12}{len(part):>5} rows")


def encoded(tokenizer, file, keys, longest):
    """For each row and key the ids, and the targets: what follows the prompt, and the end token."""
    found = []
    for line in open(file):
        row = json.loads(line)
        asked = tokenizer(row["prompt"]).input_ids
        made = []
        for key in keys:
            ids = tokenizer(row["prompt"] + row[key]).input_ids + [tokenizer.eos_token_id]
            targets = [IGNORED] * len(asked) + ids[len(asked) :]
            made.append((ids[:longest], targets[:longest]))
        found.append(made)
    return found


def padded(sequences, pad):
    longest = max(len(ids) for ids, _ in sequences)
    ids = torch.full((len(sequences), longest), pad)
    targets = torch.full((len(sequences), longest), IGNORED)
    mask = torch.zeros_like(ids)
    for line, (own, wanted) in enumerate(sequences):
        ids[line, : len(own)] = torch.tensor(own)
        targets[line, : len(own)] = torch.tensor(wanted)
        mask[line, : len(own)] = 1
    return ids, targets[:, 1:], mask


def losses(network, batch):
    """Of each target, 0 where there is none."""
    ids, targets, mask = batch
    logits = network(ids, attention_mask=mask).logits[:, :-1]
    each = cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
    return each, targets != IGNORED


class Instructions:
    keys = ("completion",)

    def __init__(self, network, pad, o):
        self.network, self.pad = network, pad

    def prepare(self, table):
        return table

    def loss(self, some):
        """The sum, and of how many."""
        each, real = losses(self.network, padded([row[0] for row in some], self.pad))
        return each.sum(), int(real.sum()), {}


class Preferences:
    keys = ("chosen", "rejected")

    def __init__(self, network, pad, o):
        self.network, self.pad, self.beta = network, pad, o.beta

    def sums(self, pairs):
        both = [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
        each, _ = losses(self.network, padded(both, self.pad))
        chosen, rejected = (-each.sum(1)).chunk(2)
        return chosen - rejected

    def prepare(self, table):
        with torch.inference_mode():
            return [(pair, self.sums([pair]).item()) for pair in table]

    def loss(self, some):
        margins = self.beta * (self.sums([pair for pair, _ in some]) - torch.tensor([r for _, r in some]))
        seen = {"margin": margins.sum().item(), "accuracy": (margins > 0).sum().item()}
        return -logsigmoid(margins).sum(), len(some), seen


def measure(task, table):
    total, count, seen = 0.0, 0, {}
    task.network.eval()
    with torch.inference_mode():
        for at in range(0, len(table), 8):
            loss, n, more = task.loss(table[at : at + 8])
            total, count = total + loss.item(), count + n
            seen = {name: seen.get(name, 0.0) + value for name, value in more.items()}
    task.network.train()
    return total / count, {name: value / len(table) for name, value in seen.items()}


def train(o):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    tokenizer = AutoTokenizer.from_pretrained(o.model)
    network = AutoModelForCausalLM.from_pretrained(o.model, dtype=torch.float32)
    task = o.task(network, tokenizer.eos_token_id, o)
    data, validation = (
        task.prepare(encoded(tokenizer, o.rows / f"{part}.jsonl", task.keys, o.positions))
        for part in ("train", "validation"))
    steps = round(o.epochs * math.ceil(len(data) / o.batch))
    warm_up = min(100, steps // 10)
    matrices = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": o.decay}, {"params": others, "weight_decay": 0.0}],
        lr=o.rate, betas=(0.9, 0.999), eps=1e-8)
    print("step 0  validation loss %.4f  %s" % measure(task, validation))
    chance = torch.Generator().manual_seed(o.seed)
    step = 0
    while step < steps:
        order = torch.randperm(len(data), generator=chance).tolist()
        for at in range(0, len(order), o.batch):
            if step == steps:
                break
            share = (step + 1) / (warm_up + 1) if step < warm_up else (steps - step) / (steps - warm_up)
            for group in optimizer.param_groups:
                group["lr"] = o.rate * share
            optimizer.zero_grad(set_to_none=True)
            loss, count, _ = task.loss([data[i] for i in order[at : at + o.batch]])
            (loss / count).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % max(1, steps // 10) == 0:
                print("step %d  validation loss %.4f  %s" % (step, *measure(task, validation)), flush=True)


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True)
    job = jobs.add_parser("rows")
    for name in ("instructions", "preferences", "out"):
        job.add_argument(name, type=Path)
    job.set_defaults(run=rows)
    for name, task in ("sft", Instructions), ("dpo", Preferences):
        job = jobs.add_parser(name)
        job.add_argument("model", type=Path)
        job.add_argument("rows", type=Path)
        for key, default in {"batch": 8, "positions": 256, "seed": 1, "threads": 2}.items():
            job.add_argument("--" + key, type=int, default=default)
        job.add_argument("--epochs", type=float, default=3)
        job.add_argument("--rate", type=float, required=True)
        job.add_argument("--decay", type=float, default=0.01)
        job.add_argument("--beta", type=float, default=0.1)
        job.set_defaults(run=train, task=task)
    return parser.parse_args()


if __name__ == "__main__":
    o = options()
    o.run(o)
