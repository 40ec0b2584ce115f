"""Writes golden data for the stages of the pipeline, one line a stage: stages.jsonl.

Made with Python 3.11 and tokenizers 0.23.2:

    python stages.py ../resources/io/tornadogpt/tokenizer/stages.jsonl [all]

Each line has the stage's section as tokenizer.json has it, and cases of input and output: a text and
its normalized form, a text and its pieces, tokens and their text, or a text and its ids. With `all`
the texts hold nearly all of Unicode, for a comparison by hand.
"""

import json
import sys

from tokenizers import Tokenizer

TEXTS = [
    "",
    " ",
    "Hello, World!  It's 3.14 o'clock\t\nnew\r\nline ",
    "  leading and trailing  ",
    "Ünïcödé ÀÉ e\u0301\u0327 ǅ ß ẞ İ ı ſ K Å ﬁ ½ ² Ⅷ ①",
    "日本語テキスト、中文。한국어 カタカナ ｶﾀｶﾅ ＦＵＬＬ",
    "ΑΣ ΣΑΣ ς ὈΔΥΣΣΕΎΣ",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪👍🏽 1️⃣",
    "\x00\x01\x07\x0b\x0c\x1f\x7f\x80\x85\x9f\xa0\xad\u200b\u200c\u200d\u200e\u2028\u2029\ufeff\ufffd\ufff9",
    "हिन्दी ไทย עִבְרִית العَرَبِيَّة",
    "a▁b▁▁c ▁ d",
    "word-word_word 'quoted' (x) [y] {z} <s>a</s> #tag @me $5 ^~`|+=",
    "1234567890 ٣٤٥ ௧௨ 12ab34",
    "aaa   bbb\n\n\n   ccc \u3000 ddd\u2003eee",
    "\U00020000\U0002b820\U0002f800\uf900\u3400\u4e00\u9fff",
    "x" * 30 + " " + "é" * 10,
    "\r\n\r\n \r\r\n a",
    "don't DON'T we'll I'M you'RE it'ſ 'S''s",
    "A\u030a\u0323 \u1e9b\u0323 \uac01 \u1100\u1161\u11a8",
]


def all_texts():
    ranges = [(0, 0x3400), (0x4DC0, 0x4E10), (0x9FF0, 0xAC10), (0xD7A0, 0xD800), (0xE000, 0xE010), (0xF900, 0x20010), (0xE0000, 0xE0200)]
    points = [c for low, high in ranges for c in range(low, high)]
    for i in range(0, len(points), 32):
        yield "x" + "x ".join(chr(c) for c in points[i : i + 32]) + "x"
        yield "".join(chr(c) for c in points[i : i + 32])


REPLACE = {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
NORMALIZERS = [
    {"type": "NFC"},
    {"type": "NFD"},
    {"type": "NFKC"},
    {"type": "NFKD"},
    {"type": "Lowercase"},
    {"type": "StripAccents"},
    {"type": "Nmt"},
    {"type": "ByteLevel"},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": None, "lowercase": False},
    {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": True, "strip_accents": True, "lowercase": False},
    {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": True},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    REPLACE,
    {"type": "Replace", "pattern": {"Regex": "[\\n\\t]|(?<=a)b?"}, "content": "-"},
    {"type": "Prepend", "prepend": "▁"},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {"type": "Strip", "strip_left": True, "strip_right": False},
    {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, REPLACE]},
]


def split(pattern, behavior, invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


GPT4 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = GPT4.replace("{1,3}", "")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
EXPRESSIONS = [
    r"\s", r"\S+", r"\w+", r"\W", r"\d", r"\D+", r"\h+", r"[[:alpha:]]+", r"[[:punct:]]", r"[[:^space:]]+",
    r"[[:alnum:]&&[^0-9]]+", r"[^\p{L}&&[\p{N}a-z]]+", r"\p{Han}+", r"\p{^Latin}+", r"\p{Lu}|\P{L}", r"\p{Alpha}+",
    r"[a-c[x-z]]+", r"[]a]", r"^.", r".$", r"\A.", r".\z", r"(?m)a.*", r"(?i)STRASSE|é", r"(?i:X)y|z", r"(a)(?i)B|c",
    r"a{2,3}+", r"a{,2}b", r"x{1}", r"a++b?", r"(?>a+)b", r"(?<!\w)\w", r"(?<name>\w)\k<name>", r"(\w)\1", r"\x{65e5}|\u672c",
    r"[\x{4e00}-\x{9fff}]+", r"\R", r"\B", r"\b", r"'(?:[sdmt]|ll|ve|re)", r"[\[\]{}()<>]", r"\.|\-|\#| ", r"[\w&&[^\d_]]+", r"a|b*",
    r"\p{Punct}", r"[^\s]", r"\p{Emoji}", r"[\d\-x]+", r"[a-]", r"\N+", r"\O", r"[^\W\d]+", r"\e|\a|\t|\v|\f",
]
PRE_TOKENIZERS = [
    {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
    {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": False},
    {"type": "BertPreTokenizer"},
    {"type": "Whitespace"},
    {"type": "WhitespaceSplit"},
    {"type": "CharDelimiterSplit", "delimiter": "a"},
    {"type": "Digits", "individual_digits": True},
    {"type": "Digits", "individual_digits": False},
    {"type": "FixedLength", "length": 3},
    *({"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS),
    *(split({"String": "a"}, behavior) for behavior in BEHAVIORS),
    *(split({"String": " "}, behavior, True) for behavior in BEHAVIORS),
    *(split({"Regex": r"\d|[aeiou]+"}, behavior) for behavior in BEHAVIORS),
    *(split({"Regex": r"\w+| "}, behavior, True) for behavior in BEHAVIORS),
    *(split({"Regex": pattern}, "Isolated") for pattern in [GPT4, QWEN, O200K]),
    {
        "type": "Sequence",
        "pretokenizers": [
            split({"Regex": GPT4}, "Isolated"),
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        ],
    },
    {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
            {"type": "Digits", "individual_digits": True},
            {"type": "Punctuation", "behavior": "Isolated"},
        ],
    },
    *(split({"Regex": pattern}, "Isolated") for pattern in EXPRESSIONS),
]
TOKENS = [
    ["hello", "▁world", "##ing", " ,", "."],
    ["▁Hi", "▁", "▁▁there", "!"],
    ["<0xE6>", "<0x97>", "<0xA5>", "<0xFF>", "a", "<0xC3>", "<0xA9>"],
    ["<0xF0>", "<0x9F>", "▁x", "<0x0A>", "<0x0a>", "<0xG0>"],
    ["Ġhello", "Ġw", "Ã", "©", "ĠâĢ", "ľ", "Ċ", "日", "<s>"],
    ["low", "er</w>", "new", "est</w>"],
    ["h", "h", "<pad>", "e", "l", "<pad>", "l", "|", "o", "o"],
    ["do", "n't", "do", " not", "i", "'m", "it", "'s", "?", "!"],
    ["  a  ", " b", "c  "],
    ["x"],
]
DECODERS = [
    {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": True},
    {"type": "WordPiece", "prefix": "##", "cleanup": False},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": True},
    {"type": "ByteFallback"},
    {"type": "Fuse"},
    {"type": "BPEDecoder", "suffix": "</w>"},
    {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True},
    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
    {"type": "Replace", "pattern": {"String": "he"}, "content": "HE"},
    {"type": "Replace", "pattern": {"Regex": "[a-e]+"}, "content": "*"},
    {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    {
        "type": "Sequence",
        "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"},
            {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ],
    },
    {
        "type": "Sequence",
        "decoders": [{"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "ew"}, "content": "-"}, {"type": "Strip", "content": "o", "start": 2, "stop": 1}],
    },
]

LETTERS = list("abcdefghijklmnopqrstuvwxyz ▁'.,é") + ["ab", "abc", "bc", "cd", "the", "th", "he", "▁t", "▁th", "▁the", "in", "ing", "er", "##", "ĠĠ"]
CONTINUED = ["##" + c for c in LETTERS]
BYTES = ["<0x%02X>" % b for b in range(256)]


def ids(tokens):
    return {token: id for id, token in enumerate(dict.fromkeys(tokens))}


MERGES = ["a b", "ab c", "b c", "c d", "t h", "th e", "h e", "▁ t", "▁t h", "▁th e", "i n", "in g", "e r"]


def bpe(tokens, merges=MERGES, **settings):
    base = {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
        "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
    }
    return base | settings | {"vocab": ids(tokens), "merges": merges}


def unigram(byte_fallback):
    pieces = [["<unk>", 0.0]] + [[token, -2.0 - 0.37 * (i % 11)] for i, token in enumerate(LETTERS)]
    if byte_fallback:
        pieces += [[token, -9.0] for token in BYTES]
    return {"type": "Unigram", "unk_id": 0, "vocab": pieces, "byte_fallback": byte_fallback}


MODELS = [
    bpe(["<unk>"] + LETTERS, unk_token="<unk>"),
    bpe(["<unk>"] + LETTERS, unk_token="<unk>", fuse_unk=True),
    bpe(["<unk>"] + LETTERS + BYTES, unk_token="<unk>", byte_fallback=True, fuse_unk=True),
    bpe(["<unk>"] + LETTERS + BYTES[:0xC4], unk_token="<unk>", byte_fallback=True, fuse_unk=True),
    bpe(["<unk>", "abcd", "thing"] + LETTERS, unk_token="<unk>", ignore_merges=True, merges=[m.split(" ") for m in MERGES]),
    bpe(
        ["<unk>"] + LETTERS + CONTINUED + [t + "</w>" for t in LETTERS + CONTINUED],
        unk_token="<unk>",
        merges=["t ##h", "th ##e", "##i ##n", "##in ##g</w>", "##e ##r</w>", "a ##b</w>"],
        continuing_subword_prefix="##",
        end_of_word_suffix="</w>",
    )
    | {},
    {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 12, "vocab": ids(["<unk>"] + LETTERS + CONTINUED)},
    {"type": "WordLevel", "unk_token": "<unk>", "vocab": ids(["<unk>", "a", "the", "thing", "in"])},
    unigram(False),
    unigram(True),
]
# What a merge makes has to be in the vocabulary.
MODELS[5]["vocab"] = ids(list(MODELS[5]["vocab"]) + ["th", "the", "##in", "##ing</w>", "##er</w>", "ab</w>"])
MODEL_TEXTS = [
    "the thing in abc abcd", "▁the▁thing▁in▁▁the", "theé日本ing", "aéééb日c", "  a  ", "abababcdcdcd", "é", "日本語", "x" * 13 + " ab",
    "the" * 30, "▁" * 70 + "the", "abcd thing ing er ##", "unknown! ¡the!", "\x00a\x7fé\xff",
]


def tokenizer(**sections):
    document = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
        "post_processor": None, "decoder": None, "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0}},
    }
    return Tokenizer.from_str(json.dumps(document | sections))


def main():
    texts = TEXTS + (list(all_texts()) if sys.argv[2:] == ["all"] else [])
    with open(sys.argv[1], "w", encoding="utf-8") as out:

        def write(section, stage, cases):
            out.write(json.dumps({"section": section, "stage": stage, "cases": cases}) + "\n")

        for stage in NORMALIZERS:
            made = tokenizer(normalizer=stage).normalizer
            write("normalizer", stage, [[text, made.normalize_str(text)] for text in texts])
        for stage in PRE_TOKENIZERS:
            made = tokenizer(pre_tokenizer=stage).pre_tokenizer
            write("pre_tokenizer", stage, [[t, [p for p, _ in made.pre_tokenize_str(t) if p]] for t in texts])
        for stage in DECODERS:
            made = tokenizer(decoder=stage).decoder
            write("decoder", stage, [[tokens, made.decode(tokens)] for tokens in TOKENS])
        for stage in MODELS:
            cut = {"type": "WhitespaceSplit"}
            made = tokenizer(model=stage, pre_tokenizer=cut)
            whole = tokenizer(model=stage)
            write("model", stage, [[t, made.encode(t).ids, whole.encode(t).ids] for t in MODEL_TEXTS])


if __name__ == "__main__":
    main()
