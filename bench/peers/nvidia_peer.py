"""What PyTorch does on an NVIDIA GPU: the products, the training step and the generation that
nvidia.sh measures with TornadoGPT on the same card, in FP32, TF32 and BF16. Prints one JSON object.

    python nvidia_peer.py --largest 4096 --steps 20

FP32 is what TornadoGPT's kernels compute with. BF16 stands for products of matrices in BF16, and for
training under autocast. With --json FILE the object is written there after each of them.

With --device cpu and a small model the program itself can be tried where there is no GPU:

    python nvidia_peer.py --device cpu --largest 256 --steps 2 --layers 2 --positions 64
"""

import argparse
import json
import statistics
import sys
import time

import torch

from peer import Gpt  # the model of the CPU's peer

SIZES = [(256, 2304, 768, False), (256, 3072, 768, False), (256, 50257, 768, True)]


def timed(work, runs, device):
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    for _ in range(3):
        work()
    times = []
    for _ in range(runs):
        wait()
        start = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def products(largest, runs, device, dtype):
    sizes, n = [], 256
    while n <= largest:
        sizes.append((n, n, n, False))
        n *= 2
    rows = []
    for m, n, k, transposed in sizes + SIZES:
        a = torch.randn(m, k, device=device, dtype=dtype)
        shape = (n, k) if transposed else (k, n)
        b = torch.randn(shape, device=device, dtype=dtype)
        if transposed:
            b = b.T
        seconds = timed(lambda: a @ b, runs, device)
        name = f"MatMul {m}x{n}x{k}" + (" NT" if transposed else "")
        rows.append({"name": name, "gigaflops": 2 * m * n * k / seconds / 1e9})
    return rows


def attention(runs, device, dtype):
    """Causal attention of the size that `gpt bench ops` measures, and its gradient, which recomputes
    the scores: 2.5 times the FLOPs."""
    batch, positions, heads, channels = 4, 256, 12, 768
    shape = (batch, heads, positions, channels // heads)
    q, k, v = (torch.randn(shape, device=device, dtype=dtype, requires_grad=True) for _ in range(3))
    flops = 2 * batch * positions**2 * channels
    size = f"B{batch} T{positions} H{heads} C{channels}"

    def forward():
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    out = forward()
    gradient = torch.randn_like(out)
    back = timed(lambda: torch.autograd.grad(out, (q, k, v), gradient, retain_graph=True), runs, device)
    return [
        {"name": f"Attention {size}", "gigaflops": flops / timed(forward, runs, device) / 1e9},
        {"name": f"Attention.Backward {size}", "gigaflops": 2.5 * flops / back / 1e9},
    ]


def model_options(layers):
    return argparse.Namespace(
        layers=layers, heads=12, channels=768, vocabulary=50257, block=1024, positions=1024,
        dropout=0.0, bias=True, eager=False,
    )


def training(batch, positions, layers, steps, device, dtype):
    model = Gpt(model_options(layers)).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, fused=True)
    ids = torch.randint(0, 50257, (batch, positions + 1), device=device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = model(ids[:, :-1], ids[:, 1:])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return batch * positions / timed(step, steps, device)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--layers", type=int, default=12, help="of the model; the peer's has 12")
    parser.add_argument("--positions", type=int, default=1024, help="of a training sequence")
    parser.add_argument("--no-training", action="store_true", help="measure products alone")
    parser.add_argument("--json", help="also write the object to this file, after each mode")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    o = parser.parse_args()
    if o.device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            f"nvidia_peer.py: PyTorch {torch.__version__} finds no CUDA device here;"
            " --device cpu tries the program without one"
        )
    card = torch.cuda.get_device_name() if o.device == "cuda" else "none, on the CPU"
    result = {"card": card, "torch": torch.__version__}
    modes = [("fp32", False, torch.float32), ("bf16", False, torch.bfloat16)]
    if o.device == "cuda":
        modes.insert(1, ("tf32", True, torch.float32))
    for name, tf32, dtype in modes:
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        result[name] = {"products": products(o.largest, o.steps, o.device, dtype)}
        result[name]["products"] += attention(o.steps, o.device, dtype)
        if not o.no_training:
            result[name]["trainingTokensPerSecond"] = training(
                4, o.positions, o.layers, o.steps, o.device, dtype
            )
        if o.json:
            with open(o.json, "w", encoding="utf-8") as file:
                json.dump(result, file)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
