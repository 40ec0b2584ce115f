package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The text that is trained on where none is given.
class OwnTextTest {
    @Test
    void commentsGoAndWhatLooksLikeThemInStringsStays() {
        String source =
                """
                /* licence */

                class A { // a class
                    /** Doc "with" a quote's mark. */
                    String s = "/* no */ // comment \\" //";
                    char c = '"', d = '\\''; // two


                    String t = \"""
                        // text \"" /* block
                        \""";
                }
                """;
        String expected =
                """
                class A {
                    String s = "/* no */ // comment \\" //";
                    char c = '"', d = '\\'';

                    String t = \"""
                        // text \"" /* block
                        \""";
                }
                """;
        assertEquals(expected, JavaCode.withoutComments(source));
    }

    @Test
    void storiesAreAFunctionOfTheSeed(@TempDir Path folder) throws IOException {
        Path one = folder.resolve("one");
        new Stories(1).writeTo(one, 5000);
        Path same = folder.resolve("same");
        new Stories(1).writeTo(same, 5000);
        assertEquals(Files.readString(one), Files.readString(same));
        assertTrue(Files.size(one) >= 5000);
        assertNotEquals(new Stories(1).story(0), new Stories(2).story(0));
        assertNotEquals(new Stories(1).story(0), new Stories(1).story(1));
    }

    @Test
    void storiesLeaveNoPlaceholder() {
        for (int i = 0; i < 200; i++) {
            String story = new Stories(3).story(i);
            assertTrue(story.chars().filter(c -> c == '\n').count() == 6, story);
            assertTrue(!story.matches("(?s).*[A-Z]{3}.*"), story);
        }
    }
}
