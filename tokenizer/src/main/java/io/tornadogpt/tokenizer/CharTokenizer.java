package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.decoder.Fuse;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.text.ParallelChunks;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.Utf8;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes tokenizers of one token per Unicode code point. The vocabulary is the sorted set of the
/// code points of a training text, as in nanoGPT's character-level recipe, followed by the special
/// tokens if there are any. Its file is a BPE model without merges, without a pre-tokenizer and
/// with the decoder `Fuse`, so that Hugging Face looks each character up by itself.
public final class CharTokenizer {

    private CharTokenizer() {}

    /// A tokenizer for the characters of a text.
    ///
    /// @throws UnencodableTextException if the text holds half of a surrogate pair, which is no
    ///   character
    public static Tokenizer train(String text, String... specialTokens) {
        BitSet seen = new BitSet();
        for (int i = 0; i < text.length(); i++) {
            int codePoint = text.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                throw new UnencodableTextException(
                        String.format(
                                "U+%04X at index %d is half of a surrogate pair, which is no"
                                        + " character; leave it out",
                                codePoint, i),
                        i);
            }
            seen.set(codePoint);
            i += Character.charCount(codePoint) - 1;
        }
        return of(seen, List.of(specialTokens));
    }

    /// A tokenizer for the characters of a stream of UTF-8 text.
    ///
    /// @throws UnencodableTextException if the stream is not UTF-8
    public static Tokenizer train(InputStream utf8, String... specialTokens) throws IOException {
        BitSet seen = new BitSet();
        new ParallelChunks<>(CharTokenizer::lastCut, CharTokenizer::distinctCodePoints)
                .run(utf8, (codePoints, bytes) -> seen.or(codePoints));
        return of(seen, List.of(specialTokens));
    }

    private static Tokenizer of(BitSet codePoints, List<String> specialTokens) {
        Map<String, Integer> ids = new LinkedHashMap<>();
        codePoints.stream().forEach(c -> ids.put(Character.toString(c), ids.size()));
        List<AddedToken> special = new ArrayList<>();
        for (String name : specialTokens) {
            boolean taken = special.stream().anyMatch(token -> token.content().equals(name));
            if (taken || name.isEmpty() || name.codePointCount(0, name.length()) < 2) {
                throw new IllegalArgumentException(
                        "special token \""
                                + name
                                + "\": expected a new name of two characters or more");
            }
            special.add(AddedToken.special(ids.size() + special.size(), name));
        }
        return new PipelineTokenizer(
                Pipeline.of(
                        special,
                        null,
                        null,
                        new Bpe(Vocabulary.of(ids), new Merges(0), Bpe.Settings.PLAIN),
                        null,
                        new Fuse()));
    }

    private static int lastCut(byte[] bytes, int from, int to) {
        return Math.max(from, Utf8.lastBoundary(bytes, to));
    }

    private static BitSet distinctCodePoints(TextChunk chunk) {
        BitSet seen = new BitSet();
        for (int at = 0; at < chunk.length(); ) {
            int decoded = Utf8.decode(chunk.bytes(), at, chunk.length());
            if (decoded == Utf8.MALFORMED) {
                throw Utf8.malformed(chunk, at);
            }
            seen.set(Utf8.codePoint(decoded));
            at += Utf8.length(decoded);
        }
        return seen;
    }
}
