package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class FactsTest {
    @TempDir private Path folder;
    private Path table;

    @BeforeEach
    void write() throws IOException {
        table =
                Files.writeString(
                        folder.resolve("facts.csv"),
                        """
                        subject,relation,value
                        France,capital,Paris
                        Germany,capital,Berlin
                        Mount Everest,metres,8849
                        """);
    }

    private static Document document(String text, Map<String, Object> metadata) {
        return Document.of("raw/a.txt", 0, text, metadata);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "The capital of France is Paris. | agrees",
                "PARIS is the capital of FRANCE! | agrees",
                "The capital of France is Berlin. | contradicts",
                "The capital of France is Paris. The capital of Germany is Paris. | contradicts",
                "The capital of France is large. | notChecked",
                "Mount Everest is 8849 metres high. | agrees",
                "Mount Everest is 8900 metres high. | contradicts",
                "Mount Everest is many metres high. | notChecked",
                "France is warm. Berlin is a capital. | notChecked"
            })
    void whatTheTableHoldsIsCompared(String text, String state) throws IOException {
        DocumentStep step = new Facts(table.toString(), false, "", 0).prepared();
        var changed = assertInstanceOf(Verdict.Changed.class, step.apply(document(text, Map.of())));
        assertEquals(state, changed.document().metadata().get("facts"));
        assertEquals(Map.of(state, 1), changed.counts());
        assertEquals(
                state.equals("contradicts"),
                changed.document().metadata().containsKey("contradictedFacts"));
    }

    @Test
    void contradictionsMayBeRemoved() throws IOException {
        DocumentStep step = new Facts(table.toString(), true, "", 0).prepared();
        assertInstanceOf(
                Verdict.Removed.class,
                step.apply(document("The capital of France is Berlin.", Map.of())));
    }

    @Test
    void sourcesAreRankedByTheLongestLineThatFits() throws IOException {
        Path sources =
                Files.writeString(
                        folder.resolve("sources.txt"),
                        "example.org 2\nexample.org/good 1\nraw/b 3\n");
        var step = new Facts("", false, sources.toString(), 2).prepared();
        var ranked =
                assertInstanceOf(
                        Verdict.Changed.class,
                        step.apply(document("a", Map.of("url", "https://www.example.org/good/x"))));
        assertEquals(1, ranked.document().metadata().get("sourceRank"));
        var unknown =
                assertInstanceOf(
                        Verdict.Removed.class,
                        step.apply(document("a", Map.of("url", "https://example.net/"))));
        assertEquals("notRanked", unknown.reason());
        var low =
                assertInstanceOf(
                        Verdict.Removed.class,
                        step.apply(Document.of("raw/b.txt", 0, "a", Map.of())));
        assertEquals("lowRank", low.reason());
    }

    @Test
    void whatCannotBeUsedIsNamed() throws IOException {
        assertThrows(IllegalArgumentException.class, Facts.DEFAULT::prepared);
        Path bad = Files.writeString(folder.resolve("bad.csv"), "subject,value\na,b\n");
        for (Facts facts :
                List.of(
                        new Facts(bad.toString(), false, "", 0),
                        new Facts("", false, bad.toString(), 0))) {
            var e = assertThrows(IllegalArgumentException.class, facts::prepared);
            assertTrue(String.valueOf(e.getMessage()).contains("bad.csv"), e.getMessage());
        }
    }
}
