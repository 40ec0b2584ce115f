package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Templates of published models against `transformers`. They are other people's, so they lie in a
/// folder that the environment variable `GPT_CHAT_TEMPLATES` names (`src/test/python/published.py`
/// says how to fill it); here are their digests and those of what they render.
class PublishedTemplatesTest {

    private static final Map<String, String> TOKENS =
            Map.of(
                    "bos_token", "<s>",
                    "eos_token", "</s>",
                    "unk_token", "<unk>",
                    "pad_token", "<pad>");

    @Test
    void publishedTemplatesRenderToTheBytesOfTransformers() throws IOException {
        String folder = System.getenv("GPT_CHAT_TEMPLATES");
        if (folder == null) {
            System.out.println(
                    "skipped: GPT_CHAT_TEMPLATES names no folder of published chat templates");
        }
        Assumptions.assumeTrue(folder != null);
        Map<String, List<String>> expected = expected();
        JsonNode cases = Resources.json("conversations.json");
        List<String> wrong = new ArrayList<>();
        int templates = 0;
        int equal = 0;
        int refused = 0;
        for (Path file : templatesIn(Path.of(folder))) {
            String source = Files.readString(file);
            List<String> digests = expected.remove(digest(source));
            if (digests == null) {
                continue;
            }
            templates++;
            for (int i = 0; i < cases.size(); i++) {
                String rendered = rendered(source, cases.get(i));
                String digest = rendered.startsWith("refused") ? "refused" : digest(rendered);
                if (!digest.equals(digests.get(i))) {
                    wrong.add(
                            file
                                    + ", "
                                    + cases.get(i).get("name")
                                    + ": "
                                    + digests.get(i)
                                    + " but got "
                                    + rendered);
                } else if (digest.equals("refused")) {
                    refused++;
                } else {
                    equal++;
                }
            }
        }
        System.out.println(
                "published chat templates: "
                        + templates
                        + ", renderings equal "
                        + equal
                        + ", refused by both "
                        + refused
                        + ", different "
                        + wrong.size()
                        + ", templates not in the folder "
                        + expected.size());
        assertEquals("", String.join("\n", wrong));
        assertFalse(templates == 0, "no template of published.txt lies in " + folder);
    }

    private static List<Path> templatesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".jinja")).sorted().toList();
        }
    }

    /// The digests of a template's renderings by the template's own.
    private static Map<String, List<String>> expected() {
        Map<String, List<String>> expected = new LinkedHashMap<>();
        List<String> digests = new ArrayList<>();
        for (String line : Resources.text("published.txt").lines().toList()) {
            if (line.startsWith("template ")) {
                digests = new ArrayList<>();
                expected.put(line.split(" ")[1], digests);
            } else if (!line.startsWith("#")) {
                digests.add(line);
            }
        }
        return expected;
    }

    private static String rendered(String source, JsonNode each) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("messages", each.get("messages"));
        json.set("tools", each.get("tools"));
        RenderOptions options =
                RenderOptions.of(TOKENS)
                        .withGenerationPrompt(each.get("prompt").booleanValue())
                        .withClock(Resources.CLOCK);
        for (Map.Entry<String, JsonNode> variable : each.get("variables").properties()) {
            options = options.withVariable(variable.getKey(), variable.getValue());
        }
        try {
            ChatTemplate template = ChatTemplate.parse(source);
            Conversation conversation = Conversation.fromJson(json);
            Rendered rendered =
                    each.get("open").booleanValue()
                            ? template.renderOpenEnded(conversation, options)
                            : template.render(conversation, options);
            return "[" + quoted(rendered.text()) + ", " + Resources.spans(rendered) + "]";
        } catch (ChatTemplateException e) {
            return "refused: " + e.getMessage();
        }
    }

    /// As Python's `json.dumps` without `ensure_ascii`, independent of what is tested.
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : c);
            }
        }
        return out.append('"').toString();
    }

    private static String digest(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
