"""Writes src/test/resources/io/tornadogpt/finetune/golden: what TRL and transformers compute with tiny
random models in twenty steps of instructions, labels and preferences.

    python src/test/python/golden.py

Everything is F32 on the CPU, without dropout, with the rows in their order. Versions stand in the
file that is written.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import datasets
import torch
import transformers
import trl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

OUT = Path(__file__).parents[1] / "resources/io/tornadogpt/finetune/golden"
STEPS = 20
WORDS = (
    "red blue green cat dog bird runs sleeps sings fast well today and the a never small old warm"
    " cold house river under over near with seven eight"
).split()


def sentence(rng, least, most):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def write_rows():
    rng = random.Random(5)
    OUT.mkdir(parents=True)
    with open(OUT / "instructions.jsonl", "w") as out:
        for _ in range(12):
            row = {"prompt": sentence(rng, 2, 9) + " ->", "completion": " " + sentence(rng, 1, 12) + "."}
            out.write(json.dumps(row) + "\n")
    with open(OUT / "messages.jsonl", "w") as out:
        for number in range(8):
            turns = [{"role": "system", "content": sentence(rng, 2, 4)}] if number % 3 == 0 else []
            for _ in range(rng.randint(1, 2)):
                turns.append({"role": "user", "content": sentence(rng, 2, 7)})
                turns.append({"role": "assistant", "content": sentence(rng, 1, 8)})
            out.write(json.dumps({"messages": turns}) + "\n")
    with open(OUT / "labels.csv", "w") as out:
        out.write("text,label\n")
        for number in range(12):
            out.write(f'"{sentence(rng, 2, 12)}, ""{rng.choice(WORDS)}""",{["no", "yes", "maybe"][number % 3]}\n')
    with open(OUT / "preferences.jsonl", "w") as out:
        for _ in range(8):
            row = {
                "prompt": sentence(rng, 2, 8) + " ->",
                "chosen": " " + sentence(rng, 1, 9) + ".",
                "rejected": " " + sentence(rng, 1, 9) + "!",
            }
            out.write(json.dumps(row) + "\n")


def tokenizer_of(family):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>"] if family == "llama" else ["<|endoftext|>"]
    special += ["<|im_start|>", "<|im_end|>"]
    tokenizer.train_from_iterator(
        [path.read_text() for path in sorted(OUT.glob("*.*l")) + [OUT / "labels.csv"]],
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if family == "llama":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
        )
        roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    else:
        roles = {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **roles)


def config_of(family, tokenizer, **more):
    common = dict(
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **more,
    )
    if family == "gpt2":
        return transformers.GPT2Config(
            n_layer=2, n_head=2, n_embd=16, n_positions=96, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, **common
        )
    return transformers.LlamaConfig(
        num_hidden_layers=2,
        hidden_size=16,
        intermediate_size=40,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=96,
        tie_word_embeddings=False,
        **common,
    )


def scattered(model):
    """Weights large enough for logits to differ."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.mul_(6)
    return model


class InOrder:
    """Keeps rows in their order, and the loss of every micro-batch with all its digits."""

    def _get_train_sampler(self, *args, **kwargs):
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.__dict__.setdefault("parts", []).append(loss.item())
        return loss


class Sft(InOrder, trl.SFTTrainer):
    pass


class PlainSft(Sft):
    """Takes the mean over what is predicted. For GPT2LMHeadModel, whose name does not end in ForCausalLM,
    transformers counts the first token of each row as well, which nothing predicts; where all tokens
    are learned its losses are smaller by that."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False


class Dpo(InOrder, trl.DPOTrainer):
    def log(self, logs, *args, **kwargs):
        # The averages that it logs come from these lists, one number a micro-batch.
        kept = self.__dict__.setdefault("kept", [])
        kept.append({name: sum(v) / len(v) for name, v in self._metrics["train"].items() if v})
        super().log(logs, *args, **kwargs)


class Classify(InOrder, transformers.Trainer):
    pass


def arguments(kind, accumulation, batch, **more):
    return kind(
        output_dir="/tmp/golden-run",
        max_steps=STEPS,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulation,
        learning_rate=3e-3,
        lr_scheduler_type="linear",
        warmup_steps=0,
        weight_decay=0.1,
        max_grad_norm=1.0,
        adam_beta2=0.999,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        disable_tqdm=True,
        **more,
    )


def steps(parts, accumulation):
    """The trainer hands out parts that add up to the mean of a step."""
    return [sum(parts[i : i + accumulation]) for i in range(0, len(parts), accumulation)]


def load(name, kind=None):
    path = OUT / name
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    kind = kind or transformers.AutoModelForCausalLM
    return kind.from_pretrained(path, dtype=torch.float32), tokenizer


def rows(name):
    return datasets.Dataset.from_list([json.loads(line) for line in open(OUT / name)])


def sft(name, data, accumulation, batch, kind=Sft, **more):
    model, tokenizer = load(name)
    args = arguments(trl.SFTConfig, accumulation, batch, max_length=96, **more)
    trainer = kind(model=model, args=args, train_dataset=rows(data), processing_class=tokenizer)
    trainer.train()
    return {"losses": steps(trainer.parts, accumulation)}


class Smoothed:
    """TRL 1.13 has no conservative DPO, in which a pair is the wrong way round with some probability:
    its sigmoid loss knows no label smoothing. The loss's only call is mixed instead."""

    def __init__(self, smoothing):
        self.smoothing = smoothing

    def __getattr__(self, name):
        return getattr(torch.nn.functional, name)

    def logsigmoid(self, x):
        plain = torch.nn.functional.logsigmoid
        return (1 - self.smoothing) * plain(x) + self.smoothing * plain(-x)


def dpo(name, smoothing=0.0, **more):
    model, tokenizer = load(name)
    args = arguments(trl.DPOConfig, 1, 4, max_length=96, precompute_ref_log_probs=True, **more)
    trainer = Dpo(model=model, args=args, train_dataset=rows("preferences.jsonl"), processing_class=tokenizer)
    trl.trainer.dpo_trainer.F = Smoothed(smoothing)
    trainer.train()
    names = ["chosen", "rejected", "accuracies", "margins"]
    names = [f"rewards/{n}" for n in names] + ["logps/chosen", "logps/rejected"]
    metrics = {n: [kept[n] for kept in trainer.kept[:STEPS]] for n in names}
    return {"losses": trainer.parts, "metrics": metrics}


def classify(name, accumulation, batch, trained=None, weights=None):
    import csv

    model, tokenizer = load(name, transformers.AutoModelForSequenceClassification)
    for parameter, weight in model.named_parameters():
        weight.requires_grad = trained is None or any(part in parameter for part in trained)
    table = list(csv.DictReader(open(OUT / "labels.csv")))
    data = [{**tokenizer(row["text"]), "labels": model.config.label2id[row["label"]]} for row in table]
    args = arguments(transformers.TrainingArguments, accumulation, batch)

    def loss(outputs, labels, num_items_in_batch=None):
        return torch.nn.functional.cross_entropy(outputs["logits"], labels, torch.tensor(weights))

    trainer = Classify(
        model=model,
        args=args,
        train_dataset=data,
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
        compute_loss_func=loss if weights else None,
    )
    trainer.train()
    return {"losses": steps(trainer.parts, accumulation)}


def main():
    if OUT.exists():
        shutil.rmtree(OUT)
    write_rows()
    labels = {"maybe": 0, "no": 1, "yes": 2}
    for number, family in enumerate(["gpt2", "llama"]):
        tokenizer = tokenizer_of(family)
        torch.manual_seed(number)
        model = transformers.AutoModelForCausalLM.from_config(config_of(family, tokenizer))
        scattered(model).save_pretrained(OUT / family)
        tokenizer.save_pretrained(OUT / family)
        named = {label: name for name, label in labels.items()}
        config = config_of(family, tokenizer, id2label=named, label2id=labels)
        model = transformers.AutoModelForSequenceClassification.from_config(config)
        scattered(model).save_pretrained(OUT / f"{family}-labels")
        tokenizer.save_pretrained(OUT / f"{family}-labels")
    chatml = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}{% else %}"
        "{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    (OUT / "chatml.jinja").write_text(chatml)
    results = {"versions": {m.__name__: m.__version__ for m in (torch, transformers, trl)}}
    for family, block in (("gpt2", ["score", "ln_f", "h.1."]), ("llama", ["score", "model.norm", "layers.1."])):
        results[f"{family} sft"] = sft(family, "instructions.jsonl", 2, 2, completion_only_loss=True)
        results[f"{family} sft all"] = sft(family, "instructions.jsonl", 1, 4, PlainSft, completion_only_loss=False)
        results[f"{family} messages"] = sft(
            family, "messages.jsonl", 1, 4, assistant_only_loss=True, chat_template_path=str(OUT / "chatml.jinja")
        )
        results[f"{family} dpo"] = dpo(family)
        results[f"{family} dpo ipo"] = dpo(family, loss_type=["ipo"], beta=0.3)
        results[f"{family} dpo smoothed"] = dpo(family, smoothing=0.2, beta=0.5)
        results[f"{family} classify"] = classify(f"{family}-labels", 1, 4)
        results[f"{family} classify last block"] = classify(f"{family}-labels", 1, 4, trained=block)
        results[f"{family} classify weighted"] = classify(f"{family}-labels", 1, 4, weights=[1.0, 3.0, 0.5])
    with open(OUT / "expected.json", "w") as out:
        json.dump(results, out, indent=1)
    for extra in OUT.glob("*/generation_config.json"):
        extra.unlink()


if __name__ == "__main__":
    sys.exit(main())
