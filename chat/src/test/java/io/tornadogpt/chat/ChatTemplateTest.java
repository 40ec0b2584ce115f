package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;

import io.tornadogpt.chat.ChatTemplateException.Reason;

import org.junit.jupiter.api.Test;

import java.util.List;

class ChatTemplateTest {

    private static final RenderOptions OPTIONS = RenderOptions.of("<s>", "</s>");

    private static final Conversation TURNS =
            Conversation.of(
                    Message.system("Be brief."),
                    Message.user("Hi 👋"),
                    Message.assistant("Hello"),
                    Message.user("Bye"),
                    Message.assistant("Bye 👋"));

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void refusesToParse(String source, Reason reason, String message) {
        ChatTemplateException e =
                assertThrows(ChatTemplateException.class, () -> ChatTemplate.parse(source));
        assertEquals("chat template, " + message, e.getMessage());
        assertEquals(reason, e.reason());
    }

    @Test
    void whatIsNotSupportedIsNamedWithItsPlaceWhenParsed() {
        refusesToParse(
                "a\n{{ x | urlize }}",
                Reason.UNSUPPORTED,
                "line 2, column 8: the filter 'urlize' is not supported");
        refusesToParse(
                "{{ x is nice }}",
                Reason.UNSUPPORTED,
                "line 1, column 9: the test 'nice' is not supported");
        refusesToParse(
                "\n\n  {% include 'x' %}",
                Reason.UNSUPPORTED,
                "line 3, column 6: the tag 'include' is not supported: no other files are read");
        refusesToParse("{% foo %}", Reason.SYNTAX, "line 1, column 4: the tag 'foo' is unknown");
        refusesToParse(
                "{% if x %}\ny",
                Reason.SYNTAX,
                "line 2, column 2: the template ends inside a block, before 'elif' or 'else' or"
                        + " 'endif'");
        refusesToParse(
                "{{ 'x }}", Reason.SYNTAX, "line 1, column 4: the string has no end, expected '");
    }

    @Test
    void aFaultInRenderingHasItsPlace() {
        ChatTemplateException e =
                assertThrows(
                        ChatTemplateException.class,
                        () ->
                                ChatTemplate.parse("a\n{{ messages[0].x.y }}")
                                        .render(TURNS, OPTIONS));
        assertEquals(
                "chat template, line 2, column 18: a value of type 'dict' has no attribute 'x'",
                e.getMessage());
        assertEquals(List.of(Reason.VALUE, 2, 18), List.of(e.reason(), e.line(), e.column()));
    }

    @Test
    void whatTheTemplateRaisesIsToldApart() {
        ChatTemplateException e =
                assertThrows(
                        ChatTemplateException.class,
                        () ->
                                ChatTemplate.parse("{{ raise_exception('Roles must alternate') }}")
                                        .render(TURNS, OPTIONS));
        assertEquals(Reason.REFUSED, e.reason());
        assertEquals(
                "chat template, line 1, column 19: the template refuses the conversation: Roles"
                        + " must alternate",
                e.getMessage());
    }

    private static String assistantTexts(Rendered rendered) {
        StringBuilder texts = new StringBuilder();
        for (Rendered.Span span : rendered.assistant()) {
            texts.append('[').append(rendered.text(), span.start(), span.end()).append(']');
        }
        return texts.toString();
    }

    @Test
    void chatMlMarksWhatTheAssistantSaysAndEndsIt() {
        Rendered rendered = BuiltInTemplates.chatMl().render(TURNS, OPTIONS);
        assertEquals(
                """
                <|im_start|>system
                Be brief.<|im_end|>
                <|im_start|>user
                Hi 👋<|im_end|>
                <|im_start|>assistant
                Hello<|im_end|>
                <|im_start|>user
                Bye<|im_end|>
                <|im_start|>assistant
                Bye 👋<|im_end|>
                """,
                rendered.text());
        assertEquals("[Hello<|im_end|>][Bye 👋<|im_end|>]", assistantTexts(rendered));
        assertTrue(
                BuiltInTemplates.named("chatml")
                        .render(TURNS, OPTIONS.withGenerationPrompt(true))
                        .text()
                        .endsWith("<|im_end|>\n<|im_start|>assistant\n"));
    }

    @Test
    void alpacaIsTheLayoutOfInstructionInputAndResponse() {
        Conversation conversation =
                Conversation.of(
                        Message.user("Add.").with("input", TextNode.valueOf("1 and 2")),
                        Message.assistant("3"));
        Rendered rendered = BuiltInTemplates.named("alpaca").render(conversation, OPTIONS);
        assertEquals(
                "Below is an instruction that describes a task. Write a response that"
                        + " appropriately completes the request.\n\n### Instruction:\nAdd.\n\n###"
                        + " Input:\n1 and 2\n\n### Response:\n3</s>",
                rendered.text());
        assertEquals("[3</s>]", assistantTexts(rendered));
        assertEquals(
                "Be kind.\n\n### Instruction:\nAdd.\n\n### Response:\n",
                BuiltInTemplates.alpaca()
                        .render(
                                Conversation.of(Message.system("Be kind."), Message.user("Add.")),
                                RenderOptions.of(null, null).withGenerationPrompt(true))
                        .text());
        assertEquals(
                Reason.REFUSED,
                assertThrows(
                                ChatTemplateException.class,
                                () ->
                                        BuiltInTemplates.alpaca()
                                                .render(
                                                        Conversation.of(Message.of("tool", "x")),
                                                        OPTIONS))
                        .reason());
    }

    @Test
    void anOpenEndedTextStopsWhereTheLastMessageDoes() {
        assertTrue(
                BuiltInTemplates.chatMl()
                        .renderOpenEnded(TURNS, OPTIONS)
                        .text()
                        .endsWith("assistant\nBye 👋"));
        ChatTemplate dropping = ChatTemplate.parse("{{ messages[0].content }}");
        assertEquals(
                "the template leaves out the last message, so it cannot be continued",
                assertThrows(
                                ChatTemplateException.class,
                                () -> dropping.renderOpenEnded(TURNS, OPTIONS))
                        .getMessage());
    }

    @Test
    void conversationsAreReadFromJson() {
        Conversation conversation =
                Conversation.fromJson(
                        json(
                                """
                                {"messages": [{"content": "Hi", "role": "user", "name": "Bo"}],
                                 "tools": [{"name": "f"}], "id": 7}
                                """));
        assertEquals("user", conversation.messages().getFirst().role());
        assertEquals("Hi", conversation.messages().getFirst().content().textValue());
        assertEquals(
                "{\"content\": \"Hi\", \"role\": \"user\", \"name\": \"Bo\"}[{\"name\": \"f\"}]",
                ChatTemplate.parse("{{ messages[0] | tojson }}{{ tools | tojson }}")
                        .render(conversation, OPTIONS)
                        .text());
        assertEquals(
                "None",
                ChatTemplate.parse("{{ tools }}")
                        .render(
                                Conversation.fromJson(
                                        json("[{\"role\": \"user\", \"content\": \"Hi\"}]")),
                                OPTIONS)
                        .text());
    }

    @Test
    void badConversationsAreNamed() {
        for (String bad :
                List.of(
                        "5",
                        "{}",
                        "[]",
                        "[5]",
                        "[{\"content\": \"x\"}]",
                        "[{\"role\": 5}]",
                        "{\"messages\": [{\"role\": \"user\"}], \"tools\": 5}",
                        "{\"messages\": [{\"role\": \"user\"}], \"tools\": [5]}")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> Conversation.fromJson(json(bad)))
                            .getMessage();
            assertTrue(GoldenTemplatesTest.isOneSentence(message), bad + ": " + message);
        }
        assertEquals(
                "message 2: a message needs a field 'role' that is a string, but it has the fields"
                        + " [content]",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        Conversation.fromJson(
                                                json(
                                                        "[{\"role\": \"user\"}, {\"content\":"
                                                                + " \"x\"}]")))
                        .getMessage());
    }

    @Test
    void variablesCannotReplaceTheConversation() {
        assertThrows(
                IllegalArgumentException.class,
                () -> OPTIONS.withVariable("messages", TextNode.valueOf("x")));
    }
}
