"""What PyTorch computes, for the tests that compare with it.

Run as a program it writes the models and numbers in ../resources/io/tornadogpt/trainer/loop/parity,
made with Python 3.11, torch 2.13.0 (CPU), transformers 5.18.0, safetensors 0.8.0, numpy 2.4.6:

    pip install torch==2.13.0 transformers==5.18.0 safetensors==0.8.0 numpy==2.4.6
    python parity.py

A case is a directory:

    config.json, model.safetensors    the model, as transformers saves it unless said otherwise
    expected.safetensors              "ids" and "targets" [T], "logits" [T, V] computed in F32 and
                                      "logits64" in F64, "loss64"
    gradients.safetensors             of the mean loss of that sequence, in F32, under the names and
                                      in the shapes of model.safetensors
    tokens.bin                        little-endian uint16, to train on in sequence
    training.json                     settings, and the loss and gradient norm of each step
"""

import json
import math
import pathlib
import shutil

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel, GPTNeoConfig, GPTNeoForCausalLM
from transformers.models.gpt_neo.modeling_gpt_neo import GPTNeoSelfAttention

TRAINING = {
    "batchSize": 2,
    "steps": 10,
    "learningRate": 3e-3,
    "minLearningRate": 2e-4,
    "schedule": "cosine",
    "warmupSteps": 3,
    "weightDecay": 0.1,
    "beta1": 0.9,
    "beta2": 0.95,
    "epsilon": 1e-8,
    "gradClip": 1.0,
    "gradAccumulation": 2,
}


def attention_in_any_precision(self, query, key, value, attention_mask=None):
    """GPT-Neo's attention without its conversion to F32, which would hide F64."""
    length = query.size(-2)
    scores = query @ key.transpose(-1, -2)
    visible = self.bias[:, :, :length, :length]
    weights = scores.masked_fill(~visible, -math.inf).softmax(-1)
    return weights @ value, weights


GPTNeoSelfAttention._attn = attention_in_any_precision


class PlainNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, None, 1e-5)


class PlainBlock(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.heads = heads
        self.ln_1 = PlainNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels, bias=False)
        self.attended = nn.Linear(channels, channels, bias=False)
        self.ln_2 = PlainNorm(channels)
        self.up = nn.Linear(channels, 4 * channels, bias=False)
        self.down = nn.Linear(4 * channels, channels, bias=False)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (
            part.view(b, t, self.heads, c // self.heads).transpose(1, 2)
            for part in self.qkv(self.ln_1(x)).split(c, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attended(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.ln_2(x)), approximate="tanh"))


class PlainGpt(nn.Module):
    """A GPT-2 without biases, which transformers does not have."""

    def __init__(self, layers, heads, channels, positions, vocabulary):
        super().__init__()
        self.sizes = dict(
            n_layer=layers,
            n_head=heads,
            n_embd=channels,
            n_positions=positions,
            vocab_size=vocabulary,
        )
        self.wte = nn.Embedding(vocabulary, channels)
        self.wpe = nn.Embedding(positions, channels)
        self.blocks = nn.ModuleList(PlainBlock(channels, heads) for _ in range(layers))
        self.ln_f = PlainNorm(channels)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.t()

    def named(self, of):
        """Tensors under GPT-2's names and in its orientation, with zeros for the biases."""
        tensors = {"transformer.wte.weight": of(self.wte.weight)}
        tensors["transformer.wpe.weight"] = of(self.wpe.weight)
        parts = {
            "ln_1": "ln_1",
            "attn.c_attn": "qkv",
            "attn.c_proj": "attended",
            "ln_2": "ln_2",
            "mlp.c_fc": "up",
            "mlp.c_proj": "down",
        }
        for i, block in enumerate(self.blocks):
            for name, attribute in parts.items():
                weight = of(getattr(block, attribute).weight)
                key = f"transformer.h.{i}.{name}"
                tensors[key + ".weight"] = weight.t().contiguous() if weight.dim() == 2 else weight
                tensors[key + ".bias"] = torch.zeros(weight.shape[0])
        tensors["transformer.ln_f.weight"] = of(self.ln_f.weight)
        tensors["transformer.ln_f.bias"] = torch.zeros(self.ln_f.weight.shape)
        return tensors

    def save(self, directory):
        config = {"model_type": "gpt2", "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        config |= self.sizes | {"tornadogpt.bias": False}
        (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        save_file(self.named(lambda p: p.detach()), directory / "model.safetensors")


def randomize(model, generator, deviation):
    """Weights large enough that attention and GELU do something."""
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1 and float(parameter.mean()) > 0.5:
                parameter.copy_(1 + deviation * noise)
            else:
                parameter.copy_(deviation * noise)


def gpt2(**sizes):
    sizes = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0} | sizes
    return GPT2LMHeadModel(GPT2Config(attn_implementation="eager", **sizes))


def gpt_neo(**sizes):
    return GPTNeoForCausalLM(GPTNeoConfig(attn_implementation="eager", **sizes))


def logits(model, ids):
    result = model(ids)
    return result if isinstance(result, torch.Tensor) else result.logits


def loss_of(model, ids, targets):
    out = logits(model, ids)
    return F.cross_entropy(out.reshape(-1, out.shape[-1]), targets.reshape(-1))


def learning_rate(step, s):
    """nanoGPT's get_lr, whose decay ends with the last step."""
    if step < s["warmupSteps"]:
        return s["learningRate"] * (step + 1) / (s["warmupSteps"] + 1)
    ratio = (step - s["warmupSteps"]) / (s["steps"] - s["warmupSteps"])
    coefficient = 0.5 * (1 + math.cos(math.pi * ratio))
    return s["minLearningRate"] + coefficient * (s["learningRate"] - s["minLearningRate"])


def batch(tokens, number, rows, columns):
    """Micro-batch `number` of a sequential run."""
    batches = (len(tokens) - 1) // (rows * columns)
    start = number % batches * rows * columns
    ids = torch.tensor(tokens[start : start + rows * columns + 1].astype(np.int64))
    return ids[:-1].view(rows, columns), ids[1:].view(rows, columns)


def train(model, tokens, s):
    """AdamW as nanoGPT uses it; matrices decay."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": s["weightDecay"]},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    betas = (s["beta1"], s["beta2"])
    adam = torch.optim.AdamW(groups, lr=1.0, betas=betas, eps=s["epsilon"])
    steps = []
    micro = s["gradAccumulation"]
    for step in range(s["steps"]):
        losses = []
        for i in range(micro):
            ids, targets = batch(tokens, step * micro + i, s["batchSize"], s["blockSize"])
            loss = loss_of(model, ids, targets)
            (loss / micro).backward()
            losses.append(loss.item())
        limit = s["gradClip"] if s["gradClip"] > 0 else math.inf
        norm = torch.nn.utils.clip_grad_norm_(parameters, limit).item()
        for group in adam.param_groups:
            group["lr"] = learning_rate(step, s)
        adam.step()
        adam.zero_grad()
        steps.append({"loss": sum(losses) / micro, "gradNorm": norm})
    return steps


def write_case(directory, model, length, vocabulary, seed, save):
    """Writes a case; `save` puts the model into its files."""
    generator = torch.Generator().manual_seed(seed)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    save(model, directory)
    drawn = torch.randint(vocabulary, (length + 1,), generator=generator)
    ids, targets = drawn[:-1], drawn[1:]
    row, goal = ids[None], targets[None]
    with torch.no_grad():
        out = logits(model, row)[0]
    loss_of(model, row, goal).backward()
    gradients = gradients_of(model)
    model.double()
    with torch.no_grad():
        exact = logits(model, row)[0]
        exact_loss = loss_of(model, row, goal)
    model.float()
    expected = {
        "ids": ids.int(),
        "targets": targets.int(),
        "logits": out,
        "logits64": exact,
        "loss64": exact_loss[None],
    }
    save_file(expected, directory / "expected.safetensors")
    save_file(gradients, directory / "gradients.safetensors")
    model.zero_grad()
    tokens = text(generator, vocabulary, 4 * TRAINING["steps"] * length)
    tokens.astype("<u2").tofile(directory / "tokens.bin")
    settings = TRAINING | {"blockSize": length}
    steps = train(model, tokens, settings)
    training = {"settings": settings, "steps": steps}
    (directory / "training.json").write_text(json.dumps(training, indent=1) + "\n")


def text(generator, vocabulary, count):
    """Tokens with something to learn: most are the one before plus a few."""
    jumps = torch.randint(3, (count,), generator=generator)
    anywhere = torch.randint(vocabulary, (count,), generator=generator)
    surprising = torch.rand(count, generator=generator) < 0.1
    tokens = torch.where(surprising, anywhere, jumps).tolist()
    for i in range(1, count):
        if not surprising[i]:
            tokens[i] = (tokens[i] + tokens[i - 1]) % vocabulary
    return np.array(tokens)


def gradients_of(model):
    if isinstance(model, PlainGpt):
        return {k: v.clone() for k, v in model.named(lambda p: p.grad).items()}
    return {name: p.grad.clone() for name, p in model.named_parameters()}


def pretrained(model, directory):
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink()


def as_half(type):
    """Saves rounded weights, with which the model then computes."""

    def save(model, directory):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(parameter.to(type).float())
        model.to(type)
        pretrained(model, directory)
        model.float()

    return save


def like_the_oldest_files(model, directory):
    """Shards of F16 without the prefix, with the masks that the first files of GPT-2 have."""
    as_half(torch.float16)(model, directory)
    (directory / "model.safetensors").unlink()
    state = model.half().transformer.state_dict()
    model.float()
    positions = model.config.n_positions
    for i in range(model.config.n_layer):
        state[f"h.{i}.attn.bias"] = torch.ones(1, 1, positions, positions).tril()
        state[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    names = sorted(state)
    shards = {"model-00001-of-00002.safetensors": names[::2]}
    shards["model-00002-of-00002.safetensors"] = names[1::2]
    weight_map = {}
    for shard, members in shards.items():
        save_file({n: state[n].clone() for n in members}, directory / shard, {"format": "pt"})
        weight_map |= {n: shard for n in members}
    index = {"metadata": {}, "weight_map": dict(sorted(weight_map.items()))}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


CASES = {
    "gpt2-1-head": (
        lambda: gpt2(n_layer=2, n_head=1, n_embd=15, n_positions=19, vocab_size=61),
        dict(length=13, vocabulary=61, save=pretrained),
    ),
    "gpt2-5-heads-bf16": (
        lambda: gpt2(n_layer=3, n_head=5, n_embd=35, n_positions=29, vocab_size=101),
        dict(length=29, vocabulary=101, save=as_half(torch.bfloat16)),
    ),
    "gpt2-untied-exact-gelu": (
        lambda: gpt2(
            n_layer=2,
            n_head=3,
            n_embd=18,
            n_positions=23,
            vocab_size=77,
            activation_function="gelu",
            tie_word_embeddings=False,
            layer_norm_epsilon=1e-6,
        ),
        dict(length=21, vocabulary=77, save=pretrained),
    ),
    "gpt2-bias-off": (
        lambda: PlainGpt(layers=2, heads=4, channels=20, positions=31, vocabulary=67),
        dict(length=17, vocabulary=67, save=PlainGpt.save),
    ),
    "distilgpt2-shards-f16": (
        lambda: gpt2(n_layer=6, n_head=12, n_embd=24, n_positions=26, vocab_size=131),
        dict(length=25, vocabulary=131, save=like_the_oldest_files),
    ),
    "gpt-neo": (
        lambda: gpt_neo(
            num_layers=4,
            num_heads=3,
            hidden_size=21,
            max_position_embeddings=40,
            vocab_size=89,
            attention_types=[[["global", "local"], 2]],
            window_size=5,
        ),
        dict(length=33, vocabulary=89, save=pretrained),
    ),
    "gpt-neo-local-first": (
        lambda: gpt_neo(
            num_layers=3,
            num_heads=4,
            hidden_size=16,
            max_position_embeddings=24,
            vocab_size=53,
            attention_types=[[["local"], 1], [["local", "global"], 1]],
            window_size=1,
        ),
        dict(length=11, vocabulary=53, save=pretrained),
    ),
}


def main():
    torch.set_num_threads(1)
    here = pathlib.Path(__file__).parent
    root = here.parent / "resources/io/tornadogpt/trainer/loop/parity"
    for seed, (name, (make, rest)) in enumerate(CASES.items(), start=1):
        torch.manual_seed(seed)
        model = make()
        model.eval()
        randomize(model, torch.Generator().manual_seed(100 + seed), 0.15)
        write_case(root / name, model, seed=seed, **rest)
        print(name)


if __name__ == "__main__":
    main()
