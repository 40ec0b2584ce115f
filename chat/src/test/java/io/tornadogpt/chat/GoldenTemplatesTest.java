package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Small templates, one for each thing that templates can do, against what Jinja makes of them as
/// `transformers` sets it up.
class GoldenTemplatesTest {

    /// What Jinja renders and we refuse, by name.
    private static final Set<String> REFUSED =
            Set.of(
                    // Jinja computes this before rendering, where it takes errors for undefined.
                    "{{ none[1:] }}",
                    // Python's inside is refused wherever it shows, not only where it is used.
                    "{{ none.__class__ is defined and false }}",
                    "{{ self }}",
                    "{{ 5 .real }}");

    private static final JsonNode GOLDEN = Resources.json("golden.json");

    private static RenderOptions options() {
        RenderOptions options = RenderOptions.of(Map.of()).withClock(Resources.CLOCK);
        for (Map.Entry<String, JsonNode> each : GOLDEN.get("variables").properties()) {
            options = options.withVariable(each.getKey(), each.getValue());
        }
        return options;
    }

    @Test
    void everyTemplateRendersAsInJinjaOrIsRefusedWhereJinjaRefusesIt() {
        RenderOptions options = options();
        Conversation conversation = Conversation.fromJson(GOLDEN);
        List<String> wrong = new ArrayList<>();
        int refused = 0;
        for (JsonNode entry : GOLDEN.get("templates")) {
            String template = entry.get("template").textValue();
            String expected =
                    entry.has("error")
                            ? "refused"
                            : spans(entry.get("spans")) + entry.get("text").textValue();
            String rendered;
            try {
                Rendered result = ChatTemplate.parse(template).render(conversation, options);
                rendered = Resources.spans(result) + result.text();
            } catch (ChatTemplateException e) {
                assertTrue(isOneSentence(e.getMessage()), e.getMessage());
                rendered = "refused";
                refused++;
                if (REFUSED.contains(template)) {
                    continue;
                }
                if (!entry.has("error")) {
                    rendered = "refused: " + e.getMessage();
                }
            }
            if (!rendered.equals(expected)) {
                wrong.add(template + "\n  expected: " + expected + "\n  rendered: " + rendered);
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(refused > 100, "refused " + refused);
    }

    private static String spans(JsonNode spans) {
        return spans.toString().replace(",", ", ");
    }

    static boolean isOneSentence(String message) {
        return !message.isBlank() && message.indexOf('\n') < 0 && message.length() < 500;
    }
}
