"""Chapter 6 of Raschka's book in PyTorch and transformers, beside `./gpt finetune --task classify`.

    python classify_peer.py rows sms-spam.tsv ROWS          balanced, 70 % / 10 % / 20 %, as the book divides them
    python classify_peer.py model VOCABULARY MERGES MODEL   a GPT-2 with random weights, for both programs
    python classify_peer.py train MODEL ROWS --seed 1       trains all layers and a new head, prints accuracies

Ours on the same rows and from the same weights, with the same settings:

    ./gpt finetune --preset classify --init-from MODEL --data ROWS/train.csv --eval-data ROWS/validation.csv --out RUN
    ./gpt classify --model RUN --data ROWS/test.csv >/dev/null
"""

import argparse
import math
from pathlib import Path

import torch

PARTS = ("train", "validation", "test")


def rows(o):
    """As many messages of each label, divided as in the book: pandas' quoting, seed 123."""
    import pandas

    table = pandas.read_csv(o.file, sep="\t", header=None, names=["label", "text"])
    spam = table[table.label == "spam"]
    ham = table[table.label == "ham"].sample(len(spam), random_state=123)
    mixed = pandas.concat([ham, spam]).sample(frac=1, random_state=123).reset_index(drop=True)
    first, second = int(0.7 * len(mixed)), int(0.7 * len(mixed)) + int(0.1 * len(mixed))
    o.out.mkdir(parents=True, exist_ok=True)
    for name, part in zip(PARTS, (mixed[:first], mixed[first:second], mixed[second:])):
        part.to_csv(o.out / f"{name}.csv", index=False)
        print(f"{name:<12}{len(part):>5} rows")


def model(o):
    """A model with random weights and GPT-2's tokenizer."""
    from transformers import GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast

    torch.manual_seed(o.seed)
    config = GPT2Config(
        n_layer=o.layers, n_head=o.heads, n_embd=o.channels, n_positions=o.positions,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    GPT2LMHeadModel(config).save_pretrained(o.out)
    GPT2TokenizerFast(str(o.vocabulary), str(o.merges)).save_pretrained(o.out)


def batches(texts, labels, order, size, pad):
    for at in range(0, len(order), size):
        some = order[at : at + size]
        longest = max(len(texts[i]) for i in some)
        ids = torch.full((len(some), longest), pad)
        mask = torch.zeros_like(ids)
        for line, i in enumerate(some):
            ids[line, : len(texts[i])] = torch.tensor(texts[i])
            mask[line, : len(texts[i])] = 1
        yield ids, mask, torch.tensor([labels[i] for i in some])


def measure(network, texts, labels, pad):
    """Mean loss and share of right labels."""
    loss, right = 0.0, 0
    network.eval()
    with torch.inference_mode():
        for ids, mask, wanted in batches(texts, labels, list(range(len(texts))), 64, pad):
            logits = network(ids, attention_mask=mask).logits
            loss += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
            right += (logits.argmax(1) == wanted).sum().item()
    network.train()
    return loss / len(texts), right / len(texts)


def train(o):
    import pandas
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    tokenizer = AutoTokenizer.from_pretrained(o.model)
    pad = tokenizer.eos_token_id
    network = AutoModelForSequenceClassification.from_pretrained(
        o.model, num_labels=2, pad_token_id=pad, dtype=torch.float32)
    names = ["ham", "spam"]
    data = {}
    for part in PARTS:
        table = pandas.read_csv(o.rows / f"{part}.csv", keep_default_na=False)
        texts = [tokenizer(t).input_ids[: o.positions] for t in table.text]
        data[part] = texts, [names.index(label) for label in table.label]
    texts, labels = data["train"]
    steps = round(o.epochs * math.ceil(len(texts) / o.batch))
    warm_up = min(100, steps // 10)
    matrices = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=o.rate, betas=(0.9, 0.999), eps=1e-8)
    chance = torch.Generator().manual_seed(o.seed)
    best, kept, step = math.inf, None, 0
    while step < steps:
        order = torch.randperm(len(texts), generator=chance).tolist()
        for ids, mask, wanted in batches(texts, labels, order, o.batch, pad):
            if step == steps:
                break
            share = (step + 1) / (warm_up + 1) if step < warm_up else (steps - step) / (steps - warm_up)
            for group in optimizer.param_groups:
                group["lr"] = o.rate * share
            optimizer.zero_grad(set_to_none=True)
            logits = network(ids, attention_mask=mask).logits
            torch.nn.functional.cross_entropy(logits, wanted).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % max(1, steps // 10) == 0:
                loss, right = measure(network, *data["validation"], pad)
                print(f"step {step}  validation loss {loss:.4f}  accuracy {100 * right:.2f} %", flush=True)
                if loss < best:
                    best = loss
                    kept = {name: w.clone() for name, w in network.state_dict().items()}
    network.load_state_dict(kept)
    for part in PARTS:
        print(f"{part:<12}{100 * measure(network, *data[part], pad)[1]:6.2f} %")


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(required=True)
    job = jobs.add_parser("rows")
    job.add_argument("file", type=Path)
    job.add_argument("out", type=Path)
    job.set_defaults(run=rows)
    job = jobs.add_parser("model")
    job.add_argument("vocabulary", type=Path)
    job.add_argument("merges", type=Path)
    job.add_argument("out", type=Path)
    for name, default in {"layers": 4, "heads": 4, "channels": 128, "positions": 256, "seed": 1}.items():
        job.add_argument("--" + name, type=int, default=default)
    job.set_defaults(run=model)
    job = jobs.add_parser("train")
    job.add_argument("model", type=Path)
    job.add_argument("rows", type=Path)
    for name, default in {"batch": 8, "positions": 256, "seed": 1, "threads": 2}.items():
        job.add_argument("--" + name, type=int, default=default)
    job.add_argument("--epochs", type=float, default=3)
    job.add_argument("--rate", type=float, default=5e-5)
    job.set_defaults(run=train)
    return parser.parse_args()


if __name__ == "__main__":
    o = options()
    o.run(o)
