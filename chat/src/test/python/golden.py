"""Writes golden.json: small templates of ours, each with what transformers renders for it.

    python golden.py ../resources/io/tornadogpt/chat/golden.json

Run with transformers 5.18.0 and jinja2 3.1.6. Each entry has the template and either its text and
spans of generation blocks, or the error that Jinja raises.
"""

import datetime
import json
import sys

import jinja2
import transformers
from transformers.utils import chat_template_utils


class FixedTime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 1, 2, 3, 4, 5, 678901)


chat_template_utils.datetime = FixedTime

MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi", "n": 1},
    {"role": "assistant", "content": "Hello", "n": 2, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]},
    {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image"}], "n": 3},
]
VARIABLES = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "text": "Hello, World",
    "uni": "Grüße 👋🏽 漢字 \u00a0\u2028é",
    "lines": "one\n  two\n\nthree\r\nfour\n",
    "html": "<a href='x'>&\"</a>",
    "numbers": [3, 1, 2, 2, 10],
    "words": ["pear", "Apple", "fig", "apple", "Banana"],
    "mixed": [1, "a", None, True, 2.5, [1], {"k": 1}],
    "people": [{"name": "Bo", "age": 30, "in": {"x": 1}}, {"name": "al", "age": 25}, {"name": "Cy", "age": 35, "in": {"x": 2}}],
    "d": {"b": 2, "a": 1, "C": 3, "items": "shadow"},
    "nested": {"z": {"y": [1, {"x": "é<>&'"}]}, "e": {}, "l": [], "n": None, "t": True, "f": 1.0, "big": 12345678901234567890},
    "empty": [],
    "nothing": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "pi": 3.14159,
    "tree": [{"v": 1, "c": [{"v": 2, "c": []}, {"v": 3, "c": [{"v": 4, "c": []}]}]}, {"v": 5, "c": []}],
}

EXPRESSIONS = """
1 + 2 * 3
(1 + 2) * 3
7 / 2
7 // 2
-7 // 2
-7 % 3
7 % -3
7.5 // 2
-7.5 % 2
7.0 % -2
2 ** 10
2 ** -1
-2 ** 2
2 ** 3 ** 2
0.1 + 0.2
1e16
1e15
123456789012345680.0
1.5e-5
0.0001
1e22
1e100
5e-324
1_000
0x1f
0b101
0o17
1.0
-0.0
10 ** 20
10 ** 20 + 1
big is defined
nested.big + 1
true + true
true * 3
1 / 0
1 // 0
1 % 0
1.0 / 0
'a' + 'b'
'a' 'b' "c"
'a' + 1
1 + 'a'
'a' ~ 1 ~ none ~ true ~ 1.0 ~ [1, 'x']
'ab' * 3
3 * 'ab'
'ab' * -1
[1] * 2
[1] + [2]
(1, 2) + (3,)
[1] + (2,)
none + 1
undefined_thing + 1
undefined_thing ~ 'x'
undefined_thing
undefined_thing.foo
undefined_thing['foo']
undefined_thing()
undefined_thing == undefined_other
undefined_thing == none
undefined_thing | length
undefined_thing | list
not undefined_thing
undefined_thing < 1
1 < 2 < 3
1 < 3 < 2
1 == 1.0
1 == true
'1' == 1
'a' < 'b'
'a' < 1
'a' <= 'a'
[1, 2] < [1, 3]
(1, 2) >= (1, 2)
[1, 2] == [1, 2]
[1, 2] == (1, 2)
{'a': 1} == {'a': 1.0}
none == none
none < 1
1 in [1, 2]
3 not in [1, 2]
'a' in 'cat'
'a' in {'a': 1}
'a' in d
1 in 'abc'
1 in none
'x' in undefined_thing
not 1 == 2
not true or true
true and 'x'
0 or 'y'
'' and 'z'
none or false
1 if yes
1 if no
1 if no else 2
1 if no else 2 if no else 3
(1 if yes else 2) + 1
[1, 2, 3]
[1, 2, 3,]
(1, 2)
(1,)
()
[]
{}
{'a': 1, 'b': [1, 2], 'c': {'d': none}}
{1: 'a', 1.0: 'b', true: 'c'}
{(1, 2): 3}
{[1]: 2}
1, 2
'it''s'
"it's"
'say "x"'
'both \\' and "'
'tab\\tnew\\nline\\\\'
['tab\\tnew\\nline\\\\', "it's", 'q"q', 'both\\'"']
'\\x41\\u00e9\\U0001F600\\101'
'\\N{BULLET}'
'\\q'
['\\x00\\x7f\\x85\\u200b\\u2028\\ud7ff\\ue000', uni]
uni
[uni]
uni | length
uni[6]
uni[7]
uni[-1]
uni[::-1]
uni[2:8]
text[0]
text[-1]
text[100]
text[1:3]
text[:5]
text[7:]
text[:-1]
text[::-1]
text[::2]
text[10:2:-3]
text[::0]
text[none:none]
text['x']
text.nope
text.nope.nope
numbers[0]
numbers[-1]
numbers[9]
numbers[1:]
numbers[::-1]
numbers[5:0:-2]
numbers['0']
numbers.0
numbers[1.0]
numbers[true]
numbers[:undefined_thing]
none[1:]
undefined_thing[1:]
d[1:]
d.a
d['a']
d.nope
d['nope']
d.items
d.items()
d['items']
d.keys() | list
d.values() | list
d.items() | list
d.keys()
d.values()
{'a': 1}.items()
d.get('a')
d.get('zz')
d.get('zz', 5)
d.get()
d[[1]]
nested.z.y[1].x
nested.z.y.1.x
none.foo
none.foo.bar
1 .foo
people[0].name
people[0]['in']['x']
people | map(attribute='name') | list
people | map(attribute='in.x') | list
people | map(attribute='in.x', default='-') | list
people | map(attribute='age') | sum
people | map('length') | list
people | selectattr('in') | list | length
people | selectattr('in', 'defined') | map(attribute='name') | join(', ')
people | rejectattr('in', 'defined') | map(attribute='name') | join(', ')
people | selectattr('age', '>', 26) | map(attribute='name') | list
people | selectattr('age', 'ge', 30) | map(attribute='name') | list
people | selectattr('name', 'equalto', 'Bo') | first
people | selectattr('name', 'in', ['Bo', 'Cy']) | list | length
people | rejectattr('age', 'odd') | map(attribute='age') | list
people | sort(attribute='age') | map(attribute='name') | list
people | sort(attribute='name') | map(attribute='name') | list
people | sort(attribute='name,age', reverse=true) | map(attribute='name') | list
people | join(', ', attribute='name')
people | sum(attribute='age')
people | max(attribute='age')
people | min(attribute='name')
people | unique(attribute='age') | list | length
numbers | sort
numbers | sort(reverse=true)
numbers | unique | list
numbers | sum
numbers | sum(start=5)
numbers | max
numbers | min
empty | max
empty | first
empty | last
empty | sum
numbers | first
numbers | last
numbers | reverse | list
text | reverse
numbers | batch(2) | list
numbers | batch(2, 'x') | list
numbers | slice(2) | list
numbers | slice(3, 'x') | list
numbers | join
numbers | join('-')
numbers | map('string') | join('|')
numbers | select('odd') | list
numbers | reject('odd') | list
numbers | select | list
numbers | select('gt', 2) | list
numbers | select('divisibleby', 5) | list
numbers | map('nope') | list
numbers | select('nope') | list
words | sort
words | sort(case_sensitive=true)
words | unique | list
words | unique(case_sensitive=true) | list
words | map('upper') | list
words | map('replace', 'p', 'b') | list
words | map('length') | list
words | first | upper
words | join(', ') | title
mixed
mixed | string
mixed | tojson
mixed | sort
mixed | map('string') | list
text | upper
text | lower
text | title
'they-are (here) [x] {y} <z> a_b' | title
"it's ALL" | title
'hELLO wORLD' | capitalize
uni | upper
uni | capitalize
'straße' | upper
'ßa' | capitalize
'ǆ x' | capitalize
'ΑΣ ΑΣΑ' | lower
5 | upper
none | upper
'  x ' | trim
'xxaxx' | trim('x')
' \\u00a0\\u2003x\\u200b ' | trim
lines | trim
text | replace('l', 'L')
text | replace('l', 'L', 2)
text | replace('', '-')
text | replace('o', '') | length
5 | replace(5, 6)
text | length
d | length
5 | length
none | length
d | list
text | list
d | dictsort
d | dictsort(true)
d | dictsort(by='value')
d | dictsort(reverse=true)
d | dictsort(false, 'value', true)
d | items | list
none | items | list
undefined_thing | items | list
text | default('x')
undefined_thing | default('x')
undefined_thing | d('x')
none | default('x')
none | default('x', true)
'' | default('x', boolean=true)
undefined_thing.foo | default('x')
none.foo | default('x')
undefined_thing | default
'42' | int
' 42 ' | int
'4.7' | int
'x' | int
'x' | int(default=7)
'ff' | int(0, 16)
'0xff' | int(base=16)
none | int
4.9 | int
-4.9 | int
true | int
undefined_thing | int
'1e3' | float
'x' | float
'x' | float(1.5)
7 | float
'nan' | float
'-inf' | float
'1_0.5' | float
2.5 | round
3.5 | round
2.675 | round(2)
-2.5 | round
1234.5678 | round(-2)
5 | round
5 | round(1)
2.1 | round(0, 'ceil')
2.9 | round(method='floor')
-2.1 | round(1, 'floor')
'x' | round
-5 | abs
-5.5 | abs
'x' | abs
lines | indent
lines | indent(2)
lines | indent(2, true)
lines | indent(2, blank=true)
lines | indent('> ', true, true)
none | indent
lines.splitlines()
lines | wordcount
'a b c d e f g' | truncate(8)
'a b c d e f g' | truncate(8, true, '.', 0)
'short' | truncate(3)
'x' | center(7)
html | e
html | escape
html | safe
html | safe + '<b>'
'<b>' + (html | safe)
('<b>' | safe) ~ '<i>'
('<b>' | safe) | upper
html | string
nested | tojson
nested | tojson(indent=2)
nested | tojson(indent='--')
nested | tojson(indent=0)
nested | tojson(separators=(',', ':'))
nested | tojson(ensure_ascii=true)
nested | tojson(true)
nested | tojson(sort_keys=true)
nested | tojson(indent=1, separators=(',', ' = '), sort_keys=true)
uni | tojson
uni | tojson(ensure_ascii=true)
html | tojson
'\\x00\\x1f\\x7f\\\\ / \\b\\f' | tojson
1.0 | tojson
1e100 | tojson
('inf' | float) | tojson
('nan' | float) | tojson
none | tojson
(1, 2) | tojson
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
{(1, 2): 3} | tojson
undefined_thing | tojson
range(3) | tojson
d.items() | tojson
[] | tojson(indent=2)
{'a': [], 'b': {}} | tojson(indent=2)
range(5) | list
range(2, 10, 3) | list
range(5, 0, -2) | list
range(3)
range(0)
range(0) | list
range(1, 2, 0)
range(10)[2:5] | list
range(10)[-1]
range(5) | length
3 in range(5)
dict(a=1, b=2)
dict([('a', 1)], b=2)
dict(d, a=9)
namespace(a=1).a
namespace(a=1)
namespace({'a': 1}, b=2)
namespace(a=1).b
namespace(a=1)['a']
text is string
none is none
none is not none
undefined_thing is defined
undefined_thing is not defined
undefined_thing is undefined
undefined_thing is none
text is defined
d is mapping
d is iterable
d is sequence
text is iterable
text is sequence
numbers is sequence
numbers is iterable
numbers is mapping
none is iterable
5 is iterable
undefined_thing is iterable
undefined_thing is sequence
undefined_thing is callable
(numbers | map('string')) is iterable
(numbers | map('string')) is sequence
range(3) is sequence
d.items() is sequence
5 is number
true is number
5 is integer
true is integer
5.0 is integer
5.0 is float
5 is float
true is boolean
1 is boolean
yes is true
no is false
1 is true
5 is odd
4 is even
4.0 is even
'x' is even
6 is divisibleby 3
6 is divisibleby(4)
5 is eq 5
5 is equalto 5
5 is == 5
5 is ne 4
5 is gt 4
5 is lessthan 4
5 is in [5]
5 is not in [5]
'a' is in 'cat'
'abc' is lower
'ABC' is upper
5 is lower
none is sameas none
[] is sameas []
'upper' is filter
'nope' is filter
'odd' is test
range is callable
text is callable
text is escaped
(text | e) is escaped
5 is nope
5 is nope if no else 1
5 | nope
5 | nope if no else 1
1 if 5 is nope
not none is none
text is string and numbers is sequence
text is string or 1
text.upper()
text.lower()
text.split(',')
text.split(', ')
text.split('l')
text.split('l', 1)
text.rsplit('l', 1)
text.rsplit('l')
'aaaa'.rsplit('aa')
'aaa'.split('aa')
' a  b c '.split()
' a  b c '.split(none, 1)
' a  b c '.rsplit(none, 1)
' a  b c '.split(' ')
''.split()
''.split(',')
text.split('')
text.split(sep='o', maxsplit=1)
text.strip('Hd')
'  x '.strip()
'  x '.lstrip()
'  x '.rstrip()
'xyxaxyx'.lstrip('xy')
text.startswith('Hell')
text.startswith(('x', 'H'))
text.startswith('ello', 1)
text.startswith(1)
text.endswith('d')
text.endswith('l', 0, 4)
text.replace('l', '')
text.replace('l', 'LL', 1)
text.replace('l')
text.find('o')
text.find('o', 5)
text.find('zz')
text.rfind('o')
uni.find('漢')
text.index('zz')
text.count('l')
'aaaa'.count('aa')
text.count('')
text.title()
"they're x2y".title()
'hELLO'.capitalize()
'Hello'.swapcase()
'Straße'.casefold()
', '.join(words)
', '.join(numbers)
', '.join(d)
', '.join('abc')
'-'.join([])
'x'.center(6, '*')
'x'.center(5)
'ab'.center(5, '.')
'x'.ljust(4, '.')
'x'.rjust(4)
'42'.zfill(5)
'-42'.zfill(5)
'a=b=c'.partition('=')
'a=b=c'.rpartition('=')
'abc'.partition('x')
'abc'.rpartition('x')
'prefix-x'.removeprefix('prefix-')
'x.txt'.removesuffix('.txt')
'a\\tb\\n\\tc'.expandtabs(4)
'12'.isdigit()
'1a'.isalnum()
'ab'.isalpha()
''.isalpha()
' '.isspace()
'AB1'.isupper()
'ab1'.islower()
'12'.isdecimal()
'½'.isnumeric()
'Ab Cd'.istitle()
'é'.isascii()
'{} and {}'.format(1, 'x')
'{1} {0}'.format('a', 'b')
'{x} {y}'.format(x=1, y=[1])
'{0[a]} {0[items]}'.format(d)
'{:>5}|{:<5}|{:^5}|'.format('a', 'b', 'c')
'{:05d} {:,} {:+}'.format(42, 1234567, 3)
'{:.2f} {:8.3f} {:e} {:g} {:.1%}'.format(pi, pi, pi, pi, 0.256)
'{:x} {:#x} {:b} {:o} {:c}'.format(255, 255, 5, 8, 65)
'{:*^9}'.format('mid')
'{{}} {}'.format(1)
'{!r} {!s}'.format('a', 'b')
'{:{w}}|'.format('a', w=4)
'{} {}'.format(1)
'{:.3}'.format('abcdef')
'{:.3}'.format(3.14159)
'{:g} {:g} {:g}'.format(1000000.0, 1e-5, 100.0)
'{:d}'.format('x')
'{'.format(1)
'%s is %d' % ('x', 5)
'%s' % 5
'%5.1f|%-5d|%05d|%+d' % (pi, 3, 42, 7)
'%x %o %e %g %%' % (255, 8, 12345.678, 0.0001)
'%(a)s %(C)s' % d
'%s' % [1, 2]
'%s %s' % 1
'%d' % 'x'
'%r' % 'x'
'%c' % 65
'%.2s' % 'abc'
'%s and %s' | format('a', 'b')
'%(x)s' | format(x=1)
numbers.count(2)
numbers.index(10)
numbers.index(99)
numbers.copy()
(1, 2, 1).count(1)
numbers.append(1)
numbers.append
d.update({'x': 1})
d.pop('a')
d.copy()
none.append
text.nope()
5()
'x'()
cycler('a', 'b').next()
joiner('-')()
raise_exception('no good')
raise_exception()
strftime_now('%d %b %Y')
strftime_now('%A, %B %d, %Y %H:%M:%S %p')
strftime_now('%Y-%m-%d|%y|%j|%I|%a|%-d|%e|%F|%T|%D|%R|%%|%U|%W|%w|%u|%V|%G|%C|%h|%f|%c|%x|%X')
strftime_now('plain')
strftime_now()
messages[0].role
messages[-1].content[0].text
messages | length
messages[1:] | length
messages[::-1][0].role
messages | selectattr('role', 'equalto', 'user') | list | length
messages | map(attribute='role') | unique | list
(messages | last).content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join
messages[2].tool_calls[0].function.arguments | tojson
messages[2] | tojson
messages[2]
tools is none
tools is defined
documents is none
add_generation_prompt
d | attr('a')
text | attr('upper')
text|upper|lower|length
-5|abs
- 5 | abs
2 * 3 | string
'a' ~ 'b' | upper
1 + 1 ~ 1
1 ~ 2 * 3
*5
1 +
(1
[1, 2
{'a' 1}
a b
1 ==
x is
| upper
foo..bar
foo.
'unclosed
@
a = 1
f(a=1, 2)
f(a=1, a=2)
f(**1)
dict(**{'a': 1})
dict(*[[('a', 1)]])
"%s"|format(*['x'])
none.__class__ is defined and false
1 if undefined_thing is defined and undefined_thing.foo else 2
nested['z']['y'][-1]['x'][1:]
loop
caller
varargs
self
True, False, None
true|string ~ none|string
[true, none, 1.0, 'x', (1,), {}]
[undefined_thing]
1.0 ~ ''
1e5 ~ ''
100000000000000000000.0 ~ ''
12345.678e2
3 - -3
+5
+'x'
-'x'
-true
5 .real
'a' if '' else 'b'
'a' if [] else 'b'
'a' if 0.0 else 'b'
'a' if {} else 'b'
'a' if range(0) else 'b'
'a' if (empty | map('upper')) else 'b'
""".strip().split("\n")

TEMPLATES = [
    # Whitespace around tags, as trim_blocks and lstrip_blocks set it.
    "a\n{% if yes %}\nb\n{% endif %}\nc\n",
    "a\n   {% if yes %}   \n  b\n   {% endif %}  \nc\n\n",
    "a {%- if yes -%} b {%- endif -%} c",
    "a\n  {%+ if yes +%}\nb{% endif %}",
    "  {{ text }}  \n  {{- text -}}  \n x",
    "  {# note #}\nx {# note #} y\n{#- note -#}\n z",
    "a{# note #}\nb",
    "\n\n{% set x = 1 %}\n\n{{ x }}\n",
    "{{ text }}\n",
    "{{ text }}\n\n",
    "\r\na\r\n{% if yes %}\r\nb\rc{% endif %}\r\n",
    "x{% set x = 1 -%}   \n   y",
    "   {% set x = 1 %}y",
    "x   {% set x = 1 %}y",
    "{% if yes %}  a\n  {% endif %}b",
    "\t{% if yes %}\tx\n\t{%- endif %}",
    "{%- for m in messages %}\n  {{- m.role }}\n{%- endfor %}",
    "{{ 1 -}}\n\n{{- 2 }}",
    "{{+ 1 }}",
    "a\n {{- 1 }}",
    "a \u00a0{%- if yes %}\u2003x{% endif -%}\u2028 b",
    "{% raw %}{{ x }} {% y %} {# z #}{% endraw %}",
    "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "a {%- raw -%} x {%- endraw -%} b",
    "{% raw %}unclosed",
    "{# unclosed",
    "{% if yes",
    "{{ text",
    "{{ {'a': {'b': 1}}.a.b }}",
    "{{ {'a': {}} }}}}",
    "{{{'a': 1}}}",
    "{ { } } {% if yes %}{ % }{% endif %} # }",
    "{{ '}}' }}{{ '%}' }}",
    "{{ '{{' ~ \"{%\" }}",
    "{#- a -#} {#+ b +#} c",
    "line\n{%- if no %}x{% endif %}\n\nend",
    "{%if yes%}a{%endif%}",
    "{%-if yes-%}a{%-endif-%}",
    "",
    "\n",
    "plain",
    # if
    "{% if no %}a{% elif yes %}b{% else %}c{% endif %}",
    "{% if no %}a{% elif no %}b{% else %}c{% endif %}",
    "{% if 1, %}a{% endif %}",
    "{% if yes: %}a{% else: %}b{% endif %}",
    "{% if %}a{% endif %}",
    "{% if yes %}a",
    "{% if yes %}a{% endfor %}",
    "{% endif %}",
    "{% else %}",
    # for
    "{% for n in numbers %}{{ n }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for n in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}",
    "{% for n in numbers %}{{ loop.previtem }}<{{ n }}<{{ loop.nextitem }};{% endfor %}",
    "{% for n in numbers %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }};{% endfor %}",
    "{% for n in numbers %}{{ loop.cycle('a', 'b') }}{{ loop.changed(n) }};{% endfor %}",
    "{% for n in numbers if n > 1 %}{{ loop.index }}/{{ loop.length }}:{{ n }};{% else %}none{% endfor %}",
    "{% for n in numbers if n > 99 %}{{ n }}{% else %}none{% endfor %}",
    "{% for n in empty %}{{ n }}{% else %}none{% endfor %}",
    "{% for n in undefined_thing %}{{ n }}{% else %}none{% endfor %}",
    "{% for n in none %}{{ n }}{% endfor %}",
    "{% for n in 5 %}{{ n }}{% endfor %}",
    "{% for c in 'aé👋' %}[{{ c }}]{% endfor %}",
    "{% for k in d %}{{ k }};{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for (k, v) in d | items %}{{ k }}={{ v }};{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for a, b in [1] %}{{ a }}{% endfor %}",
    "{% for a, b in ['xy'] %}{{ a }}-{{ b }}{% endfor %}",
    "{% for a, in [(1,)] %}{{ a }}{% endfor %}",
    "{% for n in 1, 2, 3 %}{{ n }}{% endfor %}",
    "{% for n in range(3) %}{{ n }}{% endfor %}{{ n }}",
    "{% for n in numbers %}{% if n == 2 %}{% continue %}{% endif %}{{ n }}{% endfor %}",
    "{% for n in numbers %}{% if n == 2 %}{% break %}{% endif %}{{ n }}{% endfor %}",
    "{% for n in numbers %}{% break %}{% else %}else{% endfor %}",
    "{% for n in numbers %}{% continue %}{% else %}else{% endfor %}",
    "{% for n in numbers %}{% if n == 2 %}{% break %}{% endif %}{% else %}else{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [3, 4] %}{% if b == 4 %}{% break %}{% endif %}{{ a }}{{ b }}{{ loop.depth }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for a in [1, 2] %}{% set outer = loop %}{% for b in [3, 4] %}{{ outer.index }}{{ loop.index }};{% endfor %}{% endfor %}",
    "{% for n in numbers %}{% set x = n %}{% endfor %}{{ x }}",
    "{% set x = 0 %}{% for n in numbers %}{{ x }}{% set x = n %}{{ x }};{% endfor %}{{ x }}",
    "{% set ns = namespace(x=0) %}{% for n in numbers %}{% set ns.x = ns.x + n %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(stop=false) %}{% for n in numbers if not ns.stop %}{{ n }}{% if n == 1 %}{% set ns.stop = true %}{% endif %}{% endfor %}",
    "{% set ns = namespace(stop=false) %}{% for n in numbers if not ns.stop %}{{ n }}{{ loop.last }}{% if n == 1 %}{% set ns.stop = true %}{% endif %}{% endfor %}",
    "{% for n in numbers | map('string') %}{{ n }}{{ loop.length }}{{ loop.last }};{% endfor %}",
    "{% set g = numbers | map('string') %}{{ g | list }}{{ g | list }}",
    "{% for x in tree recursive %}{{ x.v }}{% if x.c %}({{ loop(x.c) }}){% endif %}{{ loop.depth }}{% endfor %}",
    "{% for x in tree %}{{ loop(x.c) }}{% endfor %}",
    "{% for loop in numbers %}{{ loop }}{% endfor %}",
    "{% for n in numbers %}{{ loop }}{% endfor %}",
    "{% for n in numbers recursive %}{{ n }}{% else %}x{% endfor %}",
    "{% for n in numbers %}{{ n }}",
    "{% for in numbers %}{% endfor %}",
    "{% for n numbers %}{% endfor %}",
    "{% break %}",
    "{% for n in numbers %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for n in numbers %}x{% else %}{% break %}{% endfor %}",
    "{% for true in numbers %}{% endfor %}",
    "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content %}{{ p.text if p.type == 'text' else '<' ~ p.type ~ '>' }}{% endfor %}{% endif %};{% endfor %}",
    "{% for m in messages %}{% if loop.index0 % 2 == 0 %}even{% else %}odd{% endif %}{% endfor %}",
    "{% for m in messages[1:] %}{{ loop.index0 }}{{ m.role }}{% endfor %}",
    # set
    "{% set x = 1 %}{{ x }}",
    "{% set x, y = 1, 2 %}{{ x }}{{ y }}",
    "{% set (x, y) = (1, 2) %}{{ x }}{{ y }}",
    "{% set x = 1, 2 %}{{ x }}",
    "{% set x %}a{{ text }}b{% endset %}[{{ x }}]",
    "{% set x | upper %}a{{ text }}b{% endset %}[{{ x }}]",
    "{% set x | upper | replace('H', 'J') %}hi{% endset %}[{{ x }}]",
    "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% if yes %}{% set x = 1 %}{% endif %}{{ x }}",
    "{% if no %}{% set text = 1 %}{% endif %}{{ text }}",
    "{% set text = text ~ '!' %}{{ text }}",
    "{% set x.y = 1 %}",
    "{% set d.y = 1 %}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b %}x{% endset %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}",
    "{% set ns = namespace(a=1) %}{% set ns['a'] = 2 %}",
    "{% set ns = namespace(l=[]) %}{% for n in numbers %}{% set ns.l = ns.l + [n * 2] %}{% endfor %}{{ ns.l }}",
    "{% set true = 1 %}",
    "{% set 1 = 1 %}",
    "{% set x = %}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% for a in [1] %}{% if yes %}{% set q = 2 %}{% endif %}{{ q }}{% endfor %}{{ q }}",
    # macros
    "{% macro m(a, b=2, c='x') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c='z') }}{{ m(b=5, a=4) }}",
    "{% macro m(a, b=a) %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m() }}",
    "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{% endmacro %}{{ m(x=2) }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{% macro m() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ m() }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% set x = 2 %}{{ x }}{% endmacro %}{{ m() }}{{ x }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% macro m() %} x {% endmacro %}[{{ m() }}][{{ m() | trim }}][{{ m() ~ 'y' }}]",
    "{{ m() }}{% macro m() %}x{% endmacro %}",
    "{% macro m() %}{% endmacro %}{{ m }}{{ m.name }}{{ m.arguments }}{{ m.catch_kwargs }}{{ m.caller }}",
    "{% macro m(x) %}<{{ caller() }}>{{ x }}{% endmacro %}{% call m(1) %}in{{ text }}{% endcall %}",
    "{% macro m() %}{{ caller(1, b=2) }}{% endmacro %}{% call(a, b) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}",
    "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% call text %}{% endcall %}",
    "{% call text.upper() %}{% endcall %}",
    "{% macro m() %}a\n  {% if yes %}\n  b\n  {% endif %}\n{% endmacro %}[{{ m() }}]",
    "{% for n in [1, 2] %}{% macro m() %}{{ n }}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro outer() %}{% macro inner() %}i{% endmacro %}{{ inner() }}{% endmacro %}{{ outer() }}{{ inner is defined }}",
    "{% macro show(v, depth=0) %}{% if v is mapping %}{% for k, x in v.items() %}\n{{ '  ' * depth }}{{ k }}:{{ show(x, depth + 1) }}{% endfor %}{% elif v is iterable and v is not string %}{% for x in v %}- {{ show(x, depth + 1) }}{% endfor %}{% else %}{{ v }}{% endif %}{% endmacro %}{{ show(nested) }}",
    "{% macro m(a, a2) %}{{ a }}{% endmacro %}{{ m(*[1, 2]) }}{{ m(**{'a': 3, 'a2': 4}) }}",
    # other blocks
    "{% filter upper %}a{{ text }}{% endfilter %}",
    "{% filter upper | replace('A', 'b') %}a{% endfilter %}",
    "{% filter indent(2, true) %}a\nb{% endfilter %}",
    "{% filter nope %}a{% endfilter %}",
    "{% with a=1, b=2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a is defined }}",
    "{% set a = 1 %}{% with a=2, b=a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% autoescape false %}{{ html }}{% endautoescape %}",
    "{% print text %}{% print 1, 2 %}",
    "{% do numbers %}",
    "{% nope %}",
    "{% %}",
    "{% 1 %}",
    "{% if yes %}{% for n in numbers %}{% endif %}{% endfor %}",
    "{% set c = cycler('a', 'b', 'c') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}",
    "{% set j = joiner() %}{{ j() }}a{{ j() }}b{{ j() }}c",
    "{% set j = joiner('|') %}{% for n in numbers %}{{ j() }}{{ n }}{% endfor %}",
    "{% if messages[0].role != 'user' %}{{ raise_exception('The first must be from the user, not ' ~ messages[0].role) }}{% endif %}",
    # generation
    "a{% generation %}b{% endgeneration %}c",
    "{% for m in messages %}{{ m.role }}:{% generation %}{{ m.content }}{% endgeneration %};{% endfor %}",
    "ü👋{% generation %}é👋{% endgeneration %}{% generation %}{% endgeneration %}x",
    "{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x is defined }}",
    "{% generation %}a{% generation %}b{% endgeneration %}c{% endgeneration %}",
    "{% macro m() %}{% generation %}b{% endgeneration %}{% endmacro %}aa{{ m() }}",
    "aa{% set x %}b{% generation %}c{% endgeneration %}{% endset %}{{ x }}",
    "{%- generation -%}\n a \n{%- endgeneration -%}\n",
    "  {% generation %}\n a\n  {% endgeneration %}\nb",
    "{% for n in numbers %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% for n in numbers %}{% generation %}{{ loop.index }}{% endgeneration %}{% endfor %}",
    "{% generation %}a",
    # whole templates
    "{% for message in messages %}{% if message.role == 'user' %}{{ '[INST] ' ~ message.content ~ ' [/INST]' }}{% elif message.role == 'assistant' %}{{ message.content + eos_token }}{% endif %}{% endfor %}",
    "{{ bos_token }}{% set loop_messages = messages[1:] if messages[0]['role'] == 'system' else messages %}{% for m in loop_messages %}{{ '<|' + m['role'] + '|>\n' }}{{ m['content'] if m['content'] is string else m['content'] | tojson }}{{ '\n' if not loop.last else '' }}{% endfor %}",
    "{%- if tools %}\n    {{- 'tools' }}\n{%- else %}\n    {{- 'no tools' }}\n{%- endif %}\n{%- for m in messages %}\n    {{- m.role + '\\n' }}\n{%- endfor %}\n",
]


def render(template):
    try:
        compiled = chat_template_utils._compile_jinja_template(template)
        text, spans = chat_template_utils._render_with_assistant_indices(
            compiled, MESSAGES, None, None, False, **VARIABLES
        )
        return {"text": text, "spans": [list(span) for span in spans]}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    templates = ["{{ " + expression + " }}" for expression in EXPRESSIONS] + TEMPLATES
    golden = {
        "made with": f"transformers {transformers.__version__}, jinja2 {jinja2.__version__}",
        "messages": MESSAGES,
        "variables": VARIABLES,
        "templates": [{"template": template, **render(template)} for template in templates],
    }
    for entry in golden["templates"]:
        if " object at 0x" in entry.get("text", ""):
            entry.pop("text"), entry.pop("spans")
            entry["error"] = "shows an address in memory"
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(golden, file, ensure_ascii=True, indent=1)
        file.write("\n")
    errors = sum("error" in entry for entry in golden["templates"])
    print(f"{len(templates)} templates, {errors} refused")


if __name__ == "__main__":
    main()
