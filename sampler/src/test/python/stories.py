"""Makes stories.json: losses that PyTorch computes with stories260K, a small trained Llama.

usage: stories.py DATA OUT    (transformers 5.18, torch 2.13)

DATA holds stories260K.bin and stories260K-tok512.bin in llama2.c's layout, and tinystories-sample.txt.
The model is put together as a transformers LlamaForCausalLM: queries and keys are turned from
neighbouring pairs to halves of a head. Text is encoded by llama2.c's rule: bytes, merged by the best score.
"""

import json
import struct
import sys
from pathlib import Path

import torch
import transformers


def read_model(path):
    data = path.read_bytes()
    dim, hidden, layers, heads, kv_heads, vocab, context = struct.unpack("7i", data[:28])
    assert vocab > 0  # the head is the embedding
    values = torch.frombuffer(bytearray(data[28:]), dtype=torch.float32)
    at = 0

    def take(*shape):
        nonlocal at
        count = 1
        for size in shape:
            count *= size
        part = values[at : at + count].reshape(shape)
        at += count
        return part

    kv = dim // heads * kv_heads
    parts = {
        "embedding": take(vocab, dim),
        "attention_norm": take(layers, dim),
        "q": take(layers, dim, dim),
        "k": take(layers, kv, dim),
        "v": take(layers, kv, dim),
        "o": take(layers, dim, dim),
        "mlp_norm": take(layers, dim),
        "gate": take(layers, hidden, dim),
        "down": take(layers, dim, hidden),
        "up": take(layers, hidden, dim),
        "norm": take(dim),
    }
    config = transformers.LlamaConfig(
        hidden_size=dim,
        intermediate_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        vocab_size=vocab,
        max_position_embeddings=context,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
    )
    return config, parts


def halves(weight, heads):
    """Rows of each head: even ones, then odd ones."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def build(config, parts):
    model = transformers.LlamaForCausalLM(config)
    state = {
        "model.embed_tokens.weight": parts["embedding"],
        "lm_head.weight": parts["embedding"],
        "model.norm.weight": parts["norm"],
    }
    for i in range(config.num_hidden_layers):
        layer = f"model.layers.{i}."
        state[layer + "input_layernorm.weight"] = parts["attention_norm"][i]
        state[layer + "post_attention_layernorm.weight"] = parts["mlp_norm"][i]
        state[layer + "self_attn.q_proj.weight"] = halves(parts["q"][i], config.num_attention_heads)
        state[layer + "self_attn.k_proj.weight"] = halves(parts["k"][i], config.num_key_value_heads)
        state[layer + "self_attn.v_proj.weight"] = parts["v"][i]
        state[layer + "self_attn.o_proj.weight"] = parts["o"][i]
        state[layer + "mlp.gate_proj.weight"] = parts["gate"][i]
        state[layer + "mlp.up_proj.weight"] = parts["up"][i]
        state[layer + "mlp.down_proj.weight"] = parts["down"][i]
    model.load_state_dict(state)
    return model.eval()


def read_pieces(path, count):
    data = path.read_bytes()
    at = 4
    pieces = []
    for _ in range(count):
        score, length = struct.unpack_from("fi", data, at)
        pieces.append((data[at + 8 : at + 8 + length], score))
        at += 8 + length
    return pieces


def encode(pieces, text):
    ids = {}
    for number, (piece, _) in enumerate(pieces):
        ids.setdefault(piece, number)
    tokens = [ids[b" "]]
    for character in text:
        encoded = character.encode()
        tokens += [ids[encoded]] if encoded in ids else [byte + 3 for byte in encoded]
    while True:
        best = None
        for i in range(len(tokens) - 1):
            merged = ids.get(pieces[tokens[i]][0] + pieces[tokens[i + 1]][0])
            if merged is not None and (best is None or pieces[merged][1] > best[0]):
                best = (pieces[merged][1], merged, i)
        if best is None:
            return [1] + tokens
        tokens[best[2] : best[2] + 2] = [best[1]]


def main():
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    config, parts = read_model(data / "stories260K.bin")
    model = build(config, parts)
    pieces = read_pieces(data / "stories260K-tok512.bin", config.vocab_size)
    text = (data / "tinystories-sample.txt").read_text()
    stories = [text[start : start + 600].strip() for start in range(0, 160_000, 20_000)]
    rows = []
    with torch.inference_mode():
        for story in stories:
            ids = encode(pieces, story)
            logits = model(torch.tensor([ids[:-1]])).logits[0]
            loss = torch.nn.functional.cross_entropy(logits.double(), torch.tensor(ids[1:]))
            rows.append({"ids": ids, "loss": loss.item()})
    out.write_text(
        json.dumps(
            {
                "torch": torch.__version__,
                "transformers": transformers.__version__,
                "stories": rows,
            }
        )
        + "\n"
    )


main()
