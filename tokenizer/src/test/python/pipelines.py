"""Writes random pipelines with what Hugging Face's library makes of texts: pipelines.jsonl.

Made with Python 3.11 and tokenizers 0.23.2:

    python pipelines.py write SEED COUNT ../resources/io/tornadogpt/tokenizer/pipelines.jsonl
    python pipelines.py check FILE DIRECTORY

Each line has a tokenizer.json, and cases: texts, encoded as a batch, as a pair and decoded. `check` opens the files
0.json, 1.json, ... that `PipelinePeers` saved from them, and compares.
"""

import json
import random
import sys

import stages
from tokenizers import Tokenizer

ADDED = [
    "<s>", "</s>", "[MASK]", "the", " the", "ab", "é", "Ünï", "日本", "<s>a", "<|x|>", "  ", "ing", "a b", "ß", "\n", "##er", "THE", "ｆ", "x" * 5,
]


def random_added(rng, vocabulary):
    # Unigram's vocabulary is a list of pieces and scores.
    known = vocabulary if isinstance(vocabulary, dict) else {p[0]: i for i, p in enumerate(vocabulary)}
    tokens = []
    fresh = len(known)
    for content in rng.sample(ADDED, rng.choice([0, 1, 2, 3, 5])):
        if content not in known:
            fresh += 1
        tokens.append(
            {
                "id": known.get(content, fresh - 1),
                "content": content,
                "single_word": rng.random() < 0.3,
                "lstrip": rng.random() < 0.3,
                "rstrip": rng.random() < 0.3,
                # The library finds a name that normalizes to nothing at every place.
                "normalized": rng.random() < 0.5 and not content.isspace(),
                # TornadoGPT never makes a special token of ordinary text, even where the model has it.
                "special": rng.random() < 0.5 and content not in known,
            }
        )
    return tokens


def random_sequence(rng, name, field, choices):
    kind = rng.random()
    if kind < 0.3:
        return None
    if kind < 0.75:
        return rng.choice(choices)
    return {"type": "Sequence", field: [rng.choice(choices) for _ in range(rng.choice([0, 1, 2, 2, 3]))]}


def random_processor(rng, size, deep=0):
    kind = rng.choice(["none", "template", "template", "bert", "roberta", "bytes", "sequence"])
    cls, sep = ["<s>", rng.randrange(size)], ["</s>", rng.randrange(size)]
    if kind == "template":

        def part():
            if rng.random() < 0.5:
                return {"SpecialToken": {"id": rng.choice(["<s>", "</s>", "two"]), "type_id": rng.randrange(3)}}
            return {"Sequence": {"id": "A", "type_id": rng.randrange(2)}}

        single = [part() for _ in range(rng.randrange(4))] + [{"Sequence": {"id": "A", "type_id": 0}}]
        pair = single + [part() for _ in range(rng.randrange(3))] + [{"Sequence": {"id": "B", "type_id": 1}}]
        special = {
            "<s>": {"id": "<s>", "ids": [cls[1]], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [sep[1]], "tokens": ["</s>"]},
            "two": {"id": "two", "ids": [cls[1], sep[1]], "tokens": ["<s>", "</s>"]},
        }
        # A text that stands twice cannot be counted by the library's own truncation.
        single = [p for i, p in enumerate(single) if "Sequence" not in p or i == len(single) - 1]
        pair = single + [p for p in pair[len(single) :] if "Sequence" not in p or p["Sequence"]["id"] == "B"]
        return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special}
    if kind == "bert":
        return {"type": "BertProcessing", "sep": sep, "cls": cls}
    if kind == "roberta":
        flags = {"trim_offsets": rng.random() < 0.5, "add_prefix_space": rng.random() < 0.5}
        return {"type": "RobertaProcessing", "sep": sep, "cls": cls} | flags
    if kind == "bytes":
        return {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    if kind == "sequence" and not deep:
        inner = [random_processor(rng, size, 1) for _ in range(2)]
        return {"type": "Sequence", "processors": [p for p in inner if p]}
    return None


def random_truncation(rng):
    if rng.random() < 0.6:
        return None
    return {
        "direction": rng.choice(["Left", "Right"]),
        "max_length": rng.randrange(6, 20),
        "strategy": rng.choice(["LongestFirst", "LongestFirst", "OnlyFirst", "OnlySecond"]),
        "stride": 0,
    }


def random_padding(rng, size):
    if rng.random() < 0.6:
        return None
    return {
        "strategy": rng.choice(["BatchLongest", {"Fixed": rng.randrange(1, 30)}]),
        "direction": rng.choice(["Left", "Right"]),
        "pad_to_multiple_of": rng.choice([None, 8]),
        "pad_id": rng.randrange(size),
        "pad_type_id": rng.randrange(2),
        "pad_token": "<pad>",
    }


def random_document(rng):
    model = rng.choice(stages.MODELS)
    added = random_added(rng, model["vocab"])
    whole = max([len(model["vocab"]) - 1] + [token["id"] for token in added]) + 1
    pre = [p for p in stages.PRE_TOKENIZERS if p["type"] != "Sequence"]
    return {
        "version": "1.0",
        "truncation": random_truncation(rng),
        "padding": random_padding(rng, whole),
        "added_tokens": added,
        "normalizer": random_sequence(rng, "normalizer", "normalizers", [n for n in stages.NORMALIZERS if n["type"] != "Sequence"]),
        "pre_tokenizer": random_sequence(rng, "pre_tokenizer", "pretokenizers", pre),
        "post_processor": random_processor(rng, whole),
        "decoder": random_sequence(rng, "decoder", "decoders", [d for d in stages.DECODERS if d["type"] != "Sequence"]),
        "model": model,
    }


def random_text(rng, document):
    pieces = stages.MODEL_TEXTS + stages.TEXTS + [" ", "", "the ", "\n"]
    names = [token["content"] for token in document["added_tokens"]] or [""]
    text = "".join(rng.choice([rng.choice(pieces)[: rng.randrange(1, 25)], rng.choice(names)]) for _ in range(rng.randrange(1, 6)))
    return text


def fields(encoding):
    return [encoding.ids, encoding.type_ids, encoding.special_tokens_mask, encoding.attention_mask]


def results(tokenizer, texts, pair):
    def attempt(work):
        try:
            return work()
        except BaseException as error:  # the library's own panics are no results
            if isinstance(error, KeyboardInterrupt):
                raise
            return None

    ids = attempt(lambda: tokenizer.encode(texts[0], add_special_tokens=True).ids) or []
    return {
        "batch": attempt(lambda: [fields(e) for e in tokenizer.encode_batch(texts)]),
        "pair": attempt(lambda: fields(tokenizer.encode(*pair))),
        "decoded": [[ids, attempt(lambda: tokenizer.decode(ids, skip_special_tokens=skip))] for skip in (False, True)],
    }


def write(seed, count, file):
    rng = random.Random(seed)
    with open(file, "w") as out:
        made = 0
        while made < count:
            document = random_document(rng)
            text = json.dumps(document)
            try:
                tokenizer = Tokenizer.from_str(text)
            except BaseException:
                continue
            shortens = document["truncation"] and document["truncation"]["strategy"] == "LongestFirst"
            room = shortens and document["truncation"]["max_length"] - tokenizer.num_special_tokens_to_add(True)
            cases = []
            for _ in range(3):
                texts = [random_text(rng, document) for _ in range(3)]
                pair = [random_text(rng, document), random_text(rng, document)]
                case = {"texts": texts, "pair_of": pair} | results(tokenizer, texts, pair)
                if shortens and room % 2:
                    # The library stops early in long texts, which decides where the odd token goes.
                    case["pair"] = None
                cases.append(case)
            out.write(json.dumps({"tokenizer": document, "cases": cases}) + "\n")
            made += 1


def check(file, directory):
    different = 0
    for number, line in enumerate(open(file)):
        golden = json.loads(line)
        try:
            tokenizer = Tokenizer.from_str(open(f"{directory}/{number}.json").read())
        except FileNotFoundError:
            print(number, "was not saved")
            continue
        for case in golden["cases"]:
            found = json.loads(json.dumps(results(tokenizer, case["texts"], case["pair_of"])))
            expected = {name: case[name] for name in found}
            if case["pair"] is None:
                found["pair"] = None
            if found != expected:
                different += 1
                print(number, case["texts"], [name for name in found if found[name] != expected[name]])
    print(different, "differences")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        check(sys.argv[2], sys.argv[3])
