package io.tornadogpt.curation.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.curation.Document;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

class FileReadingTest {
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

    private void read(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve(name), bytes);
        FileReading.read(Slice.whole(file, name, bytes.length), small, receiver);
    }

    private void read(String name, String text) throws IOException {
        read(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] zipped(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private List<String> texts() {
        return documents.stream().map(Document::text).toList();
    }

    private List<String> kinds() {
        return problems.stream().map(Problem::kind).toList();
    }

    @Test
    void rowsKeepTheirNumbersAndTheRestOfTheirFields() throws IOException {
        read("a.jsonl", "{\"text\":\"one\",\"n\":1}\n\n{\"text\":\"two\",\"x\":{\"y\":[2]}}");
        assertEquals(List.of("one", "two"), texts());
        assertEquals("a.jsonl#000000002", documents.get(1).id());
        assertEquals("{x={y=[2]}}", documents.get(1).metadata().toString());
    }

    @Test
    void aBadRowIsNamedAndTheOthersAreRead() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(
                "{\"text\":\"one\"}\n{\"text\":\n[1]\n{\"t\":1}\n{\"text\":2}\n"
                        .getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(new byte[] {'"', (byte) 0xC3, '"', '\n', 0, 1, '\n'});
        bytes.writeBytes(
                ("{\"text\":\"" + "x".repeat(2000) + "\"}\n").getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(
                "{\"text\":\"\\ud83d\"}\n{\"text\":\"two\"}\n".getBytes(StandardCharsets.UTF_8));
        read("a.jsonl", bytes.toByteArray());
        assertEquals(List.of("one", "two"), texts());
        assertEquals(
                List.of(
                        "notJson", "notJson", "noText", "noText", "notUtf8", "binary", "tooLong",
                        "notUtf8"),
                kinds());
        assertEquals("a.jsonl#1", problems.getFirst().place());
        assertTrue(
                problems.get(6).detail().contains("2011 bytes, more than the 1000"),
                problems.get(6).detail());
    }

    @Test
    void compressedFilesAreReadAsFarAsTheyGo() throws IOException {
        byte[] rows =
                java.util.stream.IntStream.range(0, 2000)
                        .mapToObj(i -> "{\"text\":\"row " + i * 7919 % 10007 + "\"}")
                        .collect(Collectors.joining("\n"))
                        .getBytes(StandardCharsets.UTF_8);
        byte[] whole = zipped(rows);
        read("a.jsonl.gz", whole);
        assertEquals(2000, documents.size());
        assertEquals(List.of(), problems);
        documents.clear();
        read("b.jsonl.gz", Arrays.copyOf(whole, whole.length / 2));
        assertTrue(documents.size() > 100 && documents.size() < 2000, "" + documents.size());
        assertEquals(List.of("truncated"), kinds());
        problems.clear();
        read("c.jsonl.gz", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        read("d.jsonl.zst", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
        assertEquals(List.of("damaged", "damaged"), kinds());
    }

    @Test
    void aFewBytesDoNotBecomeVeryMany() throws IOException {
        read("bomb.jsonl.gz", zipped(new byte[10_000_000]));
        assertEquals(List.of("expandsTooMuch"), kinds());
        problems.clear();
        read("bomb.txt.gz", zipped("a".repeat(5000).getBytes(StandardCharsets.UTF_8)));
        assertTrue(
                List.of("tooLong", "expandsTooMuch").contains(kinds().getFirst()), "" + problems);
    }

    @Test
    void textsAreUtf8OrWhatTheirMarkSays() throws IOException {
        read("a.txt", "\uFEFFcaf\u00E9");
        read("b.md", "caf\u00E9".getBytes(StandardCharsets.UTF_16));
        read("c.txt", "caf\u00E9".getBytes(StandardCharsets.ISO_8859_1));
        read("d.png", new byte[] {(byte) 0x89, 'P', 'N', 'G', 0, 0});
        assertEquals(List.of("caf\u00E9", "caf\u00E9"), texts());
        assertEquals(List.of("notUtf8", "binary"), kinds());
    }

    @Test
    void tablesHaveNamesOrNumbers() throws IOException {
        read("a.csv", "id,text\n1,\"a, b\nc\"\n2,d\n");
        assertEquals(List.of("a, b\nc", "d"), texts());
        read("b.csv", "id,body\n1,x\n");
        assertEquals(List.of("noText"), kinds());
        documents.clear();
        Path file = Files.writeString(folder.resolve("c.tsv"), "ham\tsay \"hi\nspam\tx\n");
        FileReading.read(
                Slice.whole(file, "c.tsv", Files.size(file)),
                new Reading("2", 1000, 20, 1 << 20),
                receiver);
        assertEquals(List.of("say \"hi", "x"), texts());
        assertEquals("{1=ham}", documents.getFirst().metadata().toString());
    }

    @Test
    void jsonMayBeAList() throws IOException {
        read("a.json", "[{\"text\":\"one\"},{\"text\":\"two\"}]");
        read("b.json", "{\"text\":\"three\"}{\"text\":\"four\"} nonsense");
        assertEquals(List.of("one", "two", "three", "four"), texts());
        assertEquals(List.of("notJson"), kinds());
    }

    @Test
    void mailsAreDecoded() throws IOException {
        read(
                "a.mbox",
                """
                From jane@example.com Mon Jan  1 00:00:00 2024
                Subject: =?utf-8?q?Caf=C3=A9?=
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: quoted-printable

                It is open=E2=80=94always, and that is a long line which goes on=
                 here.

                From bob@example.com Mon Jan  1 00:00:00 2024
                Content-Type: multipart/alternative; boundary=x

                --x
                Content-Type: text/html

                <p>No</p>
                --x
                Content-Type: text/plain

                Yes
                --x--
                """);
        assertEquals(
                List.of(
                        "It is open\u2014always, and that is a long line which goes on here.",
                        "Yes"),
                texts());
        assertEquals("Caf\u00E9", documents.getFirst().metadata().get("title"));
        assertEquals(List.of(), problems);
    }

    @Test
    void aWebArchiveGivesItsPages() throws IOException {
        String page =
                "<html><title>T</title><body><nav><a href=x>Home</a></nav><p>This is the one"
                        + " paragraph that the page has, with words enough.</p></body></html>";
        String http =
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
                        + page.length()
                        + "\r\n\r\n"
                        + page;
        String record =
                "WARC/1.0\r\n"
                        + "WARC-Type: response\r\n"
                        + "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
                        + "WARC-Date: 2024-01-01T00:00:00Z\r\n"
                        + "WARC-Target-URI: http://example.com/a\r\n"
                        + "Content-Type: application/http; msgtype=response\r\n"
                        + "Content-Length: "
                        + http.length()
                        + "\r\n\r\n"
                        + http
                        + "\r\n\r\n";
        read("a.warc.gz", zipped(record.getBytes(StandardCharsets.US_ASCII)));
        assertEquals(List.of(), problems);
        assertEquals(
                List.of("This is the one paragraph that the page has, with words enough."),
                texts());
        assertEquals("http://example.com/a", documents.getFirst().metadata().get("url"));
    }

    @Test
    void whatTheReceiverThrowsIsNoFaultOfTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "text");
        var full =
                new Receiver() {
                    @Override
                    public void document(Document document) throws IOException {
                        throw new IOException("the disk is full");
                    }

                    @Override
                    public void problem(Problem problem) {
                        problems.add(problem);
                    }
                };
        assertThrows(
                IOException.class,
                () -> FileReading.read(Slice.whole(file, "a.txt", 4), small, full));
        assertEquals(List.of(), problems);
    }

    @Test
    void linesOfALargeFileAreDividedWithTheirNumbers() throws IOException {
        var rows = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            rows.append("{\"text\":\"row ").append(i).append("\"}\n");
        }
        Path file = Files.writeString(folder.resolve("a.jsonl"), rows);
        var slices = new ArrayList<Slice>();
        Tree.walk(
                List.of(file),
                new Reading("text", 1000, 20, 1000),
                new SliceSink() {
                    @Override
                    public void slice(Slice slice, long modified) {
                        slices.add(slice);
                    }

                    @Override
                    public void problem(Problem problem) {
                        problems.add(problem);
                    }
                });
        assertTrue(slices.size() > 5, "" + slices);
        for (Slice slice : slices) {
            FileReading.read(slice, small, receiver);
        }
        for (int i = 0; i < 500; i++) {
            assertEquals("row " + i, documents.get(i).text());
            assertTrue(
                    documents
                            .get(i)
                            .id()
                            .endsWith("#" + String.format(java.util.Locale.ROOT, "%09d", i)));
        }
    }

    @Test
    void linksRoundInCirclesAreNamed() throws IOException {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Files.writeString(tree.resolve("a.txt"), "a");
        Files.createSymbolicLink(tree.resolve("round"), tree);
        Files.createSymbolicLink(tree.resolve("self"), tree.resolve("self"));
        var sources = new ArrayList<String>();
        Tree.walk(
                List.of(tree),
                small,
                new SliceSink() {
                    @Override
                    public void slice(Slice slice, long modified) {
                        sources.add(slice.source());
                    }

                    @Override
                    public void problem(Problem problem) {
                        problems.add(problem);
                    }
                });
        assertEquals(List.of("tree/a.txt"), sources);
        assertEquals(List.of("linkToFolder", "brokenLink"), kinds());
    }
}
