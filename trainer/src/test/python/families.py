"""What transformers computes with tiny models of every family, for FamilyParityTest.

Writes ../resources/io/tornadogpt/trainer/families, one directory a case, with Python 3.11,
torch 2.13.0 (CPU), safetensors 0.8.0, numpy 2.4.6. The names of cases say which release of
transformers wrote the model: 5.18.0, and for the ones that end in "-v4" 4.57.6, whose
configurations have older forms.

    python families.py                   all cases of the installed transformers
    python families.py gemma3            those that begin with one of these
    python families.py --random N SEED DIR
                                         writes N cases of models with settings drawn at random; run
                                         FamilyParityTest on them with -Dfamilies.cases=DIR
    python families.py --open DIR ...    opens directories and compares their results with those of
                                         expected.safetensors beside this case's name; behind
                                         --cases ROOT, of the random cases there

A case is a directory:

    config.json, model.safetensors    as transformers saves them
    expected.safetensors              "ids" [T]; "logits" computed in F32 and "logits64" in F64, [T,
                                      V] of tokens or [labels]; for models without a head "states"
                                      and "states64" [T, C]; for some "greedy" [64], the tokens that
                                      follow "ids"; for some "losses" [10], of AdamW on "batch" [2,
                                      T + 1]
"""

import contextlib
import pathlib
import random
import shutil
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

OLD = transformers.__version__.startswith("4.")
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent / "resources/io/tornadogpt/trainer/families"
GREEDY = 64
STEPS = 10
PAD = 0  # no text has it: PyTorch's tables give the row of padding no gradient


@contextlib.contextmanager
def double_precision():
    """Keeps F64 where models convert to F32, as norms, softmax and rotary positions do."""
    to, single, softmax = torch.Tensor.to, torch.Tensor.float, F.softmax

    def kept_to(self, *args, **kwargs):
        wanted = kwargs.get("dtype", args[0] if args else None)
        if self.dtype == torch.float64 and wanted == torch.float32:
            return self
        return to(self, *args, **kwargs)

    def kept_softmax(x, *args, **kwargs):
        if x.dtype == torch.float64:
            kwargs.pop("dtype", None)
        return softmax(x, *args, **kwargs)

    torch.Tensor.to = kept_to
    torch.Tensor.float = lambda self: self if self.dtype == torch.float64 else single(self)
    F.softmax = kept_softmax
    try:
        yield
    finally:
        torch.Tensor.to, torch.Tensor.float, F.softmax = to, single, softmax


def in_double_precision(model):
    """The model in F64, its angles in F32, as they are in any precision."""
    model.double()
    for module in model.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            if name.endswith("inv_freq"):
                module._buffers[name] = buffer.float()
    return model


def randomize(model, generator):
    """Weights that make every part of the model count."""
    zero_centred = model.config.model_type.startswith("gemma")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            scale = 0.3 if parameter.dim() > 1 else 0.2
            norm = parameter.dim() == 1 and name.endswith(".weight")
            parameter.copy_(scale * noise + (1 if norm and not zero_centred else 0))


def result(model, ids):
    out = model(ids)
    return out.logits[0] if "logits" in out else out.last_hidden_state[0]


def greedy(model, ids):
    for _ in range(GREEDY):
        last = model(ids).logits[0, -1]
        top = last.topk(2).values
        assert top[0] - top[1] > 1e-4, "two tokens are as likely; choose another seed"
        ids = torch.cat([ids, last.argmax()[None, None]], 1)
    return ids[0, -GREEDY:]


def losses(model, batch):
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, lr=2e-3, betas=(0.9, 0.95), eps=1e-8)
    values = []
    for _ in range(STEPS):
        logits = model(batch[:, :-1]).logits
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        adam.step()
        adam.zero_grad()
        values.append(loss.item())
    return torch.tensor(values, dtype=torch.float64)


def attention_of(config):
    """Where masks and caps are written out; Falcon's eager code adds the ALiBi bias twice."""
    return "sdpa" if config.model_type == "falcon" else "eager"


def write_case(name, seed, kind, length, settings, more=(), root=ROOT):
    directory = root / name
    config_class, model_class = (getattr(transformers, part) for part in kind)
    torch.manual_seed(seed)
    settings = dict(settings)
    settings.setdefault("pad_token_id", PAD)
    config = config_class(**settings)
    config._attn_implementation = attention = attention_of(config)
    model = model_class(config).eval()
    generator = torch.Generator().manual_seed(100 + seed)
    randomize(model, generator)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)
    vocabulary = config.vocab_size
    ids = torch.randint(2, vocabulary, (1, length), generator=generator)
    expected = {"ids": ids[0].int()}
    with torch.no_grad():
        what = "logits" if "logits" in model(ids) else "states"
    with torch.no_grad():
        expected[what] = result(model, ids).clone()
        if "greedy" in more:
            expected["greedy"] = greedy(model, ids).int()
    exact = in_double_precision(model)
    with torch.no_grad(), double_precision():
        expected[what + "64"] = result(exact, ids)
    if "losses" in more:
        model = model_class.from_pretrained(directory, attn_implementation=attention).eval()
        batch = torch.randint(2, vocabulary, (2, length + 1), generator=generator)
        expected["batch"] = batch.int()
        expected["losses"] = losses(model, batch)
    save_file({k: v.contiguous() for k, v in expected.items()}, directory / "expected.safetensors")
    count = sum(p.numel() for p in model.parameters())
    print(name, count, flush=True)


def open_again(directory, root=ROOT):
    """Opens what TornadoGPT wrote; nothing may be missing or left over."""
    config = transformers.AutoConfig.from_pretrained(directory)
    model_class = getattr(transformers, config.architectures[0])
    model, report = model_class.from_pretrained(
        directory,
        output_loading_info=True,
        attn_implementation=attention_of(config),
        dtype=torch.float32,
    )
    left = {k: sorted(v) for k, v in report.items() if v}
    case = root / pathlib.Path(directory).name
    expected = load_file(case / "expected.safetensors")
    key = "logits" if "logits" in expected else "states"
    with torch.no_grad():
        actual = result(model.eval(), expected["ids"][None].long())
    error = ((actual - expected[key]).abs().max() / expected[key].abs().max()).item()
    print("%-32s error %.1e %s" % (case.name, error, left or ""), flush=True)
    return error < 1e-6 and not left


def causal(family):
    return (family + "Config", family + "ForCausalLM")


LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
YARN = {
    "rope_type": "yarn",
    "rope_theta": 300.0,
    "factor": 4.0,
    "original_max_position_embeddings": 24,
}
LINEAR = {"rope_type": "linear", "rope_theta": 200.0, "factor": 2.0}


def sizes(width, layers, heads, hidden, vocabulary, context, **rest):
    return dict(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=hidden,
        vocab_size=vocabulary,
        max_position_embeddings=context,
    ) | rest


def grouped(*args, kv, **rest):
    return sizes(*args, num_key_value_heads=kv, **rest)


ALL = ("greedy", "losses")

NEW_CASES = {
    "llama": (causal("Llama"), 21, grouped(24, 2, 4, 37, 61, 96, kv=2), ALL),
    "llama-3": (
        causal("Llama"),
        33,
        grouped(18, 3, 3, 25, 53, 128, kv=1, rope_parameters=LLAMA3, tie_word_embeddings=True),
        ALL,
    ),
    "llama-biases-yarn": (
        causal("Llama"),
        29,
        grouped(20, 2, 5, 31, 47, 96, kv=5)
        | dict(head_dim=6, attention_bias=True, mlp_bias=True, rope_parameters=YARN),
        (),
    ),
    "mistral": (causal("Mistral"), 31, grouped(24, 2, 4, 35, 61, 128, kv=2, sliding_window=7), ALL),
    "mistral-no-window": (
        causal("Mistral"),
        19,
        grouped(18, 2, 3, 29, 59, 64, kv=3, sliding_window=None, head_dim=8),
        (),
    ),
    "mistral-tied-wide-window": (
        causal("Mistral"),
        23,
        grouped(20, 3, 2, 33, 45, 64, kv=1, sliding_window=50, tie_word_embeddings=True),
        (),
    ),
    "qwen2": (causal("Qwen2"), 27, grouped(24, 2, 4, 35, 61, 128, kv=2), ALL),
    "qwen2-window": (
        causal("Qwen2"),
        31,
        grouped(18, 4, 3, 29, 59, 128, kv=1, tie_word_embeddings=True)
        | dict(use_sliding_window=True, sliding_window=5, max_window_layers=2),
        ("greedy",),
    ),
    "qwen2-layer-types": (
        causal("Qwen2"),
        25,
        grouped(20, 3, 5, 21, 41, 64, kv=5, rope_parameters=LINEAR)
        | dict(
            use_sliding_window=True,
            sliding_window=4,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        ),
        (),
    ),
    "qwen3": (causal("Qwen3"), 27, grouped(24, 2, 4, 35, 61, 128, kv=2, head_dim=10), ALL),
    "qwen3-bias-window": (
        causal("Qwen3"),
        31,
        grouped(18, 4, 3, 29, 59, 64, kv=3, head_dim=8, tie_word_embeddings=True)
        | dict(attention_bias=True, use_sliding_window=True, sliding_window=6, max_window_layers=1),
        (),
    ),
    "qwen3-yarn": (
        causal("Qwen3"),
        25,
        grouped(20, 2, 5, 21, 41, 64, kv=1, head_dim=6, rope_parameters=YARN),
        (),
    ),
    "gemma": (causal("Gemma"), 27, grouped(24, 2, 4, 35, 61, 128, kv=1, head_dim=10), ALL),
    "gemma-bias": (
        causal("Gemma"),
        19,
        grouped(21, 3, 3, 25, 55, 64, kv=3, head_dim=6, attention_bias=True),
        (),
    ),
    "gemma2": (
        causal("Gemma2"),
        29,
        grouped(24, 3, 4, 35, 61, 128, kv=2, head_dim=10, sliding_window=6)
        | dict(query_pre_attn_scalar=17),
        ALL,
    ),
    "gemma2-no-caps": (
        causal("Gemma2"),
        19,
        grouped(21, 2, 3, 25, 55, 64, kv=3, head_dim=6, sliding_window=5, attention_bias=True)
        | dict(attn_logit_softcapping=None, final_logit_softcapping=None),
        (),
    ),
    "gemma2-small-caps": (
        causal("Gemma2"),
        23,
        grouped(20, 3, 2, 27, 49, 64, kv=1, head_dim=8, sliding_window=4)
        | dict(attn_logit_softcapping=2.5, final_logit_softcapping=4.0)
        | dict(layer_types=["full_attention", "sliding_attention", "sliding_attention"]),
        (),
    ),
    "gemma3": (
        causal("Gemma3Text")[:1] + ("Gemma3ForCausalLM",),
        31,
        grouped(24, 7, 4, 29, 61, 128, kv=2, head_dim=8, sliding_window=6),
        ("greedy", "losses"),
    ),
    "gemma3-angles": (
        causal("Gemma3Text")[:1] + ("Gemma3ForCausalLM",),
        29,
        grouped(20, 3, 2, 27, 49, 64, kv=1, head_dim=6, sliding_window=5)
        | dict(final_logit_softcapping=9.0, attention_bias=True, query_pre_attn_scalar=11)
        | dict(layer_types=["sliding_attention", "full_attention", "sliding_attention"])
        | dict(
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 40.0},
            }
        ),
        (),
    ),
    "gpt-neox": (causal("GPTNeoX"), 27, sizes(32, 2, 4, 35, 61, 128), ALL),
    "gpt-neox-sequential": (
        causal("GPTNeoX"),
        23,
        sizes(30, 2, 3, 41, 53, 64, use_parallel_residual=False, attention_bias=False)
        | dict(rope_parameters={"rope_type": "default", "rope_theta": 77.0})
        | dict(rotary_pct=0.4, hidden_act="gelu_new"),
        (),
    ),
    "gpt-neox-whole-tied": (
        causal("GPTNeoX"),
        19,
        sizes(20, 3, 5, 33, 47, 64, rotary_pct=1.0, rotary_emb_base=500, tie_word_embeddings=True),
        (),
    ),
    # 3 of 12 elements: four are turned, by angles for three.
    "gpt-neox-odd-part": (
        causal("GPTNeoX"),
        21,
        sizes(36, 2, 3, 35, 47, 64, rotary_pct=0.25, rotary_emb_base=90),
        (),
    ),
    "phi": (causal("Phi"), 27, sizes(32, 2, 4, 35, 61, 128), ALL),
    "phi-head-norms": (
        causal("Phi"),
        23,
        grouped(30, 3, 3, 25, 53, 64, kv=1, qk_layernorm=True, partial_rotary_factor=0.4),
        (),
    ),
    "phi-tied": (
        causal("Phi"),
        19,
        grouped(24, 2, 6, 27, 45, 64, kv=2, tie_word_embeddings=True, rope_parameters=LINEAR),
        (),
    ),
}

FALCON = {
    "7b": dict(hidden_size=24, num_attention_heads=3, vocab_size=61),
    "40b": dict(hidden_size=24, num_attention_heads=6, num_kv_heads=2, vocab_size=53)
    | dict(new_decoder_architecture=True),
    "40b-one-norm": dict(hidden_size=20, num_attention_heads=5, num_kv_heads=5, vocab_size=47)
    | dict(new_decoder_architecture=True, num_ln_in_parallel_attn=1, bias=True)
    | dict(tie_word_embeddings=False, ffn_hidden_size=31),
    "alibi": dict(hidden_size=21, num_attention_heads=7, vocab_size=51)
    | dict(alibi=True, multi_query=False, parallel_attn=False, bias=True),
    "alibi-parallel": dict(hidden_size=24, num_attention_heads=4, vocab_size=45, alibi=True)
    | dict(activation="gelu_new"),
}
for part, settings in FALCON.items():
    NEW_CASES["falcon-" + part] = (
        causal("Falcon"),
        29,
        dict(num_hidden_layers=2, max_position_embeddings=128) | settings,
        () if "-" in part else ALL,
    )

OPT = dict(num_hidden_layers=2, max_position_embeddings=128, pad_token_id=1)
NEW_CASES |= {
    "opt": (
        causal("OPT"),
        27,
        OPT | dict(hidden_size=24, num_attention_heads=4, ffn_dim=35, vocab_size=61, dropout=0.0),
        ALL,
    ),
    "opt-norms-after": (
        causal("OPT"),
        23,
        OPT
        | dict(hidden_size=21, num_attention_heads=3, ffn_dim=29, vocab_size=53)
        | dict(do_layer_norm_before=False, activation_function="gelu"),
        (),
    ),
    "opt-no-bias": (
        causal("OPT"),
        19,
        OPT
        | dict(hidden_size=20, num_attention_heads=5, ffn_dim=33, vocab_size=45)
        | dict(enable_bias=False, tie_word_embeddings=False, _remove_final_layer_norm=True),
        (),
    ),
}

def encoder(family, head="ForMaskedLM"):
    return (family + "Config", family + head)


BERT = sizes(24, 2, 4, 35, 61, 40)
DISTIL = dict(dim=24, n_layers=2, n_heads=4, hidden_dim=35, vocab_size=61)
DISTIL |= dict(max_position_embeddings=40, dropout=0.0, attention_dropout=0.0)
STILL = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
MODERN = sizes(24, 4, 4, 19, 61, 64, cls_token_id=2, sep_token_id=3, eos_token_id=3, bos_token_id=2)
LABELS = "ForSequenceClassification"
OTHER_MODERN = dict(
    norm_bias=True,
    attention_bias=True,
    mlp_bias=True,
    classifier_bias=True,
    decoder_bias=False,
    classifier_activation="relu",
    hidden_activation="gelu_new",
)

NEW_CASES |= {
    "bert": (encoder("Bert"), 27, BERT | STILL, ("losses",)),
    "bert-untied-relu": (
        encoder("Bert"),
        19,
        sizes(21, 3, 3, 25, 53, 33, type_vocab_size=3, hidden_act="relu", layer_norm_eps=1e-5)
        | dict(tie_word_embeddings=False),
        (),
    ),
    "bert-model": (encoder("Bert", "Model"), 23, sizes(20, 2, 5, 31, 47, 32), ()),
    "bert-labels": (encoder("Bert", LABELS), 17, BERT | dict(num_labels=3), ()),
    "roberta": (encoder("Roberta"), 27, BERT | STILL | dict(pad_token_id=1), ("losses",)),
    "roberta-untied": (
        encoder("Roberta"),
        19,
        sizes(21, 3, 3, 25, 53, 33, type_vocab_size=1, layer_norm_eps=1e-5)
        | dict(tie_word_embeddings=False, hidden_act="gelu_new"),
        (),
    ),
    "roberta-model": (
        encoder("Roberta", "Model"),
        23,
        sizes(20, 2, 5, 31, 47, 32, pad_token_id=1),
        (),
    ),
    "roberta-labels": (
        encoder("Roberta", LABELS),
        17,
        BERT | dict(num_labels=5, pad_token_id=1),
        (),
    ),
    "distilbert": (encoder("DistilBert"), 27, DISTIL, ("losses",)),
    "distilbert-sinusoidal-untied": (
        encoder("DistilBert"),
        19,
        DISTIL
        | dict(dim=21, n_heads=3, hidden_dim=30, sinusoidal_pos_embds=True, activation="relu")
        | dict(tie_word_embeddings=False),
        (),
    ),
    "distilbert-model": (encoder("DistilBert", "Model"), 23, DISTIL | dict(n_layers=3), ()),
    "distilbert-labels": (encoder("DistilBert", LABELS), 17, DISTIL | dict(num_labels=4), ()),
    "modernbert": (encoder("ModernBert"), 31, MODERN | dict(local_attention=8), ("losses",)),
    "modernbert-biases": (
        encoder("ModernBert"),
        27,
        MODERN
        | OTHER_MODERN
        | dict(local_attention=5, tie_word_embeddings=False, hidden_size=30, num_attention_heads=3)
        | dict(
            layer_types=["sliding_attention", "full_attention"] * 2,
            rope_parameters={
                "full_attention": {"rope_type": "default", "rope_theta": 700.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 30.0},
            },
        ),
        (),
    ),
    "modernbert-one-layer": (
        encoder("ModernBert", "Model"),
        19,
        MODERN | dict(num_hidden_layers=1, norm_bias=True),
        (),
    ),
    "modernbert-labels-mean": (
        encoder("ModernBert", LABELS),
        23,
        MODERN | dict(num_labels=3, classifier_pooling="mean", classifier_bias=True),
        (),
    ),
    "modernbert-labels-first": (encoder("ModernBert", LABELS), 17, MODERN | dict(num_labels=2), ()),
    "llama-labels": (
        ("LlamaConfig", "LlamaForSequenceClassification"),
        19,
        grouped(18, 2, 3, 25, 53, 64, kv=1, num_labels=3),
        (),
    ),
}

# More positions and heads than BF16 has numbers for slopes times positions.
NEW_CASES["falcon-alibi-12-heads"] = (
    causal("Falcon"),
    270,
    dict(hidden_size=24, num_attention_heads=12, vocab_size=23, num_hidden_layers=2, alibi=True)
    | dict(multi_query=False, bias=True, parallel_attn=False, max_position_embeddings=352),
    ALL,
)

OLD_CASES = {
    "llama-3-v4": (
        causal("Llama"),
        33,
        grouped(18, 2, 3, 25, 53, 96, kv=1, rope_theta=500.0)
        | dict(rope_scaling={k: v for k, v in LLAMA3.items() if k != "rope_theta"}),
        (),
    ),
    "mistral-v4": (causal("Mistral"), 21, grouped(18, 2, 3, 25, 53, 64, kv=1, rope_theta=90.0), ()),
    "qwen2-v4": (
        causal("Qwen2"),
        21,
        grouped(18, 3, 3, 25, 53, 64, kv=3, rope_theta=90.0)
        | dict(use_sliding_window=True, sliding_window=5, max_window_layers=1),
        (),
    ),
    "qwen3-v4": (
        causal("Qwen3"),
        21,
        grouped(18, 2, 3, 25, 53, 64, kv=1, head_dim=8, rope_theta=90.0)
        | dict(rope_scaling={"type": "linear", "factor": 2.0}),
        (),
    ),
    "gemma-v4": (causal("Gemma"), 21, grouped(18, 2, 3, 25, 53, 64, kv=1, head_dim=8), ()),
    "gemma2-v4": (
        causal("Gemma2"),
        21,
        grouped(18, 2, 3, 25, 53, 64, kv=1, head_dim=8, sliding_window=4),
        (),
    ),
    "gemma3-v4": (
        causal("Gemma3Text")[:1] + ("Gemma3ForCausalLM",),
        27,
        grouped(18, 3, 3, 25, 53, 64, kv=1, head_dim=8, sliding_window=4)
        | dict(sliding_window_pattern=2, rope_theta=900.0, rope_local_base_freq=30.0)
        | dict(rope_scaling={"rope_type": "linear", "factor": 4.0}),
        (),
    ),
    "gpt-neox-v4": (
        causal("GPTNeoX"),
        23,
        sizes(24, 2, 3, 31, 53, 64, rotary_pct=0.5, rotary_emb_base=300),
        (),
    ),
    "phi-v4": (causal("Phi"), 21, sizes(24, 2, 3, 25, 53, 64, partial_rotary_factor=0.25), ()),
    "falcon-v4": (
        causal("Falcon"),
        21,
        dict(hidden_size=24, num_attention_heads=6, num_kv_heads=3, vocab_size=53)
        | dict(num_hidden_layers=2, new_decoder_architecture=True, rope_theta=80.0),
        (),
    ),
    "opt-v4": (
        causal("OPT"),
        21,
        OPT | dict(hidden_size=18, num_attention_heads=3, ffn_dim=25, vocab_size=53),
        (),
    ),
    "bert-v4": (encoder("Bert"), 21, BERT, ()),
    "roberta-v4": (encoder("Roberta"), 21, BERT | dict(pad_token_id=1), ()),
    "distilbert-v4": (encoder("DistilBert"), 21, DISTIL, ()),
    "modernbert-v4": (
        encoder("ModernBert"),
        27,
        MODERN
        | dict(local_attention=6, global_rope_theta=800.0, local_rope_theta=60.0)
        | dict(global_attn_every_n_layers=2, reference_compile=False),
        (),
    ),
}

CASES = OLD_CASES if OLD else NEW_CASES


def rotary_scaling(rng):
    """Rotary settings in the form of the installed transformers."""
    theta = rng.choice([30.0, 500.0, 10000.0, 1e6])
    scaling = rng.choice(
        [
            {"rope_type": "default"},
            {"rope_type": "linear", "factor": rng.choice([2.0, 3.5])},
            {"rope_type": "dynamic", "factor": 2.0},
            {k: v for k, v in LLAMA3.items() if k != "rope_theta"},
            {k: v for k, v in YARN.items() if k != "rope_theta"}
            | rng.choice([{}, {"attention_factor": 0.9}, {"beta_fast": 20.0, "beta_slow": 2.0}]),
        ]
    )
    if not OLD:
        return {"rope_parameters": scaling | {"rope_theta": theta}}
    if scaling["rope_type"] == "default":
        return {"rope_theta": theta}
    if scaling["rope_type"] == "linear" and rng.random() < 0.5:
        scaling = {"type": "linear", "factor": scaling["factor"]}
    return {"rope_theta": theta, "rope_scaling": scaling}


def kinds(rng, layers):
    return [rng.choice(["sliding_attention", "full_attention"]) for _ in range(layers)]


def some(rng, **choices):
    """Some of these settings, each with one of its values."""
    return {key: rng.choice(values) for key, values in choices.items() if rng.random() < 0.5}


BOTH = [True, False]
ACTIVATIONS = ["gelu", "gelu_new", "relu", "silu", "tanh", "gelu_pytorch_tanh", "gelu_fast"]
GATED = ("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma", "Gemma2", "Gemma3Text")


def drawn_gated(rng, family):
    heads, layers = rng.choice([1, 2, 3, 4, 6]), rng.randrange(1, 5)
    size = 2 * rng.randrange(2, 7)
    kv = rng.choice([n for n in range(1, heads + 1) if heads % n == 0])
    own = family.startswith(("Qwen3", "Gemma")) or rng.random() < 0.3 and family != "Qwen2"
    width = rng.randrange(9, 40) if own else heads * size
    settings = grouped(
        width, layers, heads, rng.randrange(9, 60), rng.randrange(20, 90), 128, kv=kv
    )
    settings |= {"head_dim": size} if own else {}
    settings |= some(rng, tie_word_embeddings=BOTH, rms_norm_eps=[1e-5, 1e-3])
    window = rng.randrange(1, 40)
    if family != "Gemma3Text":
        settings |= rotary_scaling(rng) if rng.random() < 0.7 else {}
    if family == "Llama":
        settings |= some(rng, attention_bias=BOTH, mlp_bias=BOTH, hidden_act=["silu", "gelu"])
    if family == "Mistral":
        settings |= some(rng, sliding_window=[None, window])
    if family.startswith("Qwen"):
        settings |= some(rng, use_sliding_window=BOTH, sliding_window=[window])
        settings |= some(rng, max_window_layers=range(layers + 1))
        if not OLD and rng.random() < 0.3 and settings.get("use_sliding_window"):
            settings |= {"layer_types": kinds(rng, layers), "sliding_window": window}
    if family in ("Qwen3", "Gemma", "Gemma2", "Gemma3Text"):
        settings |= some(rng, attention_bias=BOTH)
    if family in ("Gemma2", "Gemma3Text"):
        settings |= {"sliding_window": window}
        settings |= some(rng, query_pre_attn_scalar=[3, 17], layer_types=[kinds(rng, layers)])
        settings |= some(rng, attn_logit_softcapping=[None, 2.5], final_logit_softcapping=[None, 4.0])
    if family == "Gemma3Text":
        settings["attn_logit_softcapping"] = None
        if OLD:
            settings |= some(rng, rope_theta=[900.0], rope_local_base_freq=[30.0])
            if "layer_types" not in settings:
                settings |= some(rng, sliding_window_pattern=[1, 2, 3])
        elif rng.random() < 0.5:
            scaled = rng.choice([{"rope_type": "default"}, {"rope_type": "linear", "factor": 8.0}])
            settings["rope_parameters"] = {
                "full_attention": scaled | {"rope_theta": 1000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 40.0},
            }
    return settings


def drawn_other(rng, family):
    heads, layers = rng.choice([1, 2, 3, 4, 6]), rng.randrange(1, 4)
    size = 2 * rng.randrange(2, 7)
    base = sizes(
        heads * size, layers, heads, rng.randrange(9, 60), rng.randrange(20, 90), 128
    ) | some(rng, tie_word_embeddings=BOTH)
    kv = rng.choice([n for n in range(1, heads + 1) if heads % n == 0])
    epsilon = [1e-5, 1e-3]
    if family == "GPTNeoX":
        base |= some(rng, use_parallel_residual=BOTH, attention_bias=BOTH, hidden_act=ACTIVATIONS)
        base |= some(rng, rotary_pct=[0.5, 0.7, 1.0], rotary_emb_base=[90], layer_norm_eps=epsilon)
    if family == "Phi":
        base |= some(rng, qk_layernorm=BOTH, num_key_value_heads=[kv], hidden_act=ACTIVATIONS)
        base |= some(rng, partial_rotary_factor=[0.5, 0.7, 1.0], layer_norm_eps=epsilon)
        base |= rotary_scaling(rng) if rng.random() < 0.3 and "partial_rotary_factor" not in base else {}
    if family == "Falcon":
        heads = rng.choice([1, 2, 3, 4, 6, 8, 12, 20])
        kv = rng.choice([n for n in range(1, heads + 1) if heads % n == 0])
        new = rng.random() < 0.4
        base |= dict(hidden_size=heads * size, num_attention_heads=heads)
        del base["intermediate_size"]
        base |= some(rng, bias=BOTH, ffn_hidden_size=[31, 50], activation=ACTIVATIONS)
        base |= some(rng, layer_norm_epsilon=epsilon)
        if new:
            base |= dict(new_decoder_architecture=True, num_kv_heads=kv)
            base |= some(rng, num_ln_in_parallel_attn=[1, 2])
        else:
            base |= some(rng, multi_query=BOTH, parallel_attn=BOTH, alibi=[True])
        if not base.get("alibi") and rng.random() < 0.4:
            base |= rotary_scaling(rng)
    if family == "OPT":
        base["ffn_dim"] = base.pop("intermediate_size")
        base |= dict(pad_token_id=1, word_embed_proj_dim=base["hidden_size"])
        base |= some(rng, do_layer_norm_before=BOTH, enable_bias=BOTH, activation_function=ACTIVATIONS)
        base |= some(rng, _remove_final_layer_norm=BOTH)
    if family == "GPT2":
        base = dict(n_embd=heads * size, n_layer=layers, n_head=heads, n_positions=128, vocab_size=57)
        base |= some(rng, n_inner=[31, 50], activation_function=ACTIVATIONS)
        base |= some(rng, scale_attn_weights=BOTH, tie_word_embeddings=BOTH)
        base |= some(rng, layer_norm_epsilon=epsilon)
    if family == "GPTNeo":
        kind = rng.choice([["global"], ["local"], ["global", "local"]])
        repeats = rng.randrange(1, 3)
        base = dict(hidden_size=heads * size, num_layers=len(kind) * repeats, num_heads=heads)
        base |= dict(attention_types=[[kind, repeats]], window_size=rng.randrange(1, 30))
        base |= dict(max_position_embeddings=128, vocab_size=57)
        base |= some(rng, intermediate_size=[31, 50], activation_function=ACTIVATIONS)
        base |= some(rng, tie_word_embeddings=BOTH, layer_norm_epsilon=epsilon)
    if family in ("Bert", "Roberta"):
        base |= some(rng, type_vocab_size=[1, 3], hidden_act=ACTIVATIONS, layer_norm_eps=epsilon)
        base |= {"pad_token_id": 1} if family == "Roberta" else {}
    if family == "DistilBert":
        base = dict(dim=heads * size, n_layers=layers, n_heads=heads, hidden_dim=35, vocab_size=61)
        base |= dict(max_position_embeddings=128)
        base |= some(rng, sinusoidal_pos_embds=BOTH, activation=["gelu", "relu"])
        base |= some(rng, tie_word_embeddings=BOTH)
    if family == "ModernBert":
        base |= dict(cls_token_id=2, sep_token_id=3, eos_token_id=3, bos_token_id=2)
        base |= some(rng, norm_bias=BOTH, attention_bias=BOTH, mlp_bias=BOTH, decoder_bias=BOTH)
        base |= some(rng, classifier_bias=BOTH, classifier_pooling=["cls", "mean"])
        base |= some(rng, local_attention=range(2, 40), hidden_activation=ACTIVATIONS)
        base |= some(rng, classifier_activation=["relu", "gelu", "silu"], norm_eps=epsilon)
        if rng.random() < 0.5:
            base |= some(rng, global_attn_every_n_layers=[1, 2, 3])
        elif not OLD:
            base["layer_types"] = kinds(rng, layers)
        if OLD:
            base |= some(rng, global_rope_theta=[700.0], local_rope_theta=[30.0])
            base["reference_compile"] = False
    return base


OTHERS = ("GPT2", "GPTNeo", "GPTNeoX", "Phi", "Falcon", "OPT", "Bert", "Roberta", "DistilBert", "ModernBert")
ENCODERS = ("Bert", "Roberta", "DistilBert", "ModernBert")
LABELLED = ENCODERS + ("Llama", "Mistral", "Qwen2", "Gemma", "GPT2", "OPT")


def random_cases(count, seed, root):
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        family = rng.choice(GATED + OTHERS)
        draw = drawn_gated if family in GATED else drawn_other
        settings = draw(rng, family)
        stem = "Gemma3" if family == "Gemma3Text" else family
        head = "ForMaskedLM" if family in ENCODERS else {"GPT2": "LMHeadModel"}.get(family, "ForCausalLM")
        if family in LABELLED and rng.random() < 0.2:
            head = LABELS
            settings["num_labels"] = rng.randrange(1, 6)
        elif family in ENCODERS and rng.random() < 0.3:
            head = "Model"
        length = rng.choice([1, 2, 17, 31, 60])
        name = "%s-%d-%d%s" % (family.lower(), seed, number, "-v4" if OLD else "")
        try:
            write_case(name, number, (family + "Config", stem + head), length, settings, (), root)
        except Exception as problem:  # transformers cannot compute it either
            shutil.rmtree(root / name, ignore_errors=True)
            print(name, "left out:", repr(problem)[:150], settings, flush=True)


def main():
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    arguments = sys.argv[1:]
    if arguments[:1] == ["--open"]:
        directories, root = arguments[1:], ROOT
        if directories[0] == "--cases":
            root, directories = pathlib.Path(directories[1]), directories[2:]
        opened = [open_again(directory, root) for directory in directories]
        sys.exit(0 if all(opened) else 1)
    if arguments[:1] == ["--random"]:
        random_cases(int(arguments[1]), int(arguments[2]), pathlib.Path(arguments[3]))
        return
    for seed, (name, (kind, length, settings, more)) in enumerate(CASES.items(), start=1):
        if not arguments or name.startswith(tuple(arguments)):
            write_case(name, seed, kind, length, settings, more)


if __name__ == "__main__":
    main()
