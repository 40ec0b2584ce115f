"""Writes harness.json: what lm-evaluation-harness says of three models, item by item, for HarnessTest.

Two models have weights that are a formula of their names, which the test knows too: GPT-2's and
Llama's family. The third is stories260K, brought to Hugging Face's layout here. Items are those of
the files in DATA, the first ones of each task; answers are numbers alone.

    pip install lm_eval==0.4.13 transformers==5.18.0 torch==2.13.0 datasets==5.0.1
    python harness.py DATA ../resources/io/tornadogpt/evaluation

Prints the versions it ran with; they stand in harness.json too.
"""

import bz2
import json
import os
import pathlib
import re
import struct
import sys
import tempfile
import zipfile
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"

import importlib.metadata
import importlib.util
import types
import unittest.mock

# The harness imports these for caches, tables and metrics of other tasks; any of them may be away.
for name in ("evaluate", "jsonlines", "pytablewriter", "rouge_score", "sqlitedict", "word2number"):
    if importlib.util.find_spec(name) is None:
        module = types.ModuleType(name)
        module.__getattr__ = lambda _: unittest.mock.MagicMock()
        sys.modules[name] = module

import lm_eval
import numpy
import torch
import transformers
import yaml
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks.hellaswag.utils import preprocess
from lm_eval.tasks.wikitext import preprocess_wikitext

data = pathlib.Path(sys.argv[1])
out = pathlib.Path(sys.argv[2])
work = pathlib.Path(tempfile.mkdtemp())
tasks_folder = pathlib.Path(lm_eval.__file__).parent / "tasks"


# Models


def formula(name, shape, scale):
    """Numbers from -scale to scale, a function of a tensor's name and of their places."""
    h = numpy.arange(numpy.prod(shape), dtype=numpy.uint32) * numpy.uint32(2654435761)
    h += numpy.uint32(zlib.crc32(name.encode()))
    h ^= h >> 16
    h *= numpy.uint32(0x7FEB352D)
    h ^= h >> 15
    h *= numpy.uint32(0x846CA68B)
    h ^= h >> 16
    return ((h / 2.0**32 - 0.5) * 2 * scale).astype(numpy.float32).reshape(shape)


def fill(model):
    for name, parameter in model.named_parameters():
        values = formula(name, tuple(parameter.shape), 0.1 if name.endswith("bias") else 0.4)
        if parameter.dim() == 1 and not name.endswith("bias"):
            values = (1 + values).astype(numpy.float32)
        parameter.data = torch.from_numpy(values)
    model.tie_weights()
    return model.eval()


def gpt2_tokenizer():
    vocabulary = json.loads((data / "gpt2-encoder.json").read_text())
    merges = (data / "gpt2-vocab.bpe").read_text(encoding="utf-8").split("\n")[1:-1]
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(m.split()) for m in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    )


def stories_pieces():
    content = (data / "stories260K-tok512.bin").read_bytes()
    at, pieces = 4, []
    while at < len(content):
        score, length = struct.unpack_from("<fi", content, at)
        pieces.append((content[at + 8 : at + 8 + length].decode("utf-8"), score))
        at += 8 + length
    return pieces


def stories_tokenizer():
    """llama2.c's vocabulary as Hugging Face writes Llama's."""
    pieces = stories_pieces()
    names = ["<unk>", "<s>", "</s>"] + [p.replace(" ", "\u2581") for p, _ in pieces[3:]]
    ids = {name: i for i, name in enumerate(names)}
    merges = []
    for name in sorted(names[3:], key=lambda n: -pieces[ids[n]][1]):
        pairs = [(name[:i], name[i:]) for i in range(1, len(name))]
        pairs = [p for p in pairs if p[0] in ids and p[1] in ids and not name.startswith("<0x")]
        merges += sorted(pairs, key=lambda p: (ids[p[0]], ids[p[1]]))
    special = [
        {
            "id": i,
            "content": n,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, n in enumerate(names[:3])
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "\u2581"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
            ],
        },
        "pre_tokenizer": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": ids,
            "merges": [list(m) for m in merges],
        },
    }


def llama_tokenizer():
    return transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(out / "stories-tokenizer.json"),
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    )


def stories_model():
    content = (data / "stories260K.bin").read_bytes()
    width, hidden, layers, heads, kv, vocabulary, context = struct.unpack_from("<7i", content)
    weights = numpy.frombuffer(content, dtype="<f4", offset=28)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            intermediate_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=kv,
            max_position_embeddings=context,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
        )
    )
    size = width // heads
    at = 0

    def take(*shape):
        nonlocal at
        count = int(numpy.prod(shape))
        values = weights[at : at + count].reshape(shape)
        at += count
        return torch.from_numpy(values.copy())

    def halves(values):
        rows = values.reshape(-1, size // 2, 2, width)
        return rows.transpose(1, 2).reshape(-1, width).contiguous()

    state = {"model.embed_tokens.weight": take(vocabulary, width)}
    parts = [
        ("input_layernorm", (width,)),
        ("self_attn.q_proj", (width, width)),
        ("self_attn.k_proj", (kv * size, width)),
        ("self_attn.v_proj", (kv * size, width)),
        ("self_attn.o_proj", (width, width)),
        ("post_attention_layernorm", (width,)),
        ("mlp.gate_proj", (hidden, width)),
        ("mlp.down_proj", (width, hidden)),
        ("mlp.up_proj", (hidden, width)),
    ]
    for part, shape in parts:
        for layer in range(layers):
            values = take(*shape)
            turned = part.endswith(("q_proj", "k_proj"))
            state[f"model.layers.{layer}.{part}.weight"] = halves(values) if turned else values
    state["model.norm.weight"] = take(width)
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=False)
    return model.eval()


# Tasks, by the harness's own descriptions with other data


class Loader(yaml.SafeLoader):
    pass


Loader.add_constructor("!function", lambda loader, node: None)


def described(path, name, splits, **changes):
    config = yaml.load((tasks_folder / path).read_text(), Loader)
    for key in ("tag", "include", "dataset_name", "metadata", "process_docs", "task_alias"):
        config.pop(key, None)
    files = {}
    for split, rows in splits.items():
        file = work / f"{name}-{split}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        files[split] = str(file)
    config.update(task=name, dataset_path="json", dataset_kwargs={"data_files": files})
    for split in ("training_split", "validation_split", "test_split", "fewshot_split"):
        if config.get(split) not in splits:
            config.pop(split, None)
    config.update(changes)
    return ConfigurableTask(config=config)


def lines(name):
    return (data / name).read_text(encoding="utf-8").splitlines()


def hellaswag():
    text = bz2.decompress((data / "hellaswag_val_full.txt.bz2").read_bytes()).decode().split("\n")
    rows = []
    for i in range(0, 6 * 40, 6):
        endings = [preprocess(line) for line in text[i + 2 : i + 6]]
        rows.append(
            {"query": preprocess(text[i]), "choices": endings, "label": int(text[i + 1])}
        )
    return rows


def sst2(name, count):
    rows = [line.rsplit("\t", 1) for line in lines(name)[:count]]
    return [{"sentence": sentence, "label": int(label)} for sentence, label in rows]


def pages(count):
    found, page = [], None
    for line in (data / "wikitext2-test.txt").read_text(encoding="utf-8").split("\n")[:-1]:
        if re.fullmatch(r" = [^=].* = ?", line.rstrip() + " ") and "= =" not in line:
            found.append([])
        if found:
            found[-1].append(line + "\n")
    return [{"page": "".join(page)} for page in found[:count]]


def blimp(paradigm, count):
    with zipfile.ZipFile(data / "BLiMP.zip") as archive:
        rows = archive.read(f"data/{paradigm}.jsonl").decode().splitlines()[:count]
    return [json.loads(row) for row in rows]


def grams(part, count):
    rows = [json.loads(line) for line in lines(f"gsm8k-{part}.jsonl")]
    return rows[:count] if count else rows


BLIMP = ("anaphor_number_agreement", "causative", "wh_vs_that_no_gap")

# The name, what the test asks of it, and the harness's task.
TASKS = {
    "hellaswag": (
        {"limit": 24},
        lambda: described("hellaswag/hellaswag.yaml", "hellaswag", {"validation": hellaswag()}),
    ),
    "lambada_openai": (
        {"limit": 24},
        lambda: described(
            "lambada/lambada_openai.yaml",
            "lambada_openai",
            {"test": [json.loads(line) for line in lines("lambada_test.jsonl")[:24]]},
        ),
    ),
    "sst2": (
        {"limit": 20},
        lambda: described("glue/sst2/default.yaml", "sst2", {"validation": sst2("sst2-dev.tsv", 20)}),
    ),
    "sst2_shots": (
        {"limit": 8, "task": "sst2", "shots": 2},
        lambda: described(
            "glue/sst2/default.yaml",
            "sst2_shots",
            {"train": sst2("sst2-train.tsv", None), "validation": sst2("sst2-dev.tsv", 8)},
        ),
    ),
    "wikitext": (
        {"limit": 2},
        lambda: described(
            "wikitext/wikitext.yaml",
            "wikitext",
            {"test": pages(2)},
            doc_to_target=preprocess_wikitext.wikitext_detokenizer,
            process_results=preprocess_wikitext.process_results,
        ),
    ),
    "gsm8k": (
        {"limit": 2, "shots": 5},
        lambda: described(
            "gsm8k/gsm8k.yaml", "gsm8k", {"train": grams("train", 0), "test": grams("test", 2)}
        ),
    ),
}
for paradigm in BLIMP:
    TASKS["blimp_" + paradigm] = (
        {"limit": 16},
        lambda paradigm=paradigm: described(
            "blimp/_template_yaml", "blimp_" + paradigm, {"train": blimp(paradigm, 16)}
        ),
    )


def llmc(model, tokenizer, rows):
    """llm.c's HellaSwag: endings encoded by themselves, the mean loss of each one's tokens."""
    chosen = []
    for row in rows:
        context = tokenizer.encode(row["query"])
        means = []
        for ending in row["choices"]:
            end = tokenizer.encode(" " + ending, add_special_tokens=False)
            ids = torch.tensor([(context + end)[-(model.config.max_position_embeddings + 1) :]])
            with torch.no_grad():
                logits = model(ids[:, :-1]).logits
            losses = torch.nn.functional.cross_entropy(logits[0], ids[0, 1:], reduction="none")
            means.append(losses[-len(end) :].mean().item())
        chosen.append({"means": means, "gold": row["label"]})
    return chosen


def number(value):
    return round(float(value), 6)


def run(model, tokenizer, names):
    harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=1, backend="causal")
    results = {}
    for name in names:
        asked, make = TASKS[name]
        shots = asked.get("shots")
        task = make()
        if shots is not None:
            task.set_config("num_fewshot", shots)
        task.set_fewshot_seed(1234)
        found = lm_eval.evaluate(
            lm=harness, task_dict={name: task}, limit=asked["limit"], log_samples=True,
            bootstrap_iters=0 if name == "lambada_openai" else 100,
        )
        items = {}
        for sample in found["samples"][name]:
            items.setdefault(sample["doc_id"], []).append(sample)
        answers = []
        for key in sorted(items):
            first = items[key][0]
            if name == "gsm8k":
                answers.append(
                    {
                        "answer": first["resps"][0][0],
                        "extracted": [s["filtered_resps"][0] for s in items[key]],
                    }
                )
            elif name == "wikitext":
                (likelihood, words) = first["word_perplexity"]
                answers.append(
                    {
                        "loglikelihood": number(likelihood),
                        "words": words,
                        "bytes": first["byte_perplexity"][1],
                    }
                )
            else:
                pairs = [r[0] for r in first["resps"]]
                answers.append(
                    {
                        "loglikelihoods": [number(p[0]) for p in pairs],
                        "greedy": [str(p[1]) == "True" for p in pairs],
                        **{m: first[m] for m in ("acc", "acc_norm") if m in first},
                    }
                )
        metrics = {
            k.split(",")[0] + ("" if "none" in k else "_flexible" if "flex" in k else ""): number(v)
            for k, v in found["results"][name].items()
            if isinstance(v, (int, float)) and "," in k
        }
        results[name] = {**asked, "metrics": metrics, "items": answers}
        print(name, metrics, flush=True)
    return results


(out / "stories-tokenizer.json").write_text(
    json.dumps(stories_tokenizer(), ensure_ascii=False, separators=(",", ":"))
)
torch.manual_seed(1)
torch.set_num_threads(1)
gpt2 = fill(
    transformers.GPT2LMHeadModel(
        transformers.GPT2Config(n_layer=2, n_head=2, n_embd=24, n_positions=96)
    )
)
llama = fill(
    transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=512,
            hidden_size=48,
            intermediate_size=80,
            num_hidden_layers=3,
            num_attention_heads=6,
            num_key_value_heads=2,
            max_position_embeddings=512,
            rms_norm_eps=1e-5,
            tie_word_embeddings=False,
        )
    )
)
likelihoods = [name for name in TASKS if name != "gsm8k"]
packages = ("lm_eval", "transformers", "torch", "tokenizers", "datasets", "numpy")
golden = {"versions": {p: importlib.metadata.version(p) for p in packages}, "models": {}}
print(golden["versions"])
stories = stories_model()
golden["models"]["gpt2"] = run(gpt2, gpt2_tokenizer(), likelihoods)
golden["models"]["llama"] = run(llama, llama_tokenizer(), likelihoods)
golden["models"]["stories260K"] = run(stories, llama_tokenizer(), list(TASKS))
golden["llmc"] = {
    "gpt2": llmc(gpt2, gpt2_tokenizer(), hellaswag()[:24]),
}
(out / "harness.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
