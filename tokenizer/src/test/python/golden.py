"""Writes the golden data of the tokenizer's tests.

Made with Python 3.11, tokenizers 0.23.2 and tiktoken 0.14.0:

    python golden.py ../resources/io/tornadogpt/tokenizer

A small vocabulary is trained on the text below by Hugging Face's BpeTrainer. tokenizer.json is that
tokenizer; ids.json has texts with the ids that Hugging Face tokenizers and tiktoken both give, each
on the same vocabulary; merges.json holds what BpeTrainer learns with other settings;
small.tiktoken holds the vocabulary as tiktoken's ranks, without special tokens.
"""

import base64
import json
import random
import sys
from pathlib import Path

import tiktoken
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT = "<|endoftext|>"
PATTERN = (
    r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
)

TEXT = """The miller's daughter didn't know the way, so she asked the crow.
"They've moved the mill," said the crow, "and I'll show you where it's gone:
  past 3 hills, 12 hedges and 1,024 stones - you'd better start walking!"
She'd walked for hours when the river sang: la la la, la la LA.
\tint sum = 0;\n\tfor (int i = 0; i < 100; i++) {\n\t\tsum += i;\n\t}
Die Mühle stand am Fluß; où est la rivière? Где мельница? 風車はどこですか。
aaaa aaaaaaa bbbb abab ababab  two spaces   three   \n\n\nend 😀😀 👩‍👩‍👧 é e\u0301
""" * 3

HAND_PICKED = [
    "",
    " ",
    "\n",
    "Hello world",
    " Hello  world ",
    "it's they've I'll you'd we're I'm can't 's 'S ''s '",
    " 's  'll",
    "tab\tand\r\nlines\n\n\n  end  ",
    "\u00a0no-break\u2003em\u3000wide\u0085next\u2028line",
    "x\u200by\ufeffz",
    "123abc456 ½² Ⅷ ٣ 1️⃣",
    "é e\u0301 ǅ ʰ ª º ß",
    "日本語のテキスト、中文。한국어",
    "😀 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽",
    "𝕏𝒴 𞤀𞤁 \U0001f9d1\U0001f3ff\u200d\U0001f680",
    "<|endoftext|>",
    "a" * 300,
    " " * 70 + "x",
    "ab" * 150 + "!" * 90,
    "\x00\x01\x7f\x80\u07ff\u0800\uffff\U00010000\U0010ffff",
]


def random_texts(count):
    rng = random.Random(20)
    kinds = [
        [chr(c) for c in range(128)],
        list(" \t\n\r\u00a0\u2009\u3000"),
        ["'s", "'ll", "'", "'re", "'D"],
        ["é", "ж", "中", "😀", "\u200d", "٣", "ᄒ", "\u0301"],
        TEXT.split(),
    ]
    for _ in range(count):
        if rng.random() < 0.2:
            points = [rng.randrange(0x110000) for _ in range(rng.randrange(1, 12))]
            yield "".join(chr(c) for c in points if not 0xD800 <= c < 0xE000)
        else:
            yield "".join(rng.choice(rng.choice(kinds)) for _ in range(rng.randrange(1, 25)))


def train(vocab_size, min_frequency, special_tokens):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return tokenizer


def merges_of(tokenizer):
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def byte_of_char():
    printable = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or b >= 174]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}


def as_tiktoken(tokenizer):
    """The same vocabulary for tiktoken: ranks are ids less the special token at id 0."""
    alphabet = byte_of_char()
    ranks = {
        bytes(alphabet[c] for c in token): id - 1
        for token, id in tokenizer.get_vocab().items()
        if token != END_OF_TEXT
    }
    return tiktoken.Encoding(
        "small", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={}
    )


def write_json(path, value):
    path.write_text(json.dumps(value) + "\n", encoding="utf-8")


def main():
    out = Path(sys.argv[1])
    tokenizer = train(600, 1, [END_OF_TEXT])
    encoding = as_tiktoken(tokenizer)
    cases = []
    for text in HAND_PICKED + list(random_texts(400)):
        ids = [id + 1 for id in encoding.encode_ordinary(text)]
        # Hugging Face always reads special tokens in text.
        if END_OF_TEXT not in text:
            assert tokenizer.encode(text).ids == ids, text
            assert tokenizer.decode(ids) == text
        cases.append({"text": text, "ids": ids})
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out / "ids.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    settings = [(300, 1, []), (500, 2, [END_OF_TEXT]), (2000, 3, ["<s>", "</s>"])]
    write_json(
        out / "merges.json",
        {
            "text": TEXT,
            "runs": [
                {
                    "vocabularySize": size,
                    "minFrequency": frequency,
                    "specialTokens": special,
                    "merges": merges_of(train(size, frequency, special)),
                }
                for size, frequency, special in settings
            ],
        },
    )
    ranks = sorted(encoding._mergeable_ranks.items(), key=lambda item: item[1])
    lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks]
    (out / "small.tiktoken").write_bytes(b"".join(lines))


main()
