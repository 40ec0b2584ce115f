package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.BitSet;

class PassagesTest {
    /// What is in square brackets is taken out.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one/[two]/three | one/three",
                "one//[two]//three | one//three",
                "one [two] three | one three",
                "one[ two] three | one three",
                "[one]/two | two",
                "one/[two] | one",
                "if:/    [x]/    y/z | if:/    /    y/z",
                "if:/[    x]/    y/z | if:/    y/z",
                "one [two/three] four | one four",
                "one [two]/three | one /three",
                "[one] | ''"
            })
    void whatIsLeftReadsOn(String marked, String expected) {
        String text = marked.replace("/", "\n");
        var bits = new BitSet();
        var plain = new StringBuilder();
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '[' || c == ']') {
                inside = c == '[';
            } else {
                bits.set(plain.length(), inside);
                plain.append(c);
            }
        }
        assertEquals(expected.replace("/", "\n"), Passages.without(plain.toString(), bits));
    }

    @Test
    void aParagraphIsALineAndFiftyWordsOverlap() {
        assertEquals(
                2, ParagraphDuplicates.DEFAULT.passages("a b c d e\nshort\n\n1 2 3 4 5 6").count());
        Passages words =
                new SubstringDuplicates(3).passages("one two three four, ONE Two thr\u00E9e");
        assertEquals(5, words.count());
        assertEquals(words.hashes()[0], words.hashes()[4]);
        assertEquals(5, java.util.Arrays.stream(words.hashes()).distinct().count() + 1);
    }
}
