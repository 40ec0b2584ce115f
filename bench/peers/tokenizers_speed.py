"""Measures how fast one thread of Hugging Face's or SentencePiece's library encodes documents, as `TokenizerSpeed` does.

    TOKENIZERS_PARALLELISM=false python tokenizers_speed.py TOKENIZER TEXT SECONDS

TOKENIZER is a tokenizer.json or a .model. The fastest call of `tokenizers` is used: a batch without offsets.
"""

import sys
import time


def documents(text, size=2000):
    start = 0
    while start < len(text):
        feed = text.find("\n", min(len(text), start + size))
        end = len(text) if feed < 0 else feed + 1
        yield text[start:end]
        start = end


def main():
    file, source, seconds = sys.argv[1:]
    text = open(source, newline="").read()
    texts = list(documents(text))
    if file.endswith(".model"):
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=file)
        work = lambda: sum(len(processor.encode(t)) for t in texts)
    else:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(file)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        work = lambda: sum(len(e.ids) for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    best = 0.0
    begin = time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        start = time.perf_counter()
        tokens = work()
        best = max(best, len(text.encode()) / 1e6 / (time.perf_counter() - start))
    print(f"{best:.2f} MB/s, {tokens} tokens")


main()
