package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class ModelTemplatesTest {

    private static final Conversation HELLO = Conversation.of(Message.user("Hello"));

    private static final Conversation WITH_TOOLS =
            new Conversation(
                    HELLO.messages(), List.of(JsonNodeFactory.instance.objectNode().put("a", 1)));

    @TempDir private Path directory;

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void templateAndTokensAreFoundInTheTokenizersConfiguration() throws IOException {
        write(
                "tokenizer_config.json",
                """
                {"chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ image_token }}",
                 "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false},
                 "pad_token": null, "extra_special_tokens": {"image_token": "<image>"}}
                """);
        ModelTemplates model = ModelTemplates.of(directory);
        assertEquals(
                Map.of("bos_token", "<s>", "eos_token", "</s>", "image_token", "<image>"),
                model.specialTokens());
        assertEquals(
                "<s>Hello</s><image>", model.template(HELLO).render(HELLO, model.options()).text());
    }

    @Test
    void toolsGetTheTemplateForTools() throws IOException {
        write(
                "tokenizer_config.json",
                """
                {"chat_template": [{"name": "default", "template": "plain"},
                                   {"name": "tool_use", "template": "tools {{ tools | tojson }}"},
                                   {"name": "rag", "template": "rag"}]}
                """);
        ModelTemplates model = ModelTemplates.of(directory);
        assertEquals("plain", model.template(HELLO).render(HELLO, model.options()).text());
        assertEquals(
                "tools [{\"a\": 1}]",
                model.template(WITH_TOOLS).render(WITH_TOOLS, model.options()).text());
        assertEquals("rag", model.template("rag").source());
        assertEquals(
                "the model has no chat template 'x', but has [default, rag, tool_use]",
                assertThrows(IllegalArgumentException.class, () -> model.template("x"))
                        .getMessage());
    }

    @Test
    void jinjaFilesComeBeforeTheConfiguration() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"old\", \"eos_token\": \"</s>\"}");
        write("chat_template.json", "{\"chat_template\": \"older\"}");
        write("chat_template.jinja", "new\n");
        write("additional_chat_templates/tool_use.jinja", "new with tools");
        ModelTemplates model = ModelTemplates.of(directory);
        assertEquals(Map.of("default", "new\n", "tool_use", "new with tools"), model.sources());
        assertEquals("new", model.template(HELLO).render(HELLO, model.options()).text());
    }

    @Test
    void theOldProcessorsFileIsReadWhereThereIsNothingElse() throws IOException {
        write("chat_template.json", "{\"chat_template\": \"older\"}");
        assertEquals("older", ModelTemplates.of(directory).template(HELLO).source());
    }

    @Test
    void specialTokensAreReadFromTheirOwnFileToo() throws IOException {
        write("special_tokens_map.json", "{\"bos_token\": \"<b>\", \"eos_token\": \"<e>\"}");
        write("tokenizer_config.json", "{\"eos_token\": \"<eos>\"}");
        assertEquals(
                Map.of("bos_token", "<b>", "eos_token", "<eos>"),
                ModelTemplates.of(directory).specialTokens());
    }

    @Test
    void aModelWithoutATemplateIsToldWhatThereIs() throws IOException {
        ModelTemplates model = ModelTemplates.of(directory);
        assertEquals(
                "the model has no chat template; choose one of [alpaca, chatml]",
                assertThrows(IllegalArgumentException.class, () -> model.template(HELLO))
                        .getMessage());
    }

    @Test
    void badFilesAreNamed() throws IOException {
        for (String config :
                List.of(
                        "{\"chat_template\": 5}",
                        "{\"chat_template\": [{\"name\": \"x\"}]}",
                        "{\"chat_template\": {\"default\": 1}}",
                        "[]",
                        "{",
                        "")) {
            write("tokenizer_config.json", config);
            IOException e = assertThrows(IOException.class, () -> ModelTemplates.of(directory));
            assertTrue(e.getMessage().contains("tokenizer_config.json: "), e.getMessage());
            assertTrue(GoldenTemplatesTest.isOneSentence(e.getMessage()), e.getMessage());
        }
        Files.write(directory.resolve("chat_template.jinja"), new byte[] {(byte) 0xff, 'x'});
        write("tokenizer_config.json", "{}");
        IOException e = assertThrows(IOException.class, () -> ModelTemplates.of(directory));
        assertTrue(e.getMessage().endsWith("the file is not in UTF-8"), e.getMessage());
    }
}
