"""Pretraining on masked tokens in PyTorch, on the batches and masks that TornadoGPT makes.

With torch 2.13.0 and transformers 5.18.0:

    python mlm.py golden           writes ../resources/io/tornadogpt/trainer/loop/mlm.json for
                                   MaskedTokensTest: losses of twelve steps of AdamW from the weights
                                   of the case "bert" of families.py
    python mlm.py init RUN DIR     a model with random weights for the data and settings of a run,
                                   with its tokenizer, for ./gpt train --init-from DIR
    python mlm.py train RUN DIR    trains DIR's model as RUN was trained, and prints both losses
"""

import json
import math
import pathlib
import shutil
import sys

import numpy
import torch
import transformers
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
RESOURCES = HERE.parent / "resources/io/tornadogpt/trainer"
ROTATIONS = [(10, 26), (11, 21), (13, 27), (23, 5), (6, 20), (17, 11), (25, 10), (18, 20)]
M32 = (1 << 32) - 1
BATCH, MASK, EVALUATION = -1, -3, -4


def threefry(key, *counter):
    """Threefry-4x32 with 12 rounds; counters may be arrays."""
    keys = [numpy.uint32(k & M32) for k in key]
    parity = numpy.uint32(0x1BD11BDA)
    for k in keys:
        parity ^= k
    keys.append(parity)
    shape = numpy.broadcast_shapes(*(numpy.shape(c) for c in counter))
    x = [
        (numpy.broadcast_to(numpy.asarray(c, dtype=numpy.int64), shape) & M32).astype(numpy.uint32)
        + keys[i]
        for i, c in enumerate(counter)
    ]
    for r in range(12):
        a, b = (1, 3) if r % 2 == 0 else (3, 1)
        for to, by, distance in ((0, a, ROTATIONS[r % 8][0]), (2, b, ROTATIONS[r % 8][1])):
            x[to] = x[to] + x[by]
            turned = (x[by] << numpy.uint32(distance)) | (x[by] >> numpy.uint32(32 - distance))
            x[by] = turned ^ x[to]
        if r % 4 == 3:
            n = r // 4 + 1
            for i in range(4):
                x[i] = x[i] + keys[(n + i) % 5]
            x[3] = x[3] + numpy.uint32(n)
    return x


def key(seed, step, micro):
    return (seed, seed >> 32, step, micro)


def rows(tokens, batch, length, seed, step, micro):
    words = threefry(key(seed, step, micro), 0 * numpy.arange(batch) + numpy.arange(batch), 0, BATCH, 0)
    places = len(tokens) - length
    starts = [((int(a) << 32 | int(b)) * places) >> 64 for a, b in zip(words[0], words[1])]
    return numpy.stack([tokens[s : s + length] for s in starts]).astype(numpy.int64)


def masked(tokens, seed, step, micro, mask, special, vocabulary, place=MASK):
    """What is hidden, and what was there; -100 where nothing is."""
    batch, length = tokens.shape
    words = threefry(
        key(seed, step, micro), numpy.arange(length)[None, :], numpy.arange(batch)[:, None], place, 0
    )
    words = [w.astype(numpy.uint64) for w in words]
    ordinary = numpy.array([i for i in range(vocabulary) if i not in special])
    chosen = (words[0] < int(0.15 * 2**32)) & ~numpy.isin(tokens, list(special))
    drawn = ordinary[(words[2] * numpy.uint64(len(ordinary))) >> numpy.uint64(32)]
    hidden = numpy.where(
        words[1] < int(0.8 * 2**32), mask, numpy.where(words[1] < int(0.9 * 2**32), drawn, tokens)
    )
    return numpy.where(chosen, hidden, tokens), numpy.where(chosen, tokens, -100)


def optimizer(model, betas, decay):
    parameters = list(model.parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": decay},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ],
        betas=betas,
        eps=1e-8,
    )


def total(model, hidden, targets):
    logits = model(torch.from_numpy(hidden)).logits
    return F.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), torch.from_numpy(targets).reshape(-1), reduction="sum"
    )


def golden():
    seed, steps, micros, batch, length = (5 << 32) + 77, 12, 2, 3, 24
    mask, special, vocabulary = 4, {0, 1, 2, 3, 4}, 61
    tokens = numpy.array([5 + (i * i * 7 + 3 * i) % 56 for i in range(500)])
    model = transformers.BertForMaskedLM.from_pretrained(
        RESOURCES / "families/bert", attn_implementation="eager"
    ).eval()
    adam = optimizer(model, (0.9, 0.95), 0.1)
    losses, counts, first = [], [], None
    for step in range(steps):
        made = []
        for micro in range(micros):
            ids = rows(tokens, batch, length, seed, step, micro)
            made.append(masked(ids, seed, step, micro, mask, special, vocabulary))
        first = first or [part.reshape(-1).tolist() for part in made[0]]
        count = sum(int((t >= 0).sum()) for _, t in made)
        sums = [total(model, *part) for part in made]
        (sum(sums) / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in adam.param_groups:
            group["lr"] = 2e-3
        adam.step()
        adam.zero_grad()
        losses.append(float(sum(sums)) / count)
        counts.append(count)
    text = json.dumps(
        {
            "losses": losses,
            "counts": counts,
            "firstTokens": first[0],
            "firstTargets": [t if t >= 0 else -1 for t in first[1]],
        }
    )
    (RESOURCES / "loop/mlm.json").write_text(text + "\n")
    print(losses)


def of_run(run):
    run = pathlib.Path(run)
    train = json.loads((run / "settings.json").read_text())["train"]
    tokenizer = json.loads((run / "best/tokenizer.json").read_text())
    special = {t["id"]: t["content"] for t in tokenizer["added_tokens"] if t["special"]}
    mask = next(i for i, name in special.items() if name == "[MASK]")
    seed = json.loads((run / "run.json").read_text())["seed"]
    return run, train, set(special), mask, seed


def init(run, directory):
    run, *_ = of_run(run)
    torch.manual_seed(1)
    config = transformers.AutoConfig.from_pretrained(run / "best")
    transformers.BertForMaskedLM(config).save_pretrained(directory)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(run / "best" / name, directory)


def windows(model, tokens, train, seed, mask, special, vocabulary):
    """The validation loss, in windows that do not overlap."""
    batch, length = train["batchSize"], train["blockSize"]
    count = math.ceil((len(tokens) - 1) / (batch * length))
    wanted = train["evalBatches"]
    chosen = range(count) if wanted in (0,) or wanted >= count else [count * i // wanted for i in range(wanted)]
    loss = n = 0
    with torch.no_grad():
        for number in chosen:
            part = tokens[number * batch * length : (number + 1) * batch * length].astype(numpy.int64)
            full = len(part) // length
            hidden, targets = masked(
                part[: full * length].reshape(full, length),
                seed,
                number,
                0,
                mask,
                special,
                vocabulary,
                EVALUATION,
            )
            loss += float(total(model, hidden, targets))
            n += int((targets >= 0).sum())
    return loss / n


def train(run, directory):
    run, settings, special, mask, seed = of_run(run)
    torch.set_num_threads(2)
    model = transformers.BertForMaskedLM.from_pretrained(directory).eval()
    vocabulary = model.config.vocab_size
    tokens = numpy.fromfile(run / "data/train.bin", dtype="<u2")
    validation = numpy.fromfile(run / "data/val.bin", dtype="<u2")
    adam = optimizer(model, (settings["beta1"], settings["beta2"]), settings["weightDecay"])
    ours = {}
    for line in (run / "metrics.jsonl").read_text().splitlines():
        entry = json.loads(line)
        ours[entry["step"]] = entry
    warm, steps = settings["warmupSteps"], settings["steps"]
    peak, least = settings["learningRate"], settings["minLearningRate"]
    for step in range(steps):
        ids = rows(tokens, settings["batchSize"], settings["blockSize"], seed, step, 0)
        hidden, targets = masked(ids, seed, step, 0, mask, special, vocabulary)
        loss = total(model, hidden, targets) / int((targets >= 0).sum())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["gradClip"])
        r = (step - warm) / (steps - warm)
        rate = (
            peak * (step + 1) / (warm + 1)
            if step < warm
            else least + 0.5 * (1 + math.cos(math.pi * r)) * (peak - least)
        )
        for group in adam.param_groups:
            group["lr"] = rate
        adam.step()
        adam.zero_grad()
        done = step + 1
        if done <= 3 or done % settings["evalInterval"] == 0 or done == steps:
            entry = ours.get(done, {})
            line = [done, round(loss.item(), 5), entry.get("loss")]
            if done % settings["evalInterval"] == 0 or done == steps:
                value = windows(model, validation, settings, seed, mask, special, vocabulary)
                line += [round(value, 5), entry.get("validationLoss")]
            print(*line, flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"golden": golden, "init": init, "train": train}[sys.argv[1]](*sys.argv[2:])
