"""What PEFT computes with low-rank adapters of tiny models, for AdapterParityTest.

Writes ../resources/io/tornadogpt/trainer/adapters, one directory a case, with Python 3.11,
torch 2.13.0 (CPU), transformers 5.18.0, peft 0.21.0, safetensors 0.8.0.

    python adapters.py                all cases
    python adapters.py gpt2           those that begin with one of these
    python adapters.py --open DIR     opens with PEFT what AdapterParityTest wrote to DIR
                                      (-Dadapters.written=DIR) and compares logits

A case is a directory:

    base/                  config.json, model.safetensors
    adapter/               adapter_config.json, adapter_model.safetensors, with random matrices
    expected.safetensors   "batch" [2, T + 1]; "logits" of the first T of each row, [2, T, V], or of
                           the first row alone, [labels]; "losses" [20] of AdamW on the batch: of
                           next tokens, or of "labels" [2]; "trained" elements
"""

import pathlib
import shutil
import sys

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent / "resources/io/tornadogpt/trainer/adapters"
STEPS = 20
LENGTH = 12
VOCABULARY = 61
IDS = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)


def gpt2(**more):
    return transformers.GPT2Config(
        n_layer=2, n_head=4, n_embd=32, n_positions=32, vocab_size=VOCABULARY,
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, **IDS, **more)


def llama(**more):
    return transformers.LlamaConfig(
        num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, hidden_size=32,
        intermediate_size=48, max_position_embeddings=32, vocab_size=VOCABULARY, **IDS, **more)


def neo():
    return transformers.GPTNeoConfig(
        num_layers=2, num_heads=4, hidden_size=32, max_position_embeddings=32, window_size=8,
        attention_types=[[["global", "local"], 1]], vocab_size=VOCABULARY, resid_dropout=0,
        embed_dropout=0, attention_dropout=0, **IDS)


def neox():
    return transformers.GPTNeoXConfig(
        num_hidden_layers=2, num_attention_heads=4, hidden_size=32, intermediate_size=48,
        max_position_embeddings=32, vocab_size=VOCABULARY, **IDS)


def bert():
    return transformers.BertConfig(
        num_hidden_layers=2, num_attention_heads=4, hidden_size=32, intermediate_size=48,
        max_position_embeddings=32, vocab_size=VOCABULARY, num_labels=3, hidden_dropout_prob=0,
        attention_probs_dropout_prob=0, **IDS)


def modernbert():
    return transformers.ModernBertConfig(
        num_hidden_layers=3, num_attention_heads=4, hidden_size=32, intermediate_size=48,
        max_position_embeddings=32, vocab_size=VOCABULARY, local_attention=8, cls_token_id=1,
        sep_token_id=2, **IDS)


LM = transformers.AutoModelForCausalLM
LABELS = transformers.AutoModelForSequenceClassification

CASES = {
    "gpt2": (LM, gpt2(), dict(r=4, lora_alpha=8, task_type="CAUSAL_LM")),
    "gpt2-all-linear": (
        LM, gpt2(tie_word_embeddings=False),
        dict(r=4, lora_alpha=6, task_type="CAUSAL_LM", target_modules="all-linear",
             rank_pattern={"attn.c_proj": 2}, alpha_pattern={"c_fc": 12})),
    "gpt2-labels": (
        LABELS, gpt2(num_labels=3), dict(r=3, lora_alpha=3, task_type="SEQ_CLS")),
    "gpt2-blocks": (
        LM, gpt2(), dict(r=4, lora_alpha=8, task_type="CAUSAL_LM", use_rslora=True,
                         target_modules=["c_attn", "c_fc"], layers_to_transform=[1],
                         rank_pattern={"h.1.attn.c_attn": 2})),
    "llama": (
        LM, llama(), dict(r=4, lora_alpha=16, use_rslora=True, task_type="CAUSAL_LM")),
    "llama-regex": (
        LM, llama(), dict(r=2, lora_alpha=4, task_type="CAUSAL_LM",
                          target_modules=r".*\.(o_proj|gate_proj|down_proj|lm_head)",
                          modules_to_save=["norm"])),
    "gpt-neo": (LM, neo(), dict(r=4, lora_alpha=8, task_type="CAUSAL_LM")),
    "gpt-neox": (
        LM, neox(), dict(r=4, lora_alpha=8, task_type="CAUSAL_LM")),
    "bert-labels": (LABELS, bert(), dict(r=4, lora_alpha=8, task_type="SEQ_CLS")),
    "modernbert": (
        transformers.AutoModelForMaskedLM, modernbert(),
        dict(r=4, lora_alpha=8, target_modules=["Wqkv", "Wi"])),
}

# What the test does not train: adapters of some blocks only are trained as zeros elsewhere.
NOT_TRAINED = ["gpt2-blocks"]


def batch(generator):
    return torch.randint(3, VOCABULARY, (2, LENGTH + 1), generator=generator)


def logits(model, ids, labels):
    out = model(input_ids=ids[:1] if labels else ids[:, :-1]).logits
    return out[0] if labels else out


def loss(model, ids, labels):
    if labels is not None:
        return F.cross_entropy(model(input_ids=ids).logits, labels)
    out = model(input_ids=ids[:, :-1]).logits
    return F.cross_entropy(out.reshape(-1, out.shape[-1]), ids[:, 1:].reshape(-1))


def train(model, ids, labels):
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in trained if p.dim() >= 2], "weight_decay": 0.1},
         {"params": [p for p in trained if p.dim() < 2], "weight_decay": 0}],
        lr=5e-3, betas=(0.9, 0.95), eps=1e-8)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model, ids, labels)
        value.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1)
        optimizer.step()
        losses.append(value.item())
    return torch.tensor(losses, dtype=torch.float64)


def write(name, kind, config, settings):
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    directory = ROOT / name
    shutil.rmtree(directory, ignore_errors=True)
    torch.manual_seed(7)
    base = kind.from_config(config).eval()
    with torch.no_grad():
        for parameter in base.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter * 0.5 + 0.15 * noise)
    base.save_pretrained(directory / "base")
    model = get_peft_model(base, LoraConfig(**settings))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    model.eval()
    model.save_pretrained(directory / "adapter")
    (directory / "adapter/README.md").unlink(missing_ok=True)
    ids = batch(generator)
    labels = torch.tensor([2, 0]) if kind is LABELS else None
    expected = {"batch": ids.int(), "logits": logits(model, ids, kind is LABELS).detach()}
    expected["trained"] = torch.tensor([sum(p.numel() for p in model.parameters() if p.requires_grad)])
    if kind is LABELS:
        expected["labels"] = labels.int()
    if name not in NOT_TRAINED:
        expected["losses"] = train(model, ids, labels)
    save_file({k: v.contiguous() for k, v in expected.items()}, directory / "expected.safetensors")
    print(name, expected["trained"].item(), expected.get("losses", torch.zeros(2))[[0, -1]].tolist())


def reopen(root):
    for directory in sorted(pathlib.Path(root).iterdir()):
        name = directory.name.split("@")[0]
        kind = CASES[name][0]
        base = kind.from_pretrained(ROOT / name / "base").eval()
        model = PeftModel.from_pretrained(base, directory).eval()
        ours = load_file(directory / "logits.safetensors")
        with torch.no_grad():
            theirs = logits(model, ours["batch"].long(), kind is LABELS)
        error = (theirs - ours["logits"].reshape(theirs.shape)).abs().max() / theirs.abs().max()
        print(f"{directory.name:32} {error:.2e}", "equal" if error < 2e-5 else "DIFFERENT")


if sys.argv[1:2] == ["--open"]:
    reopen(sys.argv[2])
else:
    for case in CASES:
        if not sys.argv[1:] or any(case.startswith(start) for start in sys.argv[1:]):
            write(case, *CASES[case])
