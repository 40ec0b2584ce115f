"""What PyTorch does on an NVIDIA GPU: the products, the training step and the generation that
nvidia.sh measures with TornadoGPT on the same card. Prints one JSON object.

    python nvidia_peer.py --largest 4096 --steps 20
"""

import argparse
import json
import statistics
import time

import torch

from peer import Gpt  # the model of the CPU's peer

SIZES = [(256, 2304, 768, False), (256, 3072, 768, False), (256, 50257, 768, True)]


def timed(work, runs):
    for _ in range(3):
        work()
    times = []
    for _ in range(runs):
        torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def products(largest, runs):
    sizes, n = [], 256
    while n <= largest:
        sizes.append((n, n, n, False))
        n *= 2
    rows = []
    for m, n, k, transposed in sizes + SIZES:
        a = torch.randn(m, k, device="cuda")
        b = torch.randn(n, k, device="cuda").T if transposed else torch.randn(k, n, device="cuda")
        seconds = timed(lambda: a @ b, runs)
        name = f"MatMul {m}x{n}x{k}" + (" NT" if transposed else "")
        rows.append({"name": name, "gigaflops": 2 * m * n * k / seconds / 1e9})
    return rows


def model_options(dropout):
    return argparse.Namespace(
        layers=12, heads=12, channels=768, vocabulary=50257, block=1024, positions=1024,
        dropout=dropout, bias=True, eager=False,
    )


def training(batch, positions, steps):
    model = Gpt(model_options(0.0)).cuda().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4, fused=True)
    ids = torch.randint(0, 50257, (batch, positions + 1), device="cuda")

    def step():
        optimizer.zero_grad(set_to_none=True)
        model(ids[:, :-1], ids[:, 1:]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return batch * positions / timed(step, steps)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=20)
    o = parser.parse_args()
    result = {"card": torch.cuda.get_device_name(), "torch": torch.__version__}
    for name, tf32 in (("fp32", False), ("tf32", True)):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        result[name] = {
            "products": products(o.largest, o.steps),
            "trainingTokensPerSecond": training(4, 1024, o.steps),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
