package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.TrainingProgress;
import io.tornadogpt.tokenizer.text.ParallelChunks;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.Utf8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How often each word of a text occurs.
public final class WordCounts {

    /// A word, and how often it occurs.
    public record Word(String text, long count) {}

    /// Cuts a line into words.
    @FunctionalInterface
    public interface Cutter {
        void cut(String line, WordCounts out);
    }

    private final Map<String, Long> counts = new HashMap<>();

    /// Counts the words of a stream of UTF-8 text line by line, on all cores.
    ///
    /// @param endings whether lines keep their line feeds
    /// @throws io.tornadogpt.tokenizer.UnencodableTextException if the bytes are not UTF-8
    public static WordCounts of(
            InputStream utf8, boolean endings, Cutter cutter, TrainingProgress progress)
            throws IOException {
        WordCounts all = new WordCounts();
        new ParallelChunks<>(WordCounts::lastLineEnd, chunk -> count(chunk, endings, cutter))
                .run(
                        utf8,
                        (words, bytes) -> {
                            words.counts.forEach((w, n) -> all.counts.merge(w, n, Long::sum));
                            progress.counted(bytes);
                        });
        return all;
    }

    private static int lastLineEnd(byte[] bytes, int from, int to) {
        for (int at = to; at > from; at--) {
            if (bytes[at - 1] == '\n') {
                return at;
            }
        }
        return from;
    }

    private static WordCounts count(TextChunk chunk, boolean endings, Cutter cutter) {
        Utf8.requireWellFormed(chunk);
        String text = new String(chunk.bytes(), 0, chunk.length(), StandardCharsets.UTF_8);
        WordCounts words = new WordCounts();
        for (int from = 0, next; from < text.length(); from = next) {
            int feed = text.indexOf('\n', from);
            next = feed < 0 ? text.length() : feed + 1;
            int end = feed < 0 || endings ? next : feed;
            if (from < end) {
                cutter.cut(text.substring(from, end), words);
            }
        }
        return words;
    }

    /// Counts a word once.
    public void add(String word) {
        counts.merge(word, 1L, Long::sum);
    }

    /// All words in the order of their UTF-16 code units.
    public List<Word> sorted() {
        List<String> texts = new ArrayList<>(counts.keySet());
        Collections.sort(texts);
        List<Word> words = new ArrayList<>(texts.size());
        for (String text : texts) {
            words.add(new Word(text, counts.getOrDefault(text, 0L)));
        }
        return words;
    }
}
