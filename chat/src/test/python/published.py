"""Renders other people's chat templates with transformers and keeps digests of what comes out.

Templates are theirs, so none is kept here: only the SHA-256 of each, and of each rendering of
conversations.json. TRL's lie in its wheel (trl/chat_templates); others can be gathered from model
directories, one file `NAME.jinja` each. Run with transformers 5.18.0, jinja2 3.1.6:

    python published.py FOLDER_OF_TEMPLATES ../resources/io/tornadogpt/chat [TEXTS.json]

The third argument, if given, gets the renderings themselves, to look at differences.
"""

import datetime
import hashlib
import json
import pathlib
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 1, 2, 3, 4, 5)


chat_template_utils.datetime = FixedTime


def render(template, case):
    """The text and the spans of generation blocks, or None if transformers raises."""
    arguments = dict(
        conversations=[json.loads(json.dumps(case["messages"]))],
        tools=case["tools"],
        chat_template=template,
        add_generation_prompt=case["prompt"],
        continue_final_message=case["open"],
        **{**TOKENS, **case["variables"]},
    )
    try:
        texts, spans = chat_template_utils.render_jinja_template(
            return_assistant_tokens_mask=not case["open"], **arguments
        )
    except Exception as error:  # what is raised differs from template to template
        return None, f"{type(error).__name__}: {error}"
    return {"text": texts[0], "spans": [list(span) for span in spans[0]] if spans else []}, None


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def main():
    folder, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    cases = json.loads((target / "conversations.json").read_text(encoding="utf-8"))
    seen, texts, lines = {}, {}, []
    for path in sorted(folder.rglob("*.jinja")):
        template = path.read_bytes().decode("utf-8")
        identity = digest(template)
        if identity in seen:
            continue
        seen[identity] = path
        name = f"{path.parent.name}/{path.stem}"
        lines.append(f"template {identity} {name}")
        for case in cases:
            result, error = render(template, case)
            texts[f"{name} | {case['name']}"] = result or {"error": error}
            if result is None:
                lines.append("refused")
            else:
                lines.append(digest(json.dumps([result["text"], result["spans"]], ensure_ascii=False)))
    head = f"# transformers {transformers.__version__}, jinja2 {jinja2.__version__}, {len(cases)} conversations"
    (target / "published.txt").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    if len(sys.argv) > 3:
        pathlib.Path(sys.argv[3]).write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    refused = sum(line == "refused" for line in lines)
    print(f"{len(seen)} templates, {len(seen) * len(cases)} renderings, of which {refused} refused")


if __name__ == "__main__":
    main()
