package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The rules say what `src/test/python/quality_rules.py` says, which has them from the papers.
class QualityRulesTest {
    private static List<JsonNode> rows() throws IOException {
        var mapper = new JsonMapper();
        var rows = new ArrayList<JsonNode>();
        try (var reader =
                new BufferedReader(
                        new InputStreamReader(
                                Objects.requireNonNull(
                                        QualityRulesTest.class.getResourceAsStream(
                                                "/quality-rules.jsonl")),
                                StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                rows.add(mapper.readTree(line));
            }
        }
        return rows;
    }

    private static String text(JsonNode row) {
        if (row.has("text")) {
            return row.get("text").asText();
        }
        return "the be "
                + IntStream.range(0, row.get("words").asInt() - 2)
                        .mapToObj(i -> "w" + i)
                        .collect(Collectors.joining(" "));
    }

    private static Document document(String text) {
        return Document.of("test", 0, text, Map.of());
    }

    @Test
    void twoHundredTextsGetTheVerdictsOfThePublishedThresholds() throws IOException {
        List<JsonNode> rows = rows();
        assertTrue(rows.size() >= 200, rows.size() + " texts");
        Map<String, DocumentStep> rules =
                Map.of(
                        "gopherQuality", GopherQuality.DEFAULT,
                        "gopherRepetition", GopherRepetition.DEFAULT,
                        "fineWebQuality", FineWebQuality.DEFAULT);
        var wrong = new ArrayList<String>();
        for (int i = 0; i < rows.size(); i++) {
            JsonNode row = rows.get(i);
            Document document = document(text(row));
            for (Map.Entry<String, DocumentStep> rule : rules.entrySet()) {
                Verdict verdict = rule.getValue().apply(document);
                if (verdict instanceof Verdict.Removed == row.get(rule.getKey()).asBoolean()) {
                    wrong.add(i + " " + rule.getKey() + " " + verdict);
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void c4LeavesTheSameLines() throws IOException {
        var wrong = new ArrayList<String>();
        for (JsonNode row : rows()) {
            String text = text(row);
            Verdict verdict = C4Quality.DEFAULT.apply(document(text));
            String left =
                    switch (verdict) {
                        case Verdict.Kept kept -> text;
                        case Verdict.Changed changed -> changed.document().text();
                        case Verdict.Removed removed -> null;
                    };
            String expected = row.get("c4Quality").isNull() ? null : row.get("c4Quality").asText();
            if (!Objects.equals(expected, left)) {
                wrong.add(text + "\n-> " + verdict);
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void eachRuleHasItsReason() {
        String line = "The river follows the house with great care, and that was enough of it.";
        String many = (line + "\n").repeat(20);
        assertEquals("tooFewWords", reason(GopherQuality.DEFAULT, line));
        assertEquals("tooFewStopWords", reason(GopherQuality.DEFAULT, "zebra yak ".repeat(40)));
        assertEquals("duplicateLines", reason(GopherRepetition.DEFAULT, many));
        assertEquals("curlyBracket", reason(C4Quality.DEFAULT, many + "{"));
        assertEquals("tooFewSentences", reason(C4Quality.DEFAULT, line));
        assertEquals("duplicateLineCharacters", reason(FineWebQuality.DEFAULT, many));
        assertEquals("fewPunctuatedLines", reason(FineWebQuality.DEFAULT, "No mark at all"));
    }

    private static String reason(DocumentStep step, String text) {
        return step.apply(document(text)) instanceof Verdict.Removed removed
                ? removed.reason()
                : "kept";
    }
}
