package io.tornadogpt.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Documents;
import io.tornadogpt.trainer.data.PartEncoder;
import io.tornadogpt.trainer.data.TextPart;
import io.tornadogpt.trainer.data.TextSource;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.DividedEncoding;
import io.tornadogpt.trainer.parallel.OtherProcessException;
import io.tornadogpt.trainer.parallel.Together;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Token files do not depend on the number of processes that encode a text. Processes are threads
/// here.
@Timeout(300)
class DividedEncodingTest {
    private static final List<String> WORDS =
            List.of("the", "quick", "brown", "fox", "jumps", "über", "a lazy", "dog", "犬", "\n");

    @TempDir Path folder;

    private static String text(int seed, int words) {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return text.toString();
    }

    /// Texts of one kind, in a folder of their own.
    private Path texts(String kind) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        switch (kind) {
            case "many" -> {
                for (int i = 0; i < 300; i++) {
                    Path file = data.resolve("%03d.txt".formatted(i));
                    Files.writeString(file, i % 50 == 7 ? "" : text(i, 10 + 5 * (i % 40)));
                }
            }
            case "long" -> Files.writeString(data.resolve("long.txt"), text(1, 300_000));
            case "mixed" -> {
                Files.writeString(data.resolve("a.txt"), text(2, 240_000) + "<|endoftext|>b");
                Files.writeString(data.resolve("b.txt"), "<|endoftext|>" + text(3, 20_000));
                Files.writeString(data.resolve("c.txt"), text(4, 30_000).replace("dog", "==="));
            }
            default -> throw new IllegalArgumentException(kind);
        }
        return data;
    }

    private static Map<String, String> sums(Path prepared) throws IOException {
        var sums = new TreeMap<String, String>();
        try (Stream<Path> files = Files.list(prepared)) {
            for (Path file : files.toList()) {
                sums.put(prepared.relativize(file).toString(), Sha256.of(file).hex());
            }
        }
        return sums;
    }

    /// Prepares data in several threads.
    ///
    /// @param jobs what each but the first makes of what it is asked to do
    private void prepare(
            DataChoice choice,
            boolean validates,
            Path out,
            int processes,
            UnaryOperator<Map<String, String>> jobs)
            throws IOException {
        ThreadRuns.together(
                processes,
                communicator ->
                        Together.leaderFirst(
                                communicator,
                                () -> {
                                    PartEncoder encoder = DividedEncoding.of(communicator);
                                    choice.prepare(
                                                    out,
                                                    validates,
                                                    new DataChoice.Progress() {},
                                                    encoder)
                                            .close();
                                    return 0;
                                },
                                job -> DividedEncoding.help(communicator, jobs.apply(job)),
                                () -> 0));
    }

    @ParameterizedTest
    @CsvSource({
        "many,  files,         bpe:280",
        "many,  lines,         bpe:257",
        "long,  files,         bpe:280",
        "long,  none,          char",
        "mixed, <|endoftext|>, bpe:257",
        "mixed, files,         wordpiece:60"
    })
    void tokenFilesHaveTheBytesOfOneProcess(String kind, String documents, String tokenizer)
            throws IOException {
        var choice =
                new DataChoice(
                        texts(kind), TokenizerChoice.parse(tokenizer), Documents.parse(documents));
        Path alone = folder.resolve("alone");
        choice.prepare(alone, true, new DataChoice.Progress() {}).close();
        Map<String, String> expected = sums(alone);
        assertTrue(
                expected.keySet().containsAll(List.of("train.bin", "train.bin.json", "val.bin")),
                expected.keySet().toString());
        for (int processes : new int[] {2, 5}) {
            Path out = folder.resolve("of-" + processes);
            var helped = new AtomicInteger();
            prepare(
                    choice,
                    true,
                    out,
                    processes,
                    job -> {
                        helped.incrementAndGet();
                        return job;
                    });
            assertEquals(expected, sums(out), processes + " processes");
            assertEquals(2 * (processes - 1), helped.get());
        }
    }

    /// Each process does encode something.
    @Test
    void everyProcessEncodesItsShare() throws IOException {
        Path data = texts("many");
        Tokenizer tokenizer = CharTokenizer.train(text(0, 1000) + "<|>");
        var delivered = new ArrayList<Long>();
        try (TextSource text = TextSource.open(data)) {
            var part = new TextPart(text, Documents.FILES, 0, text.statistics().characters());
            encode(3, part, tokenizer, (_, _, bytes) -> delivered.add(bytes));
        }
        // Rank 0 gets something new of each of the three.
        assertEquals(3, delivered.stream().limit(3).distinct().count(), delivered.toString());
        assertTrue(delivered.getFirst() > 0, delivered.toString());
    }

    private void encode(int processes, TextPart part, Tokenizer tokenizer, TokenSink sink)
            throws IOException {
        ThreadRuns.together(
                processes,
                communicator ->
                        Together.leaderFirst(
                                communicator,
                                () ->
                                        DividedEncoding.of(communicator)
                                                .encode(part, tokenizer, folder, sink),
                                job -> DividedEncoding.help(communicator, job),
                                () -> 0L));
    }

    @Test
    void aProcessThatReadsAnotherTextFailsAndNothingIsLeft() throws IOException {
        Path data = texts("many");
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("a.txt"), text(9, 30_000));
        Path out = folder.resolve("out");
        var choice = new DataChoice(data, new TokenizerChoice.Bpe(300));
        var calls = new AtomicInteger();
        RuntimeException failure =
                assertThrows(
                        OtherProcessException.class,
                        () ->
                                prepare(
                                        choice,
                                        true,
                                        out,
                                        2,
                                        job -> {
                                            var changed = new TreeMap<>(job);
                                            changed.put("text", other.toString());
                                            calls.incrementAndGet();
                                            return changed;
                                        }));
        assertEquals(
                "the text to train on is another one here than for process 0, under the same path;"
                        + " give all processes the same files",
                failure.getMessage());
        assertEquals(1, calls.get());
        assertEquals(List.of(), sums(out).keySet().stream().filter(this::isOfTokens).toList());
    }

    private boolean isOfTokens(String name) {
        return name.contains(".bin");
    }

    /// What a process cannot encode is named as one process does it, by the process that found it.
    @Test
    void textThatCannotBeEncodedIsNamedByTheProcessThatFindsIt() throws IOException {
        Path data = texts("long");
        Path file = data.resolve("long.txt");
        Files.writeString(file, text(1, 300_000) + "ß" + text(1, 1000));
        Path stored = Files.createDirectories(folder.resolve("tokenizer"));
        CharTokenizer.train(text(0, 1000)).save(stored);
        var choice = new DataChoice(data, new TokenizerChoice.Stored(stored));
        UnencodableTextException alone =
                assertThrows(
                        UnencodableTextException.class,
                        () ->
                                choice.prepare(
                                        folder.resolve("alone"),
                                        false,
                                        new DataChoice.Progress() {}));
        RuntimeException divided =
                assertThrows(
                        RuntimeException.class,
                        () ->
                                prepare(
                                        choice,
                                        false,
                                        folder.resolve("out"),
                                        3,
                                        UnaryOperator.identity()));
        assertEquals(alone.getMessage(), divided.getMessage());
    }

    /// A full disk, for one.
    @Test
    void tokensThatCannotBeWrittenEndAllProcesses() throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("long.txt"), text(1, 300_000));
        Tokenizer tokenizer = CharTokenizer.train(text(0, 1000));
        try (TextSource text = TextSource.open(data)) {
            var part = new TextPart(text, Documents.FILES, 0, text.statistics().characters());
            TokenSink full =
                    (_, _, _) -> {
                        throw new IOException("no space is left");
                    };
            var told = new ArrayList<String>();
            ThreadRuns.together(
                    3,
                    communicator -> {
                        try {
                            return together(communicator, part, tokenizer, full);
                        } catch (IOException | OtherProcessException e) {
                            synchronized (told) {
                                told.add(e.getClass().getSimpleName() + ": " + e.getMessage());
                            }
                            return 0L;
                        }
                    });
            assertEquals(
                    List.of(
                            "IOException: no space is left",
                            "OtherProcessException: no space is left",
                            "OtherProcessException: no space is left"),
                    told.stream().sorted().toList());
        }
    }

    private long together(
            Communicator communicator, TextPart part, Tokenizer tokenizer, TokenSink sink)
            throws IOException {
        return Together.leaderFirst(
                communicator,
                () -> DividedEncoding.of(communicator).encode(part, tokenizer, folder, sink),
                job -> DividedEncoding.help(communicator, job),
                () -> 0L);
    }
}
