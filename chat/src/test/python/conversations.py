"""Writes conversations.json: the conversations with which templates are compared.

    python conversations.py ../resources/io/tornadogpt/chat/conversations.json
"""

import json
import sys

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather <now> & \"here\" in a city like Zürich.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The city's name"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "How to count"},
                "days": {"type": "array", "items": {"type": "integer"}, "description": "Days ahead"},
                "options": {
                    "type": "object",
                    "properties": {"wind": {"type": "boolean"}, "scale": {"type": ["number", "null"]}},
                    "required": ["wind"],
                },
            },
            "required": ["city"],
        },
        "return": {"type": "string"},
    },
}
CLOCK = {
    "type": "function",
    "function": {"name": "now", "description": "Tells the time.", "parameters": {"type": "object", "properties": {}}},
}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, identity="abcde1234"):
    return {"type": "function", "id": identity, "function": {"name": name, "arguments": arguments}}


SYSTEM = message("system", "You are terse.")
HELLO = message("user", "Hello, who are you?")
ANSWER = message("assistant", "A program.")
MORE = message("user", "  And what do you do?\n")
LAST = message("assistant", "I answer.")
CALLING = message("assistant", None, tool_calls=[call("get_weather", {"city": "Zürich", "days": [1, 2], "options": {"wind": True, "scale": None, "f": 1.5}})])
CALLING_TEXT = message("assistant", "Let me look.", tool_calls=[call("get_weather", {"city": "Bern"}), call("now", {}, "fghij5678")])
CALLING_STRING = message("assistant", "", tool_calls=[call("get_weather", '{"city": "Bern"}')])
RESULT = message("tool", '{"sky": "clear"}', name="get_weather", tool_call_id="abcde1234")
RESULT_NOW = message("tool", "12:00", name="now", tool_call_id="fghij5678")
PARTS = message("user", [{"type": "text", "text": "What is this? "}, {"type": "image"}, {"type": "text", "text": "Say it."}])
TEXT_PARTS = message("user", [{"type": "text", "text": "One part."}])
ANSWER_PARTS = message("assistant", [{"type": "text", "text": "A part of "}, {"type": "text", "text": "an answer."}])
SYSTEM_PARTS = message("system", [{"type": "text", "text": "You see."}])
UNICODE = message("user", "Grüße 👋🏽 — 漢字 \u00a0\u2028 <b>&amp;</b> \"q\" 'a' \\ \t {{ x }} {% y %}")

CASES = []


def case(name, messages, tools=None, prompt=False, open_end=False, **variables):
    CASES.append({"name": name, "messages": messages, "tools": tools, "prompt": prompt, "open": open_end, "variables": variables})


for prompt in (False, True):
    mark = " prompt" if prompt else ""
    case("user" + mark, [HELLO], prompt=prompt)
    case("system user" + mark, [SYSTEM, HELLO], prompt=prompt)
    case("one turn" + mark, [HELLO, ANSWER], prompt=prompt)
    case("turns" + mark, [HELLO, ANSWER, MORE], prompt=prompt)
    case("system turns" + mark, [SYSTEM, HELLO, ANSWER, MORE, LAST], prompt=prompt)
    case("tools" + mark, [HELLO], [WEATHER], prompt=prompt)
    case("system tools" + mark, [SYSTEM, HELLO, ANSWER, MORE], [WEATHER, CLOCK], prompt=prompt)
    case("call" + mark, [SYSTEM, HELLO, CALLING], [WEATHER], prompt=prompt)
    case("call and result" + mark, [HELLO, CALLING, RESULT], [WEATHER], prompt=prompt)
    case("calls and results" + mark, [SYSTEM, HELLO, CALLING_TEXT, RESULT, RESULT_NOW, LAST, MORE], [WEATHER, CLOCK], prompt=prompt)
    case("call in a string" + mark, [HELLO, CALLING_STRING, RESULT, ANSWER], [WEATHER], prompt=prompt)
    case("call without tools" + mark, [HELLO, CALLING_TEXT, RESULT, RESULT_NOW], prompt=prompt)
    case("parts" + mark, [PARTS], prompt=prompt)
    case("parts and answer" + mark, [SYSTEM_PARTS, TEXT_PARTS, ANSWER_PARTS, PARTS], prompt=prompt)
    case("unicode" + mark, [message("system", "Ünïcødé"), UNICODE, message("assistant", "👍")], prompt=prompt)

case("no tools", [SYSTEM, HELLO], [])
case("empty", [message("system", ""), message("user", ""), message("assistant", "")])
case("blank", [message("user", " \n "), message("assistant", "\n\n"), message("user", "x")])
case("no content", [HELLO, message("assistant", None), MORE])
case("content left out", [HELLO, {"role": "assistant"}, MORE])
case("two users", [HELLO, MORE])
case("assistant first", [ANSWER, HELLO, LAST])
case("system last", [HELLO, ANSWER, SYSTEM])
case("two systems", [SYSTEM, message("system", "And kind."), HELLO])
case("developer", [message("developer", "Be brief."), HELLO, ANSWER])
case("unknown role", [HELLO, message("critic", "Hm.")])
case("only system", [SYSTEM])
case("reasoning", [HELLO, message("assistant", "Four.", reasoning_content="Two and two."), MORE, message("assistant", "Five.", reasoning_content="Plus one.\n")])
case("thinking field", [HELLO, message("assistant", "Four.", thinking="Two and two.")], prompt=True)
case("thinking inside", [HELLO, message("assistant", "<think>\nTwo and two.\n</think>\n\nFour."), MORE], prompt=True)
case("thinking on", [SYSTEM, HELLO], prompt=True, enable_thinking=True)
case("thinking off", [SYSTEM, HELLO], prompt=True, enable_thinking=False)
case("thinking off and call", [HELLO, CALLING, RESULT], [WEATHER], prompt=True, enable_thinking=False, thinking=False)
case("thinking variable", [HELLO, ANSWER, MORE], prompt=True, thinking=True, reasoning_effort="high")
case("reasoning and call", [HELLO, {**CALLING, "reasoning_content": "I must look.", "thinking": "I must look."}, RESULT, LAST], [WEATHER])
case("documents", [SYSTEM, HELLO], prompt=True, documents=[{"title": "A", "text": "alpha"}, {"title": "B", "text": "beta"}])
case("date given", [SYSTEM, HELLO], [CLOCK], prompt=True, date_string="01 Jan 2025", tools_in_user_message=False)
case("builtin tools", [HELLO], [WEATHER], prompt=True, builtin_tools=["brave_search", "code_interpreter"])
case("tool as function alone", [HELLO], [WEATHER["function"]], prompt=True)
case("open", [HELLO, ANSWER], open_end=True)
case("open system", [SYSTEM, HELLO, message("assistant", "I ans ")], open_end=True)
case("open parts", [TEXT_PARTS, ANSWER_PARTS], open_end=True)
case("open empty", [HELLO, message("assistant", "")], open_end=True)
case("open without content", [HELLO, message("assistant", None)], open_end=True)
case("long", [SYSTEM] + [m for _ in range(20) for m in (HELLO, ANSWER)] + [MORE], prompt=True)

with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(CASES, file, ensure_ascii=False, indent=1)
    file.write("\n")
