"""Writes src/test/resources/quality-rules.jsonl: 200 texts, and what the published quality rules of
Gopher, C4 and FineWeb say of each. Python 3.11's own library is all that it needs.

    python3 curation/src/test/python/quality_rules.py

The rules are written down here from the papers, apart from the library's code, and each text is made
so that some rule stands close to its threshold, on one side or the other.
"""

import json
import random
from pathlib import Path

RANDOM = random.Random(2024)
NOUNS = "river house market teacher garden letter window village machine song doctor bridge".split()
VERBS = "follows carries repairs remembers paints watches answers crosses brings opens".split()
ENDS = "in the morning|with great care|and that was enough|to the end of the street|of all people".split("|")
STOP = {"the", "be", "to", "of", "and", "that", "have", "with"}


def sentence():
    return (f"The {RANDOM.choice(NOUNS)} {RANDOM.choice(VERBS)} the {RANDOM.choice(NOUNS)} "
            f"number {RANDOM.choice(NUMBERS)} {RANDOM.choice(ENDS)}.")


NUMBERS = [a + b for a in ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
           for b in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")]


def prose(sentences, per_line=2):
    lines = []
    for i in range(0, sentences, per_line):
        lines.append(" ".join(sentence() for _ in range(min(per_line, sentences - i))))
    return "\n".join(lines)


# --- the rules ------------------------------------------------------------------------------------

def gopher_quality(text):
    words = text.split()
    n = len(words)
    if n < 50 or n > 100_000:
        return False
    mean = sum(len(w) for w in words) / n
    if mean < 3 or mean > 10:
        return False
    if text.count("#") / n > 0.1 or (text.count("...") + text.count("\u2026")) / n > 0.1:
        return False
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if sum(line[0] in "\u2022-*" for line in lines) / len(lines) > 0.9:
        return False
    if sum(line.endswith("...") or line.endswith("\u2026") for line in lines) / len(lines) > 0.3:
        return False
    if sum(any(c.isalpha() for c in w) for w in words) / n < 0.8:
        return False
    bare = {w.strip(".,;:!?\"'()").lower() for w in words}
    return len(bare & STOP) >= 2


def repeated(parts):
    seen, count, characters = set(), 0, 0
    for part in parts:
        if part in seen:
            count += 1
            characters += len(part)
        seen.add(part)
    return count, characters


def gopher_repetition(text):
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    paragraphs = [p.strip() for p in text.split("\n\n") if p.strip()]
    for parts in (lines, paragraphs):
        count, characters = repeated(parts)
        if count / len(parts) > 0.3 or characters / len(text) > 0.2:
            return False
    words = text.split()
    for n, limit in ((2, 0.20), (3, 0.18), (4, 0.16)):
        counts = {}
        for i in range(len(words) - n + 1):
            gram = " ".join(words[i:i + n])
            counts[gram] = counts.get(gram, 0) + 1
        top = max((count * len(gram) for gram, count in counts.items() if count > 1), default=0)
        if top / len(text) > limit:
            return False
    for n, limit in zip(range(5, 11), (0.15, 0.14, 0.13, 0.12, 0.11, 0.10)):
        seen, characters, i = set(), 0, 0
        while i + n <= len(words):
            gram = tuple(words[i:i + n])
            if gram in seen:
                characters += sum(map(len, gram))
                i += n
            else:
                seen.add(gram)
                i += 1
        if characters / len(text) > limit:
            return False
    return True


def c4(text):
    """The text that is left, or None."""
    if "{" in text or "lorem ipsum" in text.lower():
        return None
    kept, sentences = [], 0
    for line in text.split("\n"):
        line = line.strip()
        if not line:
            kept.append(line)
            continue
        words = line.split()
        lower = line.lower()
        policy = any(p in lower for p in ("terms of use", "privacy policy", "cookie policy",
                                          "uses cookies", "use of cookies", "use cookies"))
        if (any(len(w) > 1000 for w in words) or line[-1] not in ".?!\"'" or line.endswith("...")
                or len(words) < 3 or "javascript" in lower or policy):
            continue
        kept.append(line)
        sentences += line.count(". ") + line.count("? ") + line.count("! ") + 1
    return "\n".join(kept).strip() if sentences >= 5 else None


def fineweb(text):
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    n = len(lines)
    if sum(line[-1] in ".?!\"'\u2026" for line in lines) / n <= 0.12:
        return False
    if sum(len(line) < 30 for line in lines) / n >= 0.67:
        return False
    newlines = text.count("\n")
    if repeated(lines)[1] / (len(text) - newlines) >= 0.01:
        return False
    return newlines / len(text.split()) <= 0.3


# --- the texts ------------------------------------------------------------------------------------

def words(n):
    """Exactly n words of prose."""
    all_words = prose(n // 5 + 2).split()
    return " ".join(all_words[:n])


def texts():
    for n in (20, 48, 49, 50, 51, 52, 80):
        yield words(n)
    for n in (99_999, 100_000, 100_001):
        yield " ".join(["the", "be"] + [f"w{i}" for i in range(n - 2)])
    for long in range(20, 40, 2):
        yield " ".join(["the of"] + ["a" * long] * 12 + [sentence() for _ in range(4)])
    for short in range(30, 110, 8):
        yield " ".join([sentence() for _ in range(5)] + ["to of" for _ in range(short)])
    for marks in range(1, 12):
        yield prose(8) + " " + " ".join(["#tag"] * marks)
    for marks in range(1, 12):
        yield prose(8) + " " + " ".join(["so..."] * marks)
    for bullets in range(12, 21):
        lines = [("- " if i < bullets else "") + sentence() for i in range(20)]
        yield "\n".join(lines)
    for ellipses in range(1, 11):
        lines = [sentence()[:-1] + ("..." if i < ellipses else ".") for i in range(20)]
        yield "\n".join(lines)
    for numbers in range(8, 30, 2):
        yield prose(8) + " " + " ".join(str(RANDOM.randrange(100, 999)) for _ in range(numbers))
    for stop in ([], ["the"], ["the", "the"], ["the", "of"], ["The", "with,"], ["that", "have"]):
        yield " ".join(stop + [f"{RANDOM.choice(NUMBERS)} {n}" for n in NOUNS * 4]) + "."
    for again in range(0, 10):
        line = sentence()
        yield "\n".join([sentence() for _ in range(12)] + [line] * (again + 1))
    for again in range(1, 10):
        paragraph = prose(2)
        yield "\n\n".join([prose(2) for _ in range(10)] + [paragraph] * again)
    for again in range(2, 26, 2):
        yield prose(12) + " " + " ".join(["golden bridge"] * again) + "."
    for again in range(1, 9):
        phrase = "she said that it would never happen again in this town"
        yield " ".join(s for _ in range(again) for s in (sentence(), sentence(), phrase + "."))
    for sentences in range(2, 9):
        yield prose(sentences, 1)
    for fault in ("no mark at the end of it", "It goes on...", "Too short.", "Please enable JavaScript to see it.",
                  "Read our Privacy Policy first.", "This page uses cookies for that.", "a" * 1001 + " is long.",
                  "Lorem ipsum dolor sit amet.", "if (a) { return b; }"):
        for base in (4, 5, 6, 12):
            yield prose(base, 1) + "\n" + fault
    for punctuated in range(0, 11):
        lines = [sentence() if i < punctuated else sentence()[:-1] for i in range(25)]
        yield "\n".join(lines)
    for short in range(6, 19):
        lines = [f"It was {RANDOM.choice(NUMBERS)} again." if i < short else sentence() for i in range(20)]
        yield "\n".join(lines)
    for per_line in range(2, 8):
        yield "\n".join(" ".join(sentence().split()[:per_line]) + "." for _ in range(40))


def main():
    out = Path(__file__).parent.parent / "resources" / "quality-rules.jsonl"
    count = 0
    with out.open("w", encoding="utf-8") as file:
        for text in texts():
            # A hundred thousand words would be a megabyte, so such a text is described.
            row = {"text": text} if len(text) < 20_000 else {"words": len(text.split())}
            row |= {
                "gopherQuality": gopher_quality(text),
                "gopherRepetition": gopher_repetition(text),
                "c4Quality": c4(text),
                "fineWebQuality": fineweb(text),
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    print(count, "texts")
    rows = [json.loads(line) for line in out.open(encoding="utf-8")]
    for rule in ("gopherQuality", "gopherRepetition", "c4Quality", "fineWebQuality"):
        print(rule, "keeps", sum(bool(row[rule]) for row in rows))


if __name__ == "__main__":
    main()
