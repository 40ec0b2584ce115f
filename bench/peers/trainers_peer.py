#!/usr/bin/env python3
"""Trains vocabularies with the original trainers and with ours, and compares how many tokens held-out texts have.

    bench/peers/trainers_peer.py TEXT HELD-OUT... [--size 8000] [--java JAVA]

Needs sentencepiece and tokenizers (0.2.2 and 0.23.2 were used), and compiled tests: mvn -q test-compile -pl tokenizer -am.
SentencePiece's settings are those of TrainerPeers: for unigram and spbpe the ones that write what they read, for -nfkc
SentencePiece's own. Hugging Face's WordPiece orders ties by a hash table; special tokens fix that, as in trainers.py of the
tokenizer's tests, and the numbers of tokens are then expected to be equal.
"""

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

import sentencepiece

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tokenizer/src/test/python"))
EXACT = dict(
    normalization_rule_name="identity", remove_extra_whitespaces=False, byte_fallback=True, character_coverage=0.99995,
    split_digits=True, allow_whitespace_only_pieces=True,
)
KINDS = {
    "wordpiece": None,
    "unigram": ("unigram", EXACT),
    "spbpe": ("bpe", EXACT),
    "unigram-nfkc": ("unigram", {}),
    "spbpe-nfkc": ("bpe", {}),
}


def sentence_pieces(text, size, kind, settings, held):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.split("\n")), model_writer=model, vocab_size=size, model_type=kind, num_threads=1,
        max_sentence_length=1 << 24,
        minloglevel=2, **settings)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [len(processor.encode(h)) for h in held]


def word_pieces(text, size, held):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    first, later = set(), set()
    for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)):
        first.update(word)
        later.update(word[1:])
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(first) + ["##" + c for c in sorted(later)]
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    # What was special for the trainer would be found anywhere in a text: only the vocabulary is taken over.
    plain = Tokenizer(models.WordPiece(tokenizer.get_vocab(), unk_token="[UNK]", max_input_chars_per_word=100))
    plain.normalizer, plain.pre_tokenizer = tokenizer.normalizer, tokenizer.pre_tokenizer
    return [len(plain.encode(h).ids) for h in held]


def ours(o, kind):
    modules = ["tokenizer/target/classes", "tokenizer/target/test-classes"]
    jars = [str(p) for p in (ROOT / "cli/target").glob("**/*.jar")]
    with tempfile.TemporaryDirectory() as folder:
        command = [o.java, "-cp", ":".join([str(ROOT / m) for m in modules] + jars), "io.tornadogpt.tokenizer.TrainerPeers",
                   kind, o.text, str(o.size), folder + "/made", *o.held]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"trainers_peer: {done.stderr.strip()}")
    return [int(line.split("\t")[1]) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("held", nargs="+")
    parser.add_argument("--size", type=int, default=8000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--java", default="java", help="a JDK 25's")
    o = parser.parse_args()
    text = Path(o.text).read_text()
    held = [Path(h).read_text() for h in o.held]
    print(f"{'kind':<14}{'held out':<28}{'ours':>10}{'theirs':>10}{'difference':>12}")
    for kind in o.kinds.split(","):
        theirs = word_pieces(text, o.size, held) if KINDS[kind] is None else sentence_pieces(text, o.size, *KINDS[kind], held)
        for name, a, b in zip(o.held, ours(o, kind), theirs):
            print(f"{kind:<14}{Path(name).name:<28}{a:>10}{b:>10}{a / b - 1:>+12.3%}", flush=True)


main()
