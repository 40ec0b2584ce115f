package io.tornadogpt.finetune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.data.DataFileException;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

class RowFileTest {
    private static final List<String> COLUMNS = List.of("text", "label");

    @TempDir Path folder;

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static List<DataRow> read(Path file) throws IOException {
        return RowFile.read(file, Header.AUTO, COLUMNS);
    }

    private String refusal(String name, String content) throws IOException {
        Path file = file(name, content);
        var e = assertThrows(DataFileException.class, () -> read(file));
        String message = Objects.requireNonNull(e.getMessage());
        assertTrue(message.startsWith(file.toString()), message);
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void arrayAndLinesHoldTheSameRows() throws IOException {
        List<DataRow> array =
                read(file("a.json", "[\n {\"text\": \"x\"},\n\n {\"text\":\n \"y\"}]\n"));
        List<DataRow> lines = read(file("b.jsonl", "{\"text\": \"x\"}\n\n{\"text\": \"y\"}"));
        List<DataRow> called = read(file("c.json", "{\"text\": \"x\"}\n{\"text\": \"y\"}\n"));
        for (List<DataRow> rows : List.of(array, lines, called)) {
            assertEquals(2, rows.size());
            assertEquals("x", rows.get(0).text("text"));
            assertEquals("y", rows.get(1).text("text"));
        }
        assertEquals(4, array.get(1).line());
        assertEquals(3, lines.get(1).line());
    }

    @Test
    void quotesAreReadAsPandasReadsThem() throws IOException {
        String table =
                """
                label\ttext
                a\tsays "hello" to all
                b\t"one\ttab and ""quotes\"""
                c\t"two
                lines" and more

                d\tafter an empty line
                """;
        List<DataRow> rows = read(file("a.tsv", table));
        assertEquals(4, rows.size());
        assertEquals("says \"hello\" to all", rows.get(0).text("text"));
        assertEquals("one\ttab and \"quotes\"", rows.get(1).text("text"));
        assertEquals("two\nlines and more", rows.get(2).text("text"));
        assertEquals(4, rows.get(2).line());
        assertEquals("d", rows.get(3).text("label"));
    }

    @Test
    void tableWithoutNamesHasNumbers() throws IOException {
        List<DataRow> rows = read(file("a.csv", "ham,hello\nspam,win\n"));
        assertEquals(2, rows.size());
        assertEquals("hello", rows.get(0).text("2"));
        assertEquals("spam", rows.get(1).text("1"));
    }

    @Test
    void smsSpamHasAsManyRowsAsPandasFinds() throws IOException {
        Path data =
                Path.of(
                        Objects.requireNonNullElse(
                                System.getenv("GPT_TEST_DATA"), "../../shared/data"));
        Path spam = data.resolve("sms-spam.tsv");
        Assumptions.assumeTrue(Files.exists(spam), "skipped: there is no " + spam);
        List<DataRow> rows = read(spam);
        assertEquals(5572, rows.size());
        long junk =
                rows.stream().filter(row -> row.fields().get("1").asText().equals("spam")).count();
        assertEquals(747, junk);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a.jsonl | {"text": "x"}\\n{"text" "y"}        | line 2 is no JSON
                    a.jsonl | {"text": "x"}\\n["y"]               | line 2 holds no object
                    a.json  | [{"text": "x"}]\\n7                 | line 2 holds something behind
                    a.json  | [{"text": "x"}                     | is no JSON
                    a.csv   | text,label\\na,b\\nc                 | line 3 has 1 fields, and the table has 2 columns
                    a.csv   | text,text\\na,b                     | line 1 names two columns
                    a.csv   | text,label\\n"a,b                   | ends within a field
                    a.json  | []                                 | holds no rows
                    a.jsonl | ''                                 | holds no rows
                    a.csv   | text,label                         | holds no rows
                    a.txt   | hello                              | call it .json, .jsonl, .csv or .tsv
                    """)
    void badFileIsNamedByFileAndLine(String name, String content, String part) throws IOException {
        String message = refusal(name, content.replace("\\n", "\n"));
        assertTrue(message.contains(part), message);
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws IOException {
        for (String name : List.of("a.jsonl", "a.csv")) {
            Path file = folder.resolve(name);
            Files.write(file, "text,label\n\u00e9,b\n".getBytes(StandardCharsets.ISO_8859_1));
            assertThrows(DataFileException.class, () -> read(file));
        }
    }

    @Test
    void missingFieldIsNamedWithThoseThereAre() throws IOException {
        DataRow row = read(file("a.jsonl", "\n{\"texts\": \"x\", \"label\": 3}")).getFirst();
        var e = assertThrows(DataFileException.class, () -> row.text("text"));
        assertTrue(
                e.getMessage().contains("line 2 has no field 'text'; it has 'texts', 'label'"),
                e.getMessage());
        assertEquals("3", row.word("label"));
    }
}
