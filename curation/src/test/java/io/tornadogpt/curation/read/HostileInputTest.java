package io.tornadogpt.curation.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Recipe;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.step.DocumentStep;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Input that would take very long or very much memory, if it were allowed to.
class HostileInputTest {
    @TempDir private Path folder;
    private final List<Document> documents = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Reading small = new Reading("text", 1000, 20, 1 << 20);

    private final Receiver receiver =
            new Receiver() {
                @Override
                public void document(Document document) {
                    documents.add(document);
                }

                @Override
                public void problem(Problem problem) {
                    problems.add(problem);
                }
            };

    private void read(String name, byte[] bytes, Reading reading) throws IOException {
        documents.clear();
        problems.clear();
        Path file = Files.write(folder.resolve(name), bytes);
        FileReading.read(Slice.whole(file, name, bytes.length), reading, receiver);
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void anArchiveIsReadLikeAFolder() throws IOException {
        var entries = new LinkedHashMap<String, byte[]>();
        entries.put("a/one.txt", bytes("first"));
        entries.put("a/rows.jsonl", bytes("{\"text\":\"second\"}\n{\"text\":\n"));
        entries.put("more.jsonl.gz", gzip(bytes("{\"text\":\"third\"}\n")));
        entries.put("__MACOSX/one.txt", bytes("no"));
        entries.put(".hidden.txt", bytes("no"));
        entries.put("picture.png", new byte[] {1, 0, 2});
        entries.put("inner.zip", zip(Map.of("x.txt", bytes("no"))));
        entries.put("long.txt", bytes("word ".repeat(300)));
        entries.put("page.html", bytes("<p>This is a page with words enough to be its text.</p>"));
        entries.put("table.csv", bytes("text\nfourth\n"));
        read("docs.zip", zip(entries), small);
        assertEquals(
                List.of(
                        "docs.zip/a/one.txt#000000000",
                        "docs.zip/a/rows.jsonl#000000000",
                        "docs.zip/more.jsonl.gz#000000000",
                        "docs.zip/page.html#000000000",
                        "docs.zip/table.csv#000000000"),
                documents.stream().map(Document::id).toList());
        assertEquals(
                List.of("notJson", "binary", "nested", "tooLong"),
                problems.stream().map(Problem::kind).toList());
    }

    @Test
    void aZipBombIsGivenUpAndBrokenArchivesAreNamed() throws IOException {
        var bomb = new LinkedHashMap<String, byte[]>();
        bomb.put("a.txt", bytes("first"));
        bomb.put("b.txt", new byte[30_000_000]);
        bomb.put("c.txt", bytes("last"));
        byte[] whole = zip(bomb);
        read("bomb.zip", whole, small);
        assertEquals(1, documents.size());
        assertTrue(
                problems.stream().anyMatch(p -> p.kind().equals("expandsTooMuch")), "" + problems);
        byte[] good = zip(Map.of("a.txt", bytes("x".repeat(500) + Math.PI)));
        read("cut.zip", java.util.Arrays.copyOf(good, good.length / 2), small);
        assertEquals(
                List.of("cut.zip/a.txt", "cut.zip"),
                problems.stream().map(Problem::place).toList());
        read("none.zip", bytes("this is no archive"), small);
        assertEquals("damaged", problems.getFirst().kind());
    }

    @Test
    void elementsInElementsAreReadAtAnyDepth() throws IOException {
        String words = "These are the words of the page, and they are enough of them.";
        int depth = 20_000;
        String page = "<div>".repeat(depth) + "<p>" + words + "</p>" + "</div>".repeat(depth);
        read("deep.html", bytes(page), Reading.DEFAULT);
        assertEquals(List.of(), problems);
        assertEquals(words, documents.getFirst().text());
        read("open.html", bytes("<b><i>".repeat(5_000) + words), Reading.DEFAULT);
        assertEquals(1, documents.size() + problems.size());
    }

    /// Each of these makes some pattern look back, or forward, as far as it can. A pattern that
    /// explodes would never end.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                ".",
                "...",
                "(",
                "[",
                "[1",
                "{",
                "<",
                "<a ",
                "&",
                "1",
                "1 ",
                "1-",
                "0.",
                "a@",
                "a.",
                "@",
                "+1",
                "a=",
                "password: ",
                "\u00C3",
                "\u00C3\u00A9",
                "no ",
                "phone 1",
                "\n",
                "- \n",
                "a\n",
                "the of\n",
                "eyJ",
                "-----BEGIN ",
                "https://a:",
                ":",
                "::1"
            })
    void whatRepeatsEndlesslyIsJudgedInTheEnd(String part) throws IOException {
        String text = "The text of that, and to be with it. ".repeat(3) + part.repeat(10_000) + "!";
        Document document = Document.of("a.txt", 0, text, Map.of());
        for (DocumentStep step : Recipe.named("default").prepared()) {
            Verdict verdict = step.apply(document);
            assertTrue(verdict != null, part);
        }
    }

    @Test
    void veryManySmallFilesAreOneListAfterTheOther() throws IOException {
        int count = Integer.getInteger("gpt.test.files", 3000);
        Path tree = Files.createDirectory(folder.resolve("tree"));
        for (int i = 0; i < count; i++) {
            Path sub = tree.resolve("d" + i / 1000);
            if (i % 1000 == 0) {
                Files.createDirectory(sub);
            }
            Files.writeString(sub.resolve("f" + i + ".txt"), "");
        }
        var seen = new long[1];
        var last = new String[] {""};
        Tree.walk(
                List.of(tree),
                small,
                new SliceSink() {
                    @Override
                    public void slice(Slice slice, long modified) {
                        assertTrue(last[0].compareTo(slice.source()) < 0, slice.source());
                        last[0] = slice.source();
                        seen[0]++;
                    }

                    @Override
                    public void problem(Problem problem) {
                        problems.add(problem);
                    }
                });
        assertEquals(count, seen[0]);
        assertEquals(List.of(), problems);
    }

    /// Needs a gigabyte of the disk: `-Dgpt.test.longLine=1073741824`.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.longLine", matches = "\\d+")
    void aLineOfAGigabyteIsNamedInBoundedMemory() throws IOException {
        long length = Long.getLong("gpt.test.longLine", 0);
        Path file = folder.resolve("long.jsonl");
        byte[] block = bytes("x".repeat(1 << 16));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(bytes("{\"text\":\"one\"}\n{\"text\":\""));
            for (long written = 0; written < length; written += block.length) {
                out.write(block);
            }
            out.write(bytes("\"}\n{\"text\":\"two\"}\n"));
        }
        FileReading.read(Slice.whole(file, "a.jsonl", Files.size(file)), small, receiver);
        assertEquals(List.of("one", "two"), documents.stream().map(Document::text).toList());
        assertEquals(List.of("tooLong"), problems.stream().map(Problem::kind).toList());
    }
}
