package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

class ClassifierTest {
    private static final String[] SEA = {"sail", "mast", "harbour", "wave", "anchor", "tide"};
    private static final String[] KITCHEN = {"flour", "oven", "butter", "spoon", "sugar", "dough"};
    private static final String[] BOTH = {"the", "old", "was", "seen", "again", "and", "of", "it"};

    @TempDir private Path folder;

    private static List<String> texts(String[] own, int count, long seed) {
        var random = new Random(seed);
        var texts = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            var text = new StringBuilder();
            for (int w = 0; w < 30; w++) {
                String[] of = random.nextInt(4) == 0 ? own : BOTH;
                text.append(of[random.nextInt(of.length)]).append(' ');
            }
            texts.add(text.toString());
        }
        return texts;
    }

    @Test
    void textsThatWereNotSeenAreTold() {
        TextClassifier classifier = TextClassifier.train(texts(SEA, 200, 1), texts(KITCHEN, 50, 2));
        long right =
                texts(SEA, 100, 3).stream().filter(t -> classifier.probability(t) > 0.5).count();
        right +=
                texts(KITCHEN, 100, 4).stream()
                        .filter(t -> classifier.probability(t) < 0.5)
                        .count();
        assertTrue(right >= 196, right + " of 200");
        assertEquals(0.5, classifier.probability("unknown words alone"), 0.25);
    }

    @Test
    void theSameTextsGiveTheSameClassifier() {
        String text = texts(SEA, 1, 9).getFirst();
        double first =
                TextClassifier.train(texts(SEA, 20, 1), texts(KITCHEN, 20, 2)).probability(text);
        double again =
                TextClassifier.train(texts(SEA, 20, 1), texts(KITCHEN, 20, 2)).probability(text);
        assertEquals(Double.doubleToLongBits(first), Double.doubleToLongBits(again));
    }

    private static Verdict verdict(DocumentStep step, String text) throws IOException {
        return step.prepared().apply(Document.of("test", 0, text, Map.of()));
    }

    @Test
    void whatLooksLikeTheWantedTextsStays() throws IOException {
        Path like = Files.write(folder.resolve("like.txt"), texts(SEA, 100, 1));
        Path unlike = Files.write(folder.resolve("unlike.txt"), texts(KITCHEN, 100, 2));
        var step = new QualityClassifier(List.of(like.toString()), List.of(unlike.toString()), 0.5);
        var kept =
                assertInstanceOf(Verdict.Changed.class, verdict(step, texts(SEA, 1, 7).getFirst()));
        assertTrue(kept.document().metadata().get("quality") instanceof Double q && q > 0.5);
        assertInstanceOf(Verdict.Removed.class, verdict(step, texts(KITCHEN, 1, 8).getFirst()));
        assertThrows(IllegalArgumentException.class, QualityClassifier.DEFAULT::prepared);
    }

    @Test
    void listedWordsAreFoundInAnyCaseAndAreNoPatterns() throws IOException {
        Path words =
                Files.writeString(folder.resolve("w.txt"), "# mine\nbad\nvery bad word\n(zz+)+$\n");
        var step = new HarmfulSpeech(List.of(words.toString()), 1, "", "1", 0.5);
        assertEquals(Verdict.KEPT, verdict(step, "One BAD apple and a badge."));
        var removed = assertInstanceOf(Verdict.Removed.class, verdict(step, "B\u00C1D, very bad."));
        assertEquals("listedWords", removed.reason());
        assertFalse(removed.detail().contains("bad"), removed.detail());
        assertInstanceOf(Verdict.Removed.class, verdict(step, "a very bad word, and bad"));
        assertEquals(Verdict.KEPT, verdict(step, "b".repeat(100_000) + "!"));
    }

    @Test
    void aClassifierLearnsWhatIsHarmfulFromLabels() throws IOException {
        var rows = new StringBuilder("text,label\n");
        texts(SEA, 50, 1).forEach(text -> rows.append(text).append(",0\n"));
        texts(KITCHEN, 50, 2).forEach(text -> rows.append(text).append(",1\n"));
        Path file = Files.writeString(folder.resolve("rows.csv"), rows);
        var step = new HarmfulSpeech(List.of(), 0, file.toString(), "1", 0.5);
        assertEquals(Verdict.KEPT, verdict(step, texts(SEA, 1, 7).getFirst()));
        assertInstanceOf(Verdict.Removed.class, verdict(step, texts(KITCHEN, 1, 8).getFirst()));
        var label = new HarmfulSpeech(List.of(), 0, file.toString(), "yes", 0.5);
        var e = assertThrows(IllegalArgumentException.class, label::prepared);
        assertTrue(String.valueOf(e.getMessage()).contains("has the label 'yes'"), e.getMessage());
    }
}
