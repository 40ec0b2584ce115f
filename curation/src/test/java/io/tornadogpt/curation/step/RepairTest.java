package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;

class RepairTest {
    private static String repaired(String text) {
        Verdict verdict = Repair.DEFAULT.apply(Document.of("test", 0, text, Map.of()));
        return verdict instanceof Verdict.Changed changed ? changed.document().text() : text;
    }

    private static String misread(String text, Charset as) {
        return new String(text.getBytes(StandardCharsets.UTF_8), as);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "caf\u00E9 cr\u00E8me br\u00FBl\u00E9e",
                "\u201Cquoted\u201D \u2013 and it\u2019s here\u2026",
                "Gr\u00F6\u00DFe und \u00C4pfel, M\u00FCller\u2019s Stra\u00DFe",
                "ni\u00F1o, a\u00F1o, \u00BFqu\u00E9?",
                "5 \u20AC and 20 \u00B0C, \u00A9 2020",
                "\u65E5\u672C\u8A9E \uD83D\uDE00 \u041F\u0440\u0438\u0432\u0435\u0442"
            })
    void whatWasMisreadIsReadAgain(String text) {
        assertEquals(text, repaired(misread(text, StandardCharsets.ISO_8859_1)));
        String windows = misread(text, Charset.forName("windows-1252"));
        if (windows.indexOf('\uFFFD') < 0) { // else bytes are lost, and nothing can bring them back
            assertEquals(text, repaired(windows));
        }
    }

    @Test
    void whatWasMisreadTwiceIsReadAgainTwice() {
        Charset windows = Charset.forName("windows-1252");
        assertEquals("caf\u00E9", repaired(misread(misread("caf\u00E9", windows), windows)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "caf\u00E9 cr\u00E8me br\u00FBl\u00E9e na\u00EFve",
                "LE CAF\u00C9\u2026 et LA CLICH\u00C9\u201D",
                "Stra\u00DFe, \u00C4rger, \u00D6l, \u00C5ngstr\u00F6m",
                "S\u00C3O PAULO \u00E0 la carte",
                "\u041F\u0440\u0438\u0432\u0435\u0442 \u03B1\u03B2\u03B3",
                "plain ASCII, nothing else"
            })
    void whatIsRightStays(String text) {
        assertEquals(text, repaired(text));
    }

    @Test
    void unseenCharactersGoAndLineEndsAreOne() {
        assertEquals("a\nb\nc\u00E9", repaired("\uFEFFa\r\nb\r\u0000\u200Bc\u0007e\u0301"));
    }

    @Test
    void nothingButSpaceIsNoDocument() {
        assertInstanceOf(
                Verdict.Removed.class,
                Repair.DEFAULT.apply(Document.of("test", 0, " \n\t\u200B", Map.of())));
    }
}
