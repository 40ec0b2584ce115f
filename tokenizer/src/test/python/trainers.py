"""Trains small vocabularies with the original trainers, for WordPieceTrainerTest and SentencePieceTrainerTest.

Made with Python 3.11, tokenizers 0.23.2 and sentencepiece 0.2.2:

    python trainers.py ../resources/io/tornadogpt/tokenizer/trainers.json

Hugging Face numbers the characters that go on a word in the order of a hash table, and its ties follow these
numbers. Here they are special tokens, in the order of their code points, which fixes both.
"""

import io
import json
import random
import sys

import sentencepiece
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SYLLABLES = "ka ro mi tes lu ven sha ol pri da ner bu quo ith an em ul gra st er ing ed ly un re".split()
ENDINGS = [" ", " ", " ", " ", " ", ", ", ". ", "\n", "; ", " 42 ", " 1990s ", "? ", " Über ", " naïve ", " слово "]


def made_up_text(seed, words):
    rng = random.Random(seed)
    lexicon = ["".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(1, 5))) for _ in range(900)]
    rng = random.Random(seed + 1)
    parts = []
    for _ in range(words):
        word = lexicon[int(len(lexicon) * rng.random() ** 3)]
        parts.append(word.capitalize() if rng.random() < 0.1 else word)
        parts.append(rng.choice(ENDINGS))
    return "".join(parts)


def wordpiece(text, size):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    alphabet, continuing = set(), set()
    normal = tokenizer.normalizer.normalize_str(text)
    for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal):
        alphabet.update(word)
        continuing.update(word[1:])
    special = BERT + sorted(alphabet) + ["##" + c for c in sorted(continuing)]
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.get)


def sentence_pieces(text, held_out, size, kind, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.split("\n")),
        model_writer=model,
        vocab_size=size,
        model_type=kind,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return {
        "pieces": [processor.id_to_piece(i) for i in range(processor.vocab_size())],
        "held_out": len(processor.encode(held_out)),
    }


def main():
    text = made_up_text(7, 6000)
    held_out = made_up_text(7, 7000)[len(text) :]
    exact = dict(
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        byte_fallback=True,
        character_coverage=0.99995,
        split_digits=True,
        allow_whitespace_only_pieces=True,
    )
    unigram = sentence_pieces(text, held_out, 700, "unigram", **exact)
    del unigram["pieces"]
    default = sentence_pieces(text, held_out, 400, "unigram")
    del default["pieces"]
    golden = {
        "text": text,
        "held_out": held_out,
        "wordpiece": wordpiece(text, 400),
        "spbpe": sentence_pieces(text, held_out, 700, "bpe", **exact),
        "spbpe_symbols": sentence_pieces(
            text, held_out, 300, "bpe", user_defined_symbols=["tes", "<sep>"], control_symbols=["<c>"]
        ),
        "spbpe_reserved": sentence_pieces(
            text.replace(" 42 ", " <unk>ka</s> <0x41>ro "), held_out, 400, "bpe", **exact
        ),
        "unigram": unigram,
        "unigram_default": default,
    }
    with open(sys.argv[1], "w") as out:
        json.dump(golden, out, ensure_ascii=False, indent=0)


main()
