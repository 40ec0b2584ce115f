package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.chat.ChatTemplateException.Reason;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/// Templates come from strangers. Whatever they compute ends soon, with one sentence.
class HostileTemplatesTest {

    private static final Duration SOON = Duration.ofSeconds(90);

    private static final Conversation HELLO = Conversation.of(Message.user("Hello"));

    private static ChatTemplateException failure(String source) {
        return assertTimeoutPreemptively(
                SOON,
                () ->
                        assertThrows(
                                ChatTemplateException.class,
                                () ->
                                        ChatTemplate.parse(source)
                                                .render(HELLO, RenderOptions.of(null, null)),
                                () -> source.substring(0, Math.min(200, source.length()))));
    }

    private static void endsAtALimit(String source) {
        ChatTemplateException failure = failure(source);
        assertEquals(Reason.LIMIT, failure.reason(), failure.getMessage());
        assertTrue(GoldenTemplatesTest.isOneSentence(failure.getMessage()), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // loops within loops
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% for a in range(90000) %}{% for b in range(90000) %}x{% endfor %}{% endfor %}",
                "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}"
                        + "{% set x = a %}{% endfor %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) if range(99999) | select('gt', 99999) | list %}{% endfor"
                        + " %}",
                "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% for a in range(10) recursive %}{{ loop(range(10)) }}{% endfor %}",
                "{{ range(100001) }}",
                "{{ range(10 ** 30) | list }}",
                "{{ range(-(10 ** 30), 10 ** 30) | length }}",
                // strings that grow
                "{{ 'a' * 10 ** 9 }}",
                "{{ 'abc' * 2147483647 }}",
                "{{ 'a' * 10 ** 100 }}",
                "{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{%"
                        + " endfor %}",
                "{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s + n.s %}{%"
                        + " endfor %}",
                "{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s |"
                        + " replace('x', 'xx') %}{% endfor %}",
                "{% set n = namespace(s='&') %}{% for i in range(100) %}{% set n.s = n.s | string |"
                        + " e | string %}{% set n.s = n.s | replace('', n.s) %}{% endfor %}",
                "{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s = n.s.join([n.s,"
                        + " n.s]) %}{% endfor %}",
                "{% set n = namespace(s='{0}{0}') %}{% for i in range(100) %}{% set n.s ="
                        + " '{0}{0}'.format(n.s) %}{% endfor %}",
                "{% set n = namespace(s='%s%s') %}{% for i in range(100) %}{% set n.s = '%s%s' %"
                        + " (n.s, n.s) %}{% endfor %}",
                "{% set n = namespace(s='x') %}{% for i in range(100) %}{% set n.s %}{{ n.s }}{{"
                        + " n.s }}{% endset %}{% endfor %}",
                "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{{ s }}{% endfor %}",
                "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% set t = s ~ i %}{%"
                        + " endfor %}",
                "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% set t = s.upper() %}{%"
                        + " endfor %}",
                "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% set t = s[::-1] %}{%"
                        + " endfor %}",
                "{% set s = 'x' * 1000000 %}{% for i in range(100000) %}{% set t = s | tojson %}{%"
                        + " endfor %}",
                "{{ 'x'.center(10 ** 9) }}",
                "{{ 'x'.zfill(10 ** 12) }}",
                "{{ 'x' | center(10 ** 9) }}",
                "{{ '\\t'.expandtabs(10 ** 9) }}",
                "{{ '%999999999d' | format(1) }}",
                "{{ '%*d' | format(10 ** 9, 1) }}",
                "{{ '{:9999999}'.format(1) }}",
                "{{ messages | tojson(indent=10 ** 9) }}",
                "{{ messages | tojson(indent=1000000000000) }}",
                "{{ ('x\\n' * 1000) | indent(10 ** 8) }}",
                "{{ ('x\\n' * 100000) | indent(10000) }}",
                "{{ ([1] * 100000) | tojson(indent='x' * 10000) }}",
                "{{ ([1] * 100000) | join('x' * 100000) }}",
                // lists that grow
                "{{ [1] * 10 ** 9 }}",
                "{{ [1] * 10 ** 30 }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = n.l + n.l %}{%"
                        + " endfor %}",
                "{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = n.l * 2 %}{%"
                        + " endfor %}",
                "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = n.l + [i]"
                        + " %}{% endfor %}",
                "{% set n = namespace(l='x') %}{% for i in range(64) %}{% set n.l = [n.l, n.l] %}{%"
                        + " endfor %}{{ n.l }}",
                "{% set n = namespace(l='x') %}{% for i in range(64) %}{% set n.l = [n.l, n.l] %}{%"
                        + " endfor %}{{ n.l | tojson }}",
                "{% set n = namespace(l='x', m='x') %}{% for i in range(64) %}{% set n.l = [n.l,"
                        + " n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}",
                "{{ [1] | batch(10 ** 9, 0) | list }}",
                "{{ [1] | slice(10 ** 9) | list }}",
                "{% set n = namespace() %}{% for i in range(50000) %}{% set n.a = ('x' *"
                        + " 100).split('x') %}{% endfor %}",
                // depth
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a()"
                        + " }}",
                "{% macro m(n) %}{{ m(n + 1) ~ m(n + 1) }}{% endmacro %}{{ m(0) }}",
                "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{"
                        + " m(60) }}",
                "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
                "{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
                "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = [n.l] %}{%"
                        + " endfor %}{{ n.l }}",
                "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = [n.l] %}{%"
                        + " endfor %}{{ n.l | tojson }}",
                "{% set n = namespace(l={}) %}{% for i in range(99999) %}{% set n.l = {'a': n.l}"
                        + " %}{% endfor %}{{ n.l | tojson(indent=2) }}",
                "{% set n = namespace(l=[], m=[]) %}{% for i in range(9999) %}{% set n.l = [n.l]"
                        + " %}{% set n.m = [n.m] %}{% endfor %}{{ n.l == n.m }}",
                "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
                "{% set n = namespace(l=()) %}{% for i in range(99999) %}{% set n.l = (n.l,) %}{%"
                        + " endfor %}{{ {n.l: 1} }}",
                "{% set n = namespace(g=[1]) %}{% for i in range(99999) %}{% set n.g = n.g |"
                        + " map('string') %}{% endfor %}{{ n.g | list }}",
                // numbers
                "{{ 9 ** (9 ** 9) }}",
                "{{ 2 ** (10 ** 10) }}",
                "{{ (-3) ** 99999999 }}",
                "{% set n = namespace(x=3) %}{% for i in range(100) %}{% set n.x = n.x * n.x %}{%"
                        + " endfor %}",
                // searches whose plain form takes the product of the lengths
                "{% set s = 'a' * 4000000 %}{% set t = 'a' * 2000000 ~ 'b' %}{% for i in"
                        + " range(99999) %}{{ t in s }}{% endfor %}",
                "{% set s = 'a' * 4000000 %}{% set t = 'a' * 2000000 ~ 'b' %}{% for i in"
                        + " range(99999) %}{{ s.replace(t, '') | length }}{% endfor %}",
                "{% set s = 'a' * 4000000 %}{% set t = 'b' ~ 'a' * 2000000 %}{% for i in"
                        + " range(99999) %}{{ s.rfind(t) }}{% endfor %}",
                "{% set s = ('a' * 1000000) %}{% for i in range(99999) %}{{ s.strip('abc' * 1000)"
                        + " }}{% endfor %}",
                "{% set s = ('é' * 1000000) %}{% for i in range(99999) %}{% for j in range(999)"
                        + " %}{% set x = s[j - 500] %}{% endfor %}{% endfor %}",
                "{% set s = 'a' * 9999999 %}{% for i in range(99999) %}{{ s is lower }}{% endfor"
                        + " %}",
                "{% set s = 'a' * 9999999 %}{% for i in range(99999) %}{{ s | wordcount }}{% endfor"
                        + " %}",
                "{% set s = ' ' * 9999999 %}{% for i in range(99999) %}{{ s | int }}{% endfor %}",
                "{{ ('\\x00' * 9999999) | tojson }}",
                "{{ ['\\x00' * 9999999] }}",
                "{{ [1] | sort(attribute=',' * 9999999) }}",
                "{% set l = range(20000) | list %}{{ l | select('in', l | reverse | list) | list |"
                        + " length }}",
                "{% set l = range(99999) | list %}{% for i in l %}{{ l | sort | length }}{% endfor"
                        + " %}",
                "{% for i in range(99999) %}{{ range(99999) | sum }}{% endfor %}",
                "{% for i in range(99999) %}{{ 99999 in range(99999) }}{% endfor %}",
                "{% for i in range(99999) %}{{ dict(range(99999) | map('string') | map('list'))"
                        + " }}{% endfor %}"
            })
    void workAndMemoryAreBounded(String source) {
        if (source.contains("dict(range")) {
            failure(source);
        } else {
            endsAtALimit(source);
        }
    }

    @Test
    void nestedSourcesAreRefusedWhenParsed() {
        int deep = 100_000;
        assertAll(
                () -> refusedWhenParsed("{{ " + "(".repeat(deep)),
                () -> refusedWhenParsed("{{ " + "(".repeat(deep) + "1" + ")".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ " + "[".repeat(deep) + "]".repeat(deep) + " }}"),
                () ->
                        refusedWhenParsed(
                                "{{ " + "{1:".repeat(deep) + "1" + "}".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ " + "-".repeat(deep) + "1 }}"),
                () -> refusedWhenParsed("{{ " + "not ".repeat(deep) + "1 }}"),
                () -> refusedWhenParsed("{{ a" + "[a".repeat(deep) + "]".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ " + "f(".repeat(deep) + ")".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ 1" + " + 1".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ 1" + " ** 1".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ 1" + " or 1".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ 1" + " if 1".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ 1" + " if 1 else 1".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ a" + ".a".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ a" + "()".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ a" + "|upper".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{{ a" + " is defined".repeat(deep) + " }}"),
                () -> refusedWhenParsed("{% if 1 %}".repeat(deep)),
                () -> refusedWhenParsed("{% for a in b %}".repeat(deep)),
                () -> refusedWhenParsed("{% macro m() %}".repeat(deep)),
                () -> refusedWhenParsed("{% set " + "(".repeat(deep)),
                () -> refusedWhenParsed("{{ " + "9".repeat(deep) + " }}"),
                () -> refusedWhenParsed("x".repeat(2_000_000)));
    }

    private static void refusedWhenParsed(String source) {
        ChatTemplateException failure =
                assertTimeoutPreemptively(
                        SOON,
                        () ->
                                assertThrows(
                                        ChatTemplateException.class,
                                        () -> ChatTemplate.parse(source),
                                        () -> source.substring(0, 60)));
        assertTrue(GoldenTemplatesTest.isOneSentence(failure.getMessage()), failure.getMessage());
    }

    @Test
    void manyThingsBesideEachOtherAreNoNesting() {
        String source =
                "{{ 1 }}{% if 1 %}a{% endif %}".repeat(5_000)
                        + "{% if 0 %}"
                        + "{% elif 0 %}".repeat(5_000)
                        + "{% else %}b{% endif %}"
                        + "{{ ["
                        + "1,".repeat(5_000)
                        + "] | length ~ 1"
                        + " ~ 1".repeat(5_000)
                        + " }}";
        String text = ChatTemplate.parse(source).render(HELLO, RenderOptions.of(null, null)).text();
        assertEquals("1a".repeat(5_000) + "b5000" + "1".repeat(5_001), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.__class__ }}",
                "{{ ''.__class__.__mro__[1].__subclasses__() }}",
                "{{ ''['__class__'] }}",
                "{{ '' | attr('__class__') }}",
                "{{ [''] | map(attribute='__class__') | list }}",
                "{{ [''] | map(attribute='__class__.__init__') | list }}",
                "{{ '{0.__class__}'.format('') }}",
                "{{ '{0.__class__.__init__.__globals__}'.format(range) }}",
                "{{ range.__globals__ }}",
                "{{ raise_exception.__globals__.os.system('true') }}",
                "{{ cycler.__init__.__globals__ }}",
                "{{ namespace(__class__=1).__class__ }}",
                "{{ messages.append({}) }}",
                "{{ messages[0].update({'role': 'x'}) }}",
                "{{ messages[0].pop('role') }}",
                "{{ messages[0].clear() }}",
                "{{ messages.sort() }}",
                "{{ (1).__add__(2) }}",
                "{{ lipsum() }}",
                "{{ self.__init__ }}",
                "{{ ''.encode('utf-8') }}",
                "{% include '/etc/passwd' %}",
                "{% import 'os' as os %}",
                "{% from 'os' import system %}",
                "{% extends '/etc/passwd' %}",
                "{{ ''.getClass() }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "{{ messages.getClass() }}",
                "{{ messages[0].hashCode() }}",
                "{{ ('{0' ~ '[' * 9999999 ~ '}').format(1) }}",
                "{{ range.wait() }}"
            })
    void nothingBehindAValueIsReached(String source) {
        String message = failure(source).getMessage();
        assertTrue(GoldenTemplatesTest.isOneSentence(message), message);
    }

    @Test
    void aDeepConversationIsRefused() {
        ArrayNode deep = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < 100_000; i++) {
            ArrayNode outer = JsonNodeFactory.instance.arrayNode();
            outer.add(deep);
            deep = outer;
        }
        RenderOptions options = RenderOptions.of(null, null).withVariable("deep", deep);
        ChatTemplate template = ChatTemplate.parse("x");
        ChatTemplateException failure =
                assertThrows(ChatTemplateException.class, () -> template.render(HELLO, options));
        assertEquals(Reason.LIMIT, failure.reason());
    }

    @Test
    void aSmallStackEndsWithASentenceToo() throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread =
                new Thread(
                        null,
                        () -> {
                            try {
                                ChatTemplate.parse(
                                                "{% macro m() %}{{ [m()] }}{% endmacro %}{{ m() }}")
                                        .render(HELLO, RenderOptions.of(null, null));
                            } catch (ChatTemplateException e) {
                                thrown[0] = e;
                            }
                        },
                        "small",
                        200_000);
        thread.start();
        thread.join();
        assertEquals(
                Reason.LIMIT,
                assertThrows(
                                ChatTemplateException.class,
                                () -> {
                                    throw thrown[0];
                                })
                        .reason());
    }

    @Test
    void aTemplateIsRenderedAfterAnotherFailed() {
        ChatTemplate template =
                ChatTemplate.parse(
                        "{% if deep %}{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}{% endif"
                                + " %}ok");
        RenderOptions options = RenderOptions.of(null, null);
        RenderOptions deep =
                options.withVariable("deep", JsonNodeFactory.instance.booleanNode(true));
        assertThrows(ChatTemplateException.class, () -> template.render(HELLO, deep));
        assertEquals("ok", template.render(HELLO, options).text());
    }
}
