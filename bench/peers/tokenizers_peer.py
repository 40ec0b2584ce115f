"""Encodes random strings with the libraries that tokenizers come from, for `TokenizerPeers` to compare.

Made with Python 3.11, sentencepiece 0.2.2, tokenizers 0.23.2 and tiktoken 0.14.0:

    python tokenizers_peer.py KIND FILE COUNT SEED OUT

KIND is sentencepiece, tokenizers or tiktoken-llama3, FILE the tokenizer's. Each line of OUT holds the
string's bytes in base64, `T` or `B` (text, or bytes that need not be UTF-8), the ids, and the decoded
text in base64, with tabs between.
"""

import base64
import random
import sys

WORDS = (
    "the of and to in a is that it was I for on you he be with as by at have are this not but had his"
    " they from she which or we an there her were one do been all their has would will what if can when"
    " so no said who more about up them some could him into its then two out time like only my did"
    " HTTP x=1; foo(bar) don't they'll we've I'm 3.14 2024 1,000,000 naïve café Straße Привет мир 你好世界"
    " こんにちは 안녕하세요 مرحبا שלום ไทย हिन्दी e\u0301 ﬁ ½ ² Ⅷ ® ™ … — “quoted” 😀 👩‍👩‍👧 🏳️‍🌈"
).split()
SPACES = [" ", "  ", "   ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u200b", "\x85"]
RUNS = ["a", " ", "\n", "é", "中", "😀", "-", "=", "ab", "0", "▁", "##", "'", "Ġ", "\u0301", "<", "0x"]
PLANES = [(0, 0x80), (0x80, 0x250), (0x250, 0x800), (0x800, 0x3000), (0x3000, 0x10000), (0x10000, 0x20000), (0, 0x110000)]


def code_point(rng):
    low, high = rng.choice(PLANES)
    while True:
        c = rng.randrange(low, high)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def text(rng, special):
    parts = []
    for _ in range(rng.randrange(1, 12)):
        kind = rng.random()
        if kind < 0.45:
            parts.append(rng.choice(WORDS))
            parts.append(rng.choice(["", " ", " ", " ", ".", ", "]))
        elif kind < 0.6:
            parts.append(rng.choice(SPACES))
        elif kind < 0.8:
            parts.append("".join(code_point(rng) for _ in range(rng.randrange(1, 6))))
        elif kind < 0.86:
            parts.append(rng.choice(RUNS) * rng.randrange(1, 40))
        elif kind < 0.93 and special:
            parts.append(rng.choice(special))
        else:
            parts.append("".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 10))))
    string = "".join(parts)
    if rng.random() < 0.15:
        string = rng.choice(SPACES) * rng.randrange(1, 4) + string
    if rng.random() < 0.15:
        string += rng.choice(SPACES) * rng.randrange(1, 4)
    return string


def damaged(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def main():
    kind, file, count, seed, out = sys.argv[1:]
    rng = random.Random(int(seed))
    if kind == "sentencepiece":
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=file)
        special = [processor.id_to_piece(i) for i in range(min(10, processor.vocab_size()))]
        encode, decode = processor.encode, processor.decode
    elif kind == "tokenizers":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(file)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        special = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
        encode = lambda s: tokenizer.encode(s, add_special_tokens=False).ids
        decode = lambda ids: tokenizer.decode(ids, skip_special_tokens=False)
    else:
        import tiktoken
        from tiktoken.load import load_tiktoken_bpe

        ranks = load_tiktoken_bpe(file)
        named = {0: "<|begin_of_text|>", 1: "<|end_of_text|>", 6: "<|start_header_id|>", 7: "<|end_header_id|>", 9: "<|eot_id|>"}
        special = {name: 128000 + i for i, name in named.items()}
        encoding = tiktoken.Encoding(
            "llama3",
            pat_str=r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            mergeable_ranks=ranks,
            special_tokens=special,
        )
        special = list(special)
        encode = lambda s: encoding.encode(s, allowed_special="all")
        decode = encoding.decode
    with open(out, "w") as lines:
        for _ in range(int(count)):
            string = text(rng, special)
            data = string.encode()
            mode = "T"
            if kind == "sentencepiece" and rng.random() < 0.2:
                data = damaged(rng, data)
                mode = "B"
            ids = encode(data if kind == "sentencepiece" else string)
            decoded = decode(ids)
            lines.write(
                "\t".join(
                    [
                        base64.b64encode(data).decode(),
                        mode,
                        " ".join(map(str, ids)),
                        base64.b64encode(decoded.encode("utf-8", "replace")).decode(),
                    ]
                )
                + "\n"
            )


main()
