"""Measures how fast one thread of Hugging Face's or SentencePiece's library encodes documents, as `TokenizerSpeed` does.

    TOKENIZERS_PARALLELISM=false python tokenizers_speed.py TOKENIZER TEXT SECONDS

TOKENIZER is a tokenizer.json or a .model. The fastest call of `tokenizers` is used: a batch without offsets.
"""

import statistics
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

        pieces = sentencepiece.SentencePieceProcessor(model_file=file)
        work = lambda: sum(len(pieces.encode(t)) for t in texts)
    else:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(file)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        work = lambda: sum(len(e.ids) for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    size = len(text.encode()) / 1e6
    wall, processor = [], []
    begin = time.perf_counter()
    while time.perf_counter() - begin < float(seconds):
        warm = not wall or time.perf_counter() - begin >= float(seconds) / 2
        start, start_of_process = time.perf_counter(), time.process_time()
        tokens = work()
        if warm:
            processor.append(size / (time.process_time() - start_of_process))
            wall.append(size / (time.perf_counter() - start))
    processor, wall = statistics.median(processor), statistics.median(wall)
    print(f"{processor:.2f} MB/s of processor time, {wall:.2f} MB/s, {tokens} tokens")


main()
