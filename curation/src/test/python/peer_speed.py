"""The default recipe's steps in Python, to compare speeds with: ftfy 6.3.1 for the repair, the rules of
quality_rules.py, regular expressions for private data of five kinds (the library looks for thirty), and
MinHash with 112 hashes by numpy 2.4 and xxhash 4.0, as datasketch does it. One process, one thread.

    python3 curation/src/test/python/peer_speed.py FILE.jsonl [DOCUMENTS]
"""

import hashlib
import json
import re
import sys
import time
import unicodedata

import ftfy
import numpy as np
import xxhash

from quality_rules import c4, fineweb, gopher_quality, gopher_repetition

PRIVATE = [
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w"), "<EMAIL_ADDRESS>"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "<IBAN_CODE>"),
    (re.compile(r"\b(?:\d[ -]?){12,18}\d\b"), "<CREDIT_CARD>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "<IP_ADDRESS>"),
    (re.compile(r"\+?\(?\d[\d ().-]{7,15}\d"), "<PHONE_NUMBER>"),
]
PRIME = np.uint64((1 << 61) - 1)
RANDOM = np.random.RandomState(1)
A = RANDOM.randint(1, 1 << 32, 112, dtype=np.uint64)
B = RANDOM.randint(0, 1 << 32, 112, dtype=np.uint64)


def min_hash(text):
    words = re.findall(r"\w+", text.lower())
    ngrams = {" ".join(words[i:i + 5]) for i in range(max(1, len(words) - 4))}
    hashes = np.array([xxhash.xxh32_intdigest(ngram.encode()) for ngram in ngrams], dtype=np.uint64)
    least = ((hashes[:, None] * A + B) % PRIME).min(axis=0)
    return [band.tobytes() for band in least.reshape(14, 8)]


def main():
    most = int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
    start = time.perf_counter()
    read = kept = 0
    exact, bands = set(), [set() for _ in range(14)]
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            if read == most:
                break
            read += 1
            text = unicodedata.normalize("NFC", ftfy.fix_encoding(json.loads(line)["text"]))
            if not text.strip() or not gopher_repetition(text) or not gopher_quality(text):
                continue
            if not c4(text) or not fineweb(text):
                continue
            for pattern, placeholder in PRIVATE:
                text = pattern.sub(placeholder, text)
            digest = hashlib.sha256(text.encode()).digest()
            signature = min_hash(text)
            again = digest in exact or any(s in b for s, b in zip(signature, bands))
            exact.add(digest)
            for band, seen in zip(signature, bands):
                seen.add(band)
            kept += not again
    seconds = time.perf_counter() - start
    print(f"{read} documents, {kept} kept, {seconds:.1f} s, {read / seconds:.0f} documents/s, "
          f"{time.process_time():.1f} s of the processor")


main()
