package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One token per Unicode code point. The vocabulary is the sorted set of the code points of a
/// training text, as in nanoGPT's character-level recipe, followed by the special tokens if there
/// are any.
///
/// Encoding and decoding are table look-ups, linear in the text. The table holds one `int` for each
/// code point up to the largest one known: at most 4.3 MiB.
public final class CharTokenizer implements Tokenizer {

    private static final int UNKNOWN = -1;

    private final byte[][] bytesOfId;
    private final int[] idOfCodePoint;
    private final SpecialTokens specialTokens;

    /// @param codePointOfId the code point of each id, -1 at the ids of special tokens
    private CharTokenizer(int[] codePointOfId, SpecialTokens specialTokens) {
        this.specialTokens = specialTokens;
        int largest = Arrays.stream(codePointOfId).max().orElse(-1);
        idOfCodePoint = new int[largest + 1];
        Arrays.fill(idOfCodePoint, UNKNOWN);
        bytesOfId = new byte[codePointOfId.length][];
        for (int id = 0; id < codePointOfId.length; id++) {
            byte @Nullable [] name = specialTokens.bytesOf(id);
            if (name != null) {
                bytesOfId[id] = name;
            } else {
                idOfCodePoint[codePointOfId[id]] = id;
                bytesOfId[id] = Utf8.encode(codePointOfId[id]);
            }
        }
    }

    /// A tokenizer for the characters of a text.
    ///
    /// @throws UnencodableTextException if the text holds half of a surrogate pair, which is no
    ///   character
    public static CharTokenizer train(String text) {
        BitSet seen = new BitSet();
        for (int i = 0; i < text.length(); i++) {
            int codePoint = text.codePointAt(i);
            if (isSurrogate(codePoint)) {
                throw loneSurrogate(codePoint, i);
            }
            seen.set(codePoint);
            i += Character.charCount(codePoint) - 1;
        }
        return ofCodePoints(seen);
    }

    /// A tokenizer for the characters of a stream of UTF-8 text.
    ///
    /// @throws UnencodableTextException if the stream is not UTF-8
    public static CharTokenizer train(InputStream utf8) throws IOException {
        BitSet seen = new BitSet();
        new ParallelChunks<>(CharTokenizer::lastCut, CharTokenizer::distinctCodePoints)
                .run(utf8, (codePoints, bytes) -> seen.or(codePoints));
        return ofCodePoints(seen);
    }

    /// This tokenizer with more special tokens; their ids follow the present ones.
    public CharTokenizer withSpecialTokens(List<String> names) {
        Map<String, Integer> ids = new LinkedHashMap<>(specialTokens.ids());
        int[] codePointOfId = Arrays.copyOf(codePointOfId(), vocabularySize() + names.size());
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty()
                    || ids.containsKey(name)
                    || name.codePointCount(0, name.length()) < 2) {
                throw new IllegalArgumentException(
                        "special token \""
                                + name
                                + "\": expected a new name of two characters or more");
            }
            ids.put(name, vocabularySize() + i);
            codePointOfId[vocabularySize() + i] = UNKNOWN;
        }
        return new CharTokenizer(codePointOfId, new SpecialTokens(ids));
    }

    @Override
    public int[] encode(String text) {
        IntArray ids = new IntArray(text.length());
        encode(text, 0, text.length(), ids);
        return ids.toArray();
    }

    @Override
    public int[] encodeWithSpecialTokens(String text) {
        IntArray ids = new IntArray(text.length());
        int done = 0;
        SpecialTokens.@Nullable Match match;
        while ((match = specialTokens.next(text, done)) != null) {
            encode(text, done, match.start(), ids);
            ids.add(match.id());
            done = match.end();
        }
        encode(text, done, text.length(), ids);
        return ids.toArray();
    }

    @Override
    public long encode(InputStream utf8, TokenSink sink) throws IOException {
        return TokenStreams.encode(utf8, CharTokenizer::lastCut, this::encodeChunk, sink);
    }

    @Override
    public byte[] decodeBytes(int... ids) {
        return TokenBytes.join(bytesOfId, ids);
    }

    @Override
    public byte[] tokenBytes(int id) {
        return TokenBytes.of(bytesOfId, id).clone();
    }

    @Override
    public int vocabularySize() {
        return bytesOfId.length;
    }

    @Override
    public Map<String, Integer> specialTokens() {
        return specialTokens.ids();
    }

    @Override
    public void save(Path directory) throws IOException {
        CharTokenizerFormat.save(this, directory);
    }

    @Override
    public String toString() {
        return "CharTokenizer[vocabularySize=" + vocabularySize() + "]";
    }

    static CharTokenizer ofCodePoints(int[] codePointOfId, Map<String, Integer> specialTokens) {
        return new CharTokenizer(codePointOfId, new SpecialTokens(specialTokens));
    }

    /// The code point of each id, -1 at the ids of special tokens.
    int[] codePointOfId() {
        int[] codePointOfId = new int[bytesOfId.length];
        Arrays.fill(codePointOfId, UNKNOWN);
        for (int codePoint = 0; codePoint < idOfCodePoint.length; codePoint++) {
            if (idOfCodePoint[codePoint] != UNKNOWN) {
                codePointOfId[idOfCodePoint[codePoint]] = codePoint;
            }
        }
        return codePointOfId;
    }

    private static CharTokenizer ofCodePoints(BitSet codePoints) {
        return new CharTokenizer(codePoints.stream().toArray(), SpecialTokens.NONE);
    }

    private void encode(String text, int from, int to, IntArray ids) {
        for (int i = from; i < to; i++) {
            int codePoint = text.charAt(i);
            if (isSurrogate(codePoint)) {
                codePoint = text.codePointAt(i);
            }
            int id = idOf(codePoint);
            if (id == UNKNOWN) {
                throw isSurrogate(codePoint)
                        ? loneSurrogate(codePoint, i)
                        : unknown(codePoint, "index", i);
            }
            ids.add(id);
            if (codePoint > Character.MAX_VALUE) {
                i++;
            }
        }
    }

    private IntArray encodeChunk(TextChunk chunk) {
        IntArray ids = new IntArray(chunk.length());
        for (int at = 0; at < chunk.length(); ) {
            int decoded = decode(chunk, at);
            int id = idOf(Utf8.codePoint(decoded));
            if (id == UNKNOWN) {
                long position = chunk.position(at);
                throw unknown(Utf8.codePoint(decoded), "byte", position);
            }
            ids.add(id);
            at += Utf8.length(decoded);
        }
        return ids;
    }

    private static int lastCut(byte[] bytes, int from, int to) {
        return Math.max(from, Utf8.lastBoundary(bytes, to));
    }

    private static BitSet distinctCodePoints(TextChunk chunk) {
        BitSet seen = new BitSet();
        for (int at = 0; at < chunk.length(); ) {
            int decoded = decode(chunk, at);
            seen.set(Utf8.codePoint(decoded));
            at += Utf8.length(decoded);
        }
        return seen;
    }

    private static int decode(TextChunk chunk, int at) {
        int decoded = Utf8.decode(chunk.bytes(), at, chunk.length());
        if (decoded == Utf8.MALFORMED) {
            throw Utf8.malformed(chunk, at);
        }
        return decoded;
    }

    private int idOf(int codePoint) {
        return codePoint < idOfCodePoint.length ? idOfCodePoint[codePoint] : UNKNOWN;
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    private UnencodableTextException unknown(int codePoint, String unit, long position) {
        return new UnencodableTextException(
                "character "
                        + describe(codePoint)
                        + " at "
                        + unit
                        + " "
                        + position
                        + " is not among the "
                        + (vocabularySize() - specialTokens.ids().size())
                        + " characters this tokenizer was made from; leave it out, or train on text"
                        + " that has it",
                position);
    }

    private static UnencodableTextException loneSurrogate(int codePoint, int index) {
        return new UnencodableTextException(
                String.format(
                        "U+%04X at index %d is half of a surrogate pair, which is no character;"
                                + " leave it out",
                        codePoint, index),
                index);
    }

    private static String describe(int codePoint) {
        String name = Character.getName(codePoint);
        String shown =
                Character.isISOControl(codePoint) ? "" : " '" + Character.toString(codePoint) + "'";
        return String.format("U+%04X%s%s", codePoint, shown, name == null ? "" : " (" + name + ")");
    }
}
