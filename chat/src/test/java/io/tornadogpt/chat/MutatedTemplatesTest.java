package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.chat.jinja.Limits;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Templates with pieces lost, doubled, swapped and strewn in: they render, or they are refused
/// with a sentence, and nothing else happens.
class MutatedTemplatesTest {

    private static final int MUTANTS = 10_000;

    private static final Limits SMALL = new Limits(20_000, 300, 1 << 20, 4 << 20, 200_000);

    private static final List<String> PIECES =
            List.of(
                    "{%",
                    "%}",
                    "{{",
                    "}}",
                    "{#",
                    "#}",
                    "-",
                    "+",
                    "%",
                    "'",
                    "\"",
                    "\\",
                    "(",
                    ")",
                    "[",
                    "]",
                    "{",
                    "}",
                    "|",
                    ".",
                    ",",
                    ":",
                    "=",
                    "~",
                    "**",
                    " if ",
                    " else ",
                    " in ",
                    " not ",
                    " is ",
                    " for ",
                    "endfor",
                    "endif",
                    "raw",
                    "endraw",
                    "set ",
                    "macro ",
                    "loop",
                    "range(9)",
                    "namespace()",
                    "none",
                    "0",
                    "1e9",
                    "-1",
                    "\n",
                    "\r",
                    "\0",
                    "é",
                    "👋",
                    "\ud83d",
                    "messages",
                    "text",
                    "d",
                    "tojson",
                    "map(",
                    "'{0:9}'",
                    "%9s",
                    ".format(",
                    "recursive",
                    "generation",
                    "caller()",
                    "9999999999",
                    "[::-1]");

    private final Random random = new Random(19);
    private final List<String> sources = new ArrayList<>();

    private String mutated() {
        StringBuilder text = new StringBuilder(source());
        int changes = 1 + random.nextInt(5);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(8));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, text.substring(at, end));
                case 2 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 3 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
                case 4 -> text.insert(at, (char) random.nextInt(0x250));
                default -> text.insert(at, source());
            }
        }
        return text.toString();
    }

    private String source() {
        return sources.get(random.nextInt(sources.size()));
    }

    @Test
    void mutantsRenderOrAreRefusedWithASentence() {
        JsonNode golden = Resources.json("golden.json");
        golden.get("templates").forEach(entry -> sources.add(entry.get("template").textValue()));
        Conversation conversation = Conversation.fromJson(golden);
        RenderOptions options = RenderOptions.of(Map.of()).withClock(Resources.CLOCK);
        for (Map.Entry<String, JsonNode> each : golden.get("variables").properties()) {
            options = options.withVariable(each.getKey(), each.getValue());
        }
        int rendered = 0;
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            String mutant = mutated();
            try {
                ChatTemplate.parse(mutant, SMALL).render(conversation, options);
                rendered++;
            } catch (ChatTemplateException e) {
                refused++;
                String message = e.getMessage();
                boolean hasPlace = e.line() > 0 && e.column() > 0;
                assertTrue(hasPlace || e.reason() == ChatTemplateException.Reason.LIMIT, mutant);
                assertTrue(
                        GoldenTemplatesTest.isOneSentence(message), () -> mutant + ": " + message);
            } catch (RuntimeException | Error e) {
                fail("mutant " + i + " of seed 19: " + mutant, e);
            }
        }
        assertEquals(MUTANTS, rendered + refused);
        assertTrue(rendered > MUTANTS / 20 && refused > MUTANTS / 3, rendered + " rendered");
    }
}
