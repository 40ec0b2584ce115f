package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

class LanguageTest {
    private static Document document(String text) {
        return Document.of("test", 0, text, Map.of());
    }

    @Test
    void languagesAreToldAndOthersGo() throws IOException {
        DocumentStep step = new Language(List.of("en", "de", "zh"), 300).prepared();
        Map<String, String> kept =
                Map.of(
                        "en", "Nobody knew why the old farmer had crossed the river that morning.",
                        "de", "Niemand wusste, warum der alte Bauer an diesem Morgen gekommen war.",
                        "zh", "\u6211\u4EEC\u90FD\u4E0D\u77E5\u9053\u4ED6\u4E3A\u4EC0\u4E48\u6765");
        for (Map.Entry<String, String> text : kept.entrySet()) {
            var changed =
                    assertInstanceOf(Verdict.Changed.class, step.apply(document(text.getValue())));
            assertEquals(text.getKey(), changed.document().metadata().get("language"));
        }
        var removed =
                assertInstanceOf(
                        Verdict.Removed.class,
                        step.apply(
                                document(
                                        "Personne ne savait pourquoi le vieux fermier avait"
                                                + " travers\u00E9 le fleuve.")));
        assertEquals("fr", removed.reason());
        var unknown =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Language(List.of("xx"), 300).prepared());
        assertTrue(String.valueOf(unknown.getMessage()).contains("language.keep has 'xx'"));
    }
}
