package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class DecontaminationTest {
    private static final String ITEM =
            "A boat leaves the harbour at nine and returns at five; how many hours was it gone?";

    @TempDir private Path folder;

    private Decontamination step(String name, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        return new Decontamination(
                List.of(file.toString()), 13, 8, Decontamination.Action.REMOVE, 200, 10);
    }

    private static Verdict verdict(Decontamination step, String text) throws IOException {
        return step.prepared().apply(Document.of("test", 0, text, Map.of()));
    }

    @Test
    void anItemIsFoundHoweverItIsWritten() throws IOException {
        Decontamination step =
                step("items.jsonl", "{\"id\":1,\"doc\":{\"ctx\":[\"" + ITEM + "\"]}}\n");
        for (String text :
                List.of(
                        ITEM,
                        "Before. " + ITEM.toUpperCase(java.util.Locale.ROOT) + " After.",
                        "a boat -- leaves the harbour at nine and returns, at five: how many",
                        ITEM.replace(" ", "\n"))) {
            assertInstanceOf(Verdict.Removed.class, verdict(step, text), text);
        }
        assertEquals(
                Verdict.KEPT, verdict(step, "A boat leaves the harbour at nine and returns at 5"));
    }

    @Test
    void itemsComeFromTablesAndLinesToo() throws IOException {
        for (Decontamination step :
                List.of(
                        step("items.csv", "n,question\n1,\"" + ITEM + "\"\n"),
                        step("items.tsv", "n\tquestion\n1\t" + ITEM + "\n"),
                        step("items.json", "[{\"question\":\"" + ITEM + "\"}]"),
                        step("items.txt", "short\n" + ITEM + "\n"))) {
            assertInstanceOf(Verdict.Removed.class, verdict(step, ITEM), step.toString());
        }
    }

    @Test
    void shortItemsAreFoundWholeAndVeryShortOnesAreNotLookedFor() throws IOException {
        String eight = "one two three four five six seven eight";
        Decontamination step = step("items.txt", eight + "\nthe end of it\n");
        assertInstanceOf(Verdict.Removed.class, verdict(step, "zero " + eight + " nine"));
        assertEquals(Verdict.KEPT, verdict(step, "this is the end of it"));
        assertEquals(Verdict.KEPT, verdict(step, "one two three four five six seven nine"));
    }

    @Test
    void aDocumentMayBeCutInstead() throws IOException {
        Decontamination remove = step("items.txt", ITEM);
        var cut = new Decontamination(remove.files(), 13, 8, Decontamination.Action.CUT, 20, 2);
        String before = "This is what stands before it, and it is long enough to stay.";
        String after = "And this is what follows, which is long enough as well, as it is.";
        var changed =
                assertInstanceOf(
                        Verdict.Changed.class, verdict(cut, before + " " + ITEM + " " + after));
        String text = changed.document().text();
        assertTrue(text.startsWith("This is what stands before it"), text);
        assertTrue(text.endsWith("long enough as well, as it is."), text);
        assertEquals(Verdict.KEPT, verdict(remove, text));
        String twice = before + ITEM + after + after + ITEM + before;
        assertInstanceOf(Verdict.Removed.class, verdict(cut, twice));
        assertInstanceOf(Verdict.Removed.class, verdict(cut, ITEM));
    }

    @Test
    void whatCannotBeUsedIsNamed() throws IOException {
        var none = assertThrows(IllegalArgumentException.class, Decontamination.DEFAULT::prepared);
        assertTrue(String.valueOf(none.getMessage()).contains("decontamination.files is empty"));
        var few = assertThrows(IllegalArgumentException.class, step("a.txt", "a b c")::prepared);
        assertTrue(String.valueOf(few.getMessage()).contains("no text of 8 words"));
        var bad = assertThrows(IllegalArgumentException.class, step("a.json", "{")::prepared);
        assertTrue(String.valueOf(bad.getMessage()).contains("is not JSON"), bad.getMessage());
    }
}
