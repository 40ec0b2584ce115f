package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.decoder.ByteLevel;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.PieceMerger;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.pretokenizer.KnownPatterns;
import io.tornadogpt.tokenizer.pretokenizer.PieceScanner;
import io.tornadogpt.tokenizer.text.ByteAlphabet;
import io.tornadogpt.tokenizer.text.Cutting;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.TokenStreams;
import io.tornadogpt.tokenizer.text.Utf8;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Byte-level byte-pair encoding as GPT-2 and its successors do it (Sennrich et al. 2016; Radford
/// et al. 2019), on bytes all the way: text is cut into pieces by hand, and within each piece the
/// bytes merge by rank.
///
/// Costs: linear in the text, with a memory of recent words; a single piece of n bytes takes O(n
/// log n). Texts over 1 MiB are encoded on all cores, with the same ids.
final class ByteLevelRoute implements Route {

    private static final int PARALLEL_FROM_BYTES = 1 << 20;

    private final Bpe model;
    private final PieceScanner scanner;
    private final byte @Nullable [] @Nullable [] bytesOfId;
    private final int[] tokenOfByte;
    private final @Nullable Map<String, Integer> wholePieces;
    private final boolean streams;
    private final Queue<PieceEncoder> idleEncoders = new ConcurrentLinkedQueue<>();

    private ByteLevelRoute(
            Pipeline pipeline,
            Bpe model,
            PieceScanner scanner,
            byte @Nullable [] @Nullable [] bytesOfId) {
        this.model = model;
        this.scanner = scanner;
        this.bytesOfId = bytesOfId;
        streams = pipeline.normalizer() == null;
        tokenOfByte = new int[256];
        for (int b = 0; b < 256; b++) {
            tokenOfByte[b] = ordinary(pipeline, ByteAlphabet.spell(new byte[] {(byte) b}));
        }
        wholePieces = model.settings().ignoreMerges() ? wholePieces(pipeline) : null;
    }

    /// The short way of a pipeline that merges bytes within well-known pieces; null where it does
    /// not.
    static @Nullable ByteLevelRoute of(Pipeline pipeline) {
        PieceScanner scanner = KnownPatterns.scanner(pipeline.preTokenizer());
        boolean known =
                pipeline.decoder() instanceof ByteLevel
                        && pipeline.model() instanceof Bpe bpe
                        && bpe.settings().isPlain();
        if (scanner == null || !known) {
            return null;
        }
        byte @Nullable [] @Nullable [] bytesOfId = new byte[pipeline.size()][];
        for (int id = 0; id < bytesOfId.length; id++) {
            AddedToken added = pipeline.added().get(id);
            String token = pipeline.token(id);
            if (token != null) {
                bytesOfId[id] =
                        added != null
                                ? token.getBytes(StandardCharsets.UTF_8)
                                : ByteLevel.bytes(token);
            }
        }
        return new ByteLevelRoute(pipeline, (Bpe) pipeline.model(), scanner, bytesOfId);
    }

    private static int ordinary(Pipeline pipeline, String token) {
        int id = pipeline.model().vocabulary().id(token);
        return id == Vocabulary.NONE || isSpecial(pipeline, id) ? Vocabulary.NONE : id;
    }

    private static boolean isSpecial(Pipeline pipeline, int id) {
        AddedToken added = pipeline.added().get(id);
        return added != null && added.special();
    }

    @Override
    public String kind() {
        return "byte-level BPE";
    }

    @Override
    public void encode(String text, int from, int to, boolean first, IntArray out) {
        String part = from == 0 && to == text.length() ? text : text.substring(from, to);
        encodeInto(part.getBytes(StandardCharsets.UTF_8), out);
    }

    /// Any bytes can be encoded. Where they are not UTF-8 they count as a symbol each when the text
    /// is cut into pieces.
    @Override
    public int[] encodeBytes(byte[] bytes) {
        IntArray ids = new IntArray(bytes.length / 3);
        encodeInto(bytes, ids);
        return ids.toArray();
    }

    @Override
    public @Nullable Cutting cutting() {
        return !streams
                ? null
                : new Cutting(
                        scanner::lastCut,
                        chunk -> {
                            Utf8.requireWellFormed(chunk);
                            return encodeChunk(chunk);
                        });
    }

    @Override
    public byte @Nullable [] @Nullable [] bytesOfTokens() {
        return bytesOfId;
    }

    private void encodeInto(byte[] bytes, IntArray ids) {
        if (bytes.length < PARALLEL_FROM_BYTES) {
            PieceEncoder encoder = borrowEncoder();
            encoder.encode(bytes, bytes.length, ids);
            idleEncoders.add(encoder);
            return;
        }
        try {
            TokenStreams.encode(
                    new ByteArrayInputStream(bytes),
                    new Cutting(scanner::lastCut, this::encodeChunk),
                    (tokens, count, encoded) -> ids.addAll(tokens, 0, count));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private IntArray encodeChunk(TextChunk chunk) {
        PieceEncoder encoder = borrowEncoder();
        IntArray ids = new IntArray(chunk.length() / 3);
        try {
            encoder.encode(chunk.bytes(), chunk.length(), ids);
        } catch (UnencodableTextException e) {
            throw new UnencodableTextException(e, chunk.position((int) e.position()));
        }
        idleEncoders.add(encoder);
        return ids;
    }

    private PieceEncoder borrowEncoder() {
        PieceEncoder idle = idleEncoders.poll();
        return idle != null
                ? idle
                : new PieceEncoder(
                        scanner, new PieceMerger(tokenOfByte, model.table()), wholePieces);
    }

    private Map<String, Integer> wholePieces(Pipeline pipeline) {
        Vocabulary vocabulary = model.vocabulary();
        Map<String, Integer> ids = HashMap.newHashMap(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            byte[] bytes = token == null ? null : ByteAlphabet.read(token);
            if (bytes != null && !isSpecial(pipeline, id)) {
                ids.put(new String(bytes, StandardCharsets.ISO_8859_1), id);
            }
        }
        return ids;
    }
}
