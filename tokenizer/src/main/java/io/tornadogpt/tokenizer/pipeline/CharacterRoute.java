package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.decoder.Fuse;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.text.Cutting;
import io.tornadogpt.tokenizer.text.Describe;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.Utf8;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One token per Unicode code point: a BPE model without merges and without a pre-tokenizer.
///
/// Encoding and decoding are table look-ups, linear in the text. The table holds one `int` for each
/// code point up to the largest one known: at most 4.3 MiB.
final class CharacterRoute implements Route {

    private static final int UNKNOWN = -1;

    private final byte[][] bytesOfId;
    private final int[] idOfCodePoint;
    private final int characters;

    private CharacterRoute(byte[][] bytesOfId, int[] idOfCodePoint, int characters) {
        this.bytesOfId = bytesOfId;
        this.idOfCodePoint = idOfCodePoint;
        this.characters = characters;
    }

    /// The short way of a pipeline that is one token a character; null where it is not.
    static @Nullable CharacterRoute of(Pipeline pipeline) {
        boolean plain =
                pipeline.normalizer() == null
                        && pipeline.preTokenizer() == null
                        && pipeline.decoder() instanceof Fuse
                        && pipeline.model() instanceof Bpe bpe
                        && bpe.settings().isPlain()
                        && bpe.merges().size() == 0;
        if (!plain) {
            return null;
        }
        byte[][] bytesOfId = new byte[pipeline.size()][];
        int[] codePointOfId = new int[pipeline.size()];
        Arrays.fill(codePointOfId, UNKNOWN);
        int characters = 0;
        for (int id = 0; id < bytesOfId.length; id++) {
            AddedToken added = pipeline.added().get(id);
            String token = pipeline.token(id);
            if (token == null) {
                return null;
            }
            bytesOfId[id] = token.getBytes(StandardCharsets.UTF_8);
            if (added == null) {
                if (token.isEmpty() || token.codePointCount(0, token.length()) != 1) {
                    return null;
                }
                codePointOfId[id] = token.codePointAt(0);
                characters++;
            }
        }
        int[] idOfCodePoint = new int[Arrays.stream(codePointOfId).max().orElse(UNKNOWN) + 1];
        Arrays.fill(idOfCodePoint, UNKNOWN);
        for (int id = 0; id < codePointOfId.length; id++) {
            if (codePointOfId[id] != UNKNOWN) {
                idOfCodePoint[codePointOfId[id]] = id;
            }
        }
        return new CharacterRoute(bytesOfId, idOfCodePoint, characters);
    }

    @Override
    public String kind() {
        return "characters";
    }

    @Override
    public void encode(String text, int from, int to, boolean first, IntArray out) {
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
            out.add(id);
            if (codePoint > Character.MAX_VALUE) {
                i++;
            }
        }
    }

    @Override
    public Cutting cutting() {
        return new Cutting(CharacterRoute::lastCut, this::encodeChunk);
    }

    @Override
    public byte[][] bytesOfTokens() {
        return bytesOfId;
    }

    static int lastCut(byte[] bytes, int from, int to) {
        return Math.max(from, Utf8.lastBoundary(bytes, to));
    }

    static int decode(TextChunk chunk, int at) {
        int decoded = Utf8.decode(chunk.bytes(), at, chunk.length());
        if (decoded == Utf8.MALFORMED) {
            throw Utf8.malformed(chunk, at);
        }
        return decoded;
    }

    private IntArray encodeChunk(TextChunk chunk) {
        IntArray ids = new IntArray(chunk.length());
        for (int at = 0; at < chunk.length(); ) {
            int decoded = decode(chunk, at);
            int id = idOf(Utf8.codePoint(decoded));
            if (id == UNKNOWN) {
                throw unknown(Utf8.codePoint(decoded), "byte", chunk.position(at));
            }
            ids.add(id);
            at += Utf8.length(decoded);
        }
        return ids;
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
                        + Describe.codePoint(codePoint)
                        + " at "
                        + unit
                        + " "
                        + position
                        + " is not among the "
                        + characters
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
}
