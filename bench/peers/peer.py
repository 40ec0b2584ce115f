"""The jobs of `gpt bench` in PyTorch, paced like it.

Prints what the job is, then reads a line for each burst it is to do, SECONDS COUNT, and answers
with the times: a JSON object a line. compare.py lets this and ours take turns.

    python peer.py train --layers 4 --heads 4 --channels 128 --vocabulary 65 --batch 12 --positions 64
    python peer.py generate --layers 12 --heads 12 --channels 768 --vocabulary 50257 --block 1024
    python peer.py matmul --size 256x768x2304 --form NN
"""

import argparse
import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

SEED = 1337
WORTH_A_TIME = 2e8


class Block(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.heads, self.dropout, self.eager = o.heads, o.dropout, o.eager
        self.norm1 = nn.LayerNorm(o.channels, bias=o.bias)
        self.norm2 = nn.LayerNorm(o.channels, bias=o.bias)
        self.qkv = nn.Linear(o.channels, 3 * o.channels, bias=o.bias)
        self.project = nn.Linear(o.channels, o.channels, bias=o.bias)
        self.widen = nn.Linear(o.channels, 4 * o.channels, bias=o.bias)
        self.narrow = nn.Linear(4 * o.channels, o.channels, bias=o.bias)
        self.drop1, self.drop2 = nn.Dropout(o.dropout), nn.Dropout(o.dropout)

    def attention(self, x):
        b, t, c = x.shape
        q, k, v = (
            part.view(b, t, self.heads, c // self.heads).transpose(1, 2)
            for part in self.qkv(x).split(c, dim=2)
        )
        dropout = self.dropout if self.training else 0.0
        if self.eager:
            scores = q @ k.transpose(2, 3) / math.sqrt(c // self.heads)
            future = torch.ones(t, t, dtype=torch.bool).triu(1)
            chances = scores.masked_fill(future, -math.inf).softmax(dim=3)
            out = F.dropout(chances, dropout) @ v
        else:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=dropout)
        return self.project(out.transpose(1, 2).reshape(b, t, c))

    def forward(self, x):
        x = x + self.drop1(self.attention(self.norm1(x)))
        wide = F.gelu(self.widen(self.norm2(x)), approximate="tanh")
        return x + self.drop2(self.narrow(wide))


class Gpt(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.tokens = nn.Embedding(o.vocabulary, o.channels)
        self.positions = nn.Embedding(o.block, o.channels)
        self.drop = nn.Dropout(o.dropout)
        self.blocks = nn.ModuleList(Block(o) for _ in range(o.layers))
        self.norm = nn.LayerNorm(o.channels, bias=o.bias)
        for name, weights in self.named_parameters():
            if weights.dim() > 1:
                nn.init.normal_(weights, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weights)

    def forward(self, ids, targets):
        at = torch.arange(ids.shape[1], device=ids.device)
        x = self.drop(self.tokens(ids) + self.positions(at))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def adapted(model, o):
    """The model with PEFT's low-rank adapters of all linear layers, or of queries, keys and values."""
    from peft import LoraConfig, get_peft_model

    targets = ["qkv", "project", "widen", "narrow"] if o.lora_all else ["qkv"]
    return get_peft_model(model, LoraConfig(r=o.lora, lora_alpha=2 * o.lora, target_modules=targets))


class Training:
    """Steps on random rows of random tokens: loss, gradients, clipping and AdamW."""

    def __init__(self, o):
        self.o = o
        self.model = Gpt(o).train()
        if o.lora:
            self.model = adapted(self.model, o)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        matrices = [p for p in trained if p.dim() > 1]
        self.trained = trained
        others = [p for p in trained if p.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
            lr=1e-4, betas=(0.9, 0.99), eps=1e-8, fused=True,
        )
        self.data = torch.randint(o.vocabulary, (1 << 20,))

    def facts(self):
        return {"unit": "step", "units": 1, "tokens": self.o.batch * self.o.positions}

    def run(self):
        o = self.o
        begin = time.perf_counter()
        starts = torch.randint(len(self.data) - o.positions - 1, (o.batch,))
        rows = torch.stack([self.data[s : s + o.positions + 1] for s in starts])
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model(rows[:, :-1], rows[:, 1:])
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimizer.step()
        finite = math.isfinite(loss.item()) and math.isfinite(norm.item())
        taken = time.perf_counter() - begin
        assert finite, "loss or gradients are not finite"
        return 1e3 * taken, 0.0


class Generation:
    """The likeliest tokens after a prompt, by transformers' generate with its key-value cache."""

    def __init__(self, o):
        from transformers import GPT2Config, GPT2LMHeadModel, StoppingCriteria

        class Clock(StoppingCriteria):
            """Notes when the first token was there, and never stops anything."""

            first = 0.0

            def __call__(self, ids, scores, **_):
                self.first = self.first or time.perf_counter()
                return torch.zeros(ids.shape[0], dtype=torch.bool)

        self.o, self.clock = o, Clock
        config = GPT2Config(
            vocab_size=o.vocabulary, n_positions=o.block, n_embd=o.channels, n_layer=o.layers,
            n_head=o.heads, bos_token_id=None, eos_token_id=None,
            attn_implementation="eager" if o.eager else "sdpa",
        )
        self.model = GPT2LMHeadModel(config).eval()
        self.prompt = torch.randint(o.vocabulary, (1, o.prompt_tokens))

    def facts(self):
        return {"unit": "token", "units": self.o.new_tokens, "tokens": self.o.new_tokens}

    def run(self):
        clock = self.clock()
        begin = time.perf_counter()
        with torch.inference_mode():
            ids = self.model.generate(
                self.prompt, attention_mask=torch.ones_like(self.prompt), do_sample=False,
                max_new_tokens=self.o.new_tokens, use_cache=True, pad_token_id=0,
                stopping_criteria=[clock],
            )
        end = time.perf_counter()
        assert ids.shape[1] == self.o.prompt_tokens + self.o.new_tokens, ids.shape
        return 1e3 * (end - begin), 1e3 * (clock.first - begin)


class Product:
    """Matrix products, some at a time."""

    def __init__(self, o):
        m, k, n = map(int, o.size.split("x"))
        self.a = torch.randn(k, m).t() if o.form[0] == "T" else torch.randn(m, k)
        self.b = torch.randn(n, k).t() if o.form[1] == "T" else torch.randn(k, n)
        self.out = torch.empty(m, n)
        self.flops = 2 * m * k * n
        self.times = math.ceil(WORTH_A_TIME / self.flops)

    def facts(self):
        return {"unit": "product", "units": self.times, "tokens": 0,
                "flops": self.flops * self.times}

    def run(self):
        begin = time.perf_counter()
        for _ in range(self.times):
            torch.mm(self.a, self.b, out=self.out)
        return 1e3 * (time.perf_counter() - begin), 0.0


def peak_bytes():
    try:
        with open("/proc/self/status") as status:
            lines = [line for line in status if line.startswith("VmHWM:")]
        return 1024 * int(lines[0].split()[1])
    except (OSError, IndexError):
        return 0


def burst(job, seconds, most):
    timings = []
    begin = time.perf_counter()
    while True:
        total, first = job.run()
        timings.append({"milliseconds": total, "firstMilliseconds": first})
        if len(timings) >= most or time.perf_counter() - begin >= seconds:
            return {"timings": timings, "peakBytes": peak_bytes()}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=["train", "generate", "matmul"])
    for name, default in {
        "layers": 4, "heads": 4, "channels": 128, "block": 0, "vocabulary": 65, "batch": 12,
        "positions": 64, "prompt-tokens": 16, "new-tokens": 64, "threads": 2,
        "lora": 0, "lora-all": 0,
    }.items():
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--bias", action="store_true", help="biases, as in GPT-2")
    parser.add_argument("--eager", action="store_true", help="attention in separate operations")
    parser.add_argument("--size", default="256x256x256", help="M x K x N")
    parser.add_argument("--form", default="NN", choices=["NN", "NT", "TN"])
    o = parser.parse_args()
    o.block = o.block or o.positions
    return o


def main():
    o = options()
    torch.manual_seed(SEED)
    torch.set_num_threads(o.threads)
    job = {"train": Training, "generate": Generation, "matmul": Product}[o.job](o)
    facts = {"device": f"PyTorch {torch.__version__}, {o.threads} threads"}
    print(json.dumps(facts | job.facts()), flush=True)
    for line in sys.stdin:
        seconds, most = line.split()
        print(json.dumps(burst(job, float(seconds), int(most))), flush=True)


if __name__ == "__main__":
    main()
