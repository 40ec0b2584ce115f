package io.tornadogpt.tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Byte-level byte-pair encoding as GPT-2 does it (Sennrich et al. 2016; Radford et al. 2019): text
/// is cut into pieces by GPT-2's pattern, and within each piece the bytes merge by rank. The ids
/// are those of tiktoken's `gpt2` and of Hugging Face `tokenizers` on the same vocabulary.
///
/// Any bytes can be encoded, and decode to the same bytes, as long as the vocabulary holds all 256
/// bytes. A `String` with half of a surrogate pair is encoded as if it had U+FFFD there, as
/// tiktoken does; this is the only text that does not come back as it was.
///
/// Costs: linear in the text, with a memory of recent words; a single piece of n bytes takes O(n
/// log n). Texts over 1 MiB are encoded on all cores, with the same ids.
public final class BpeTokenizer implements Tokenizer {

    private static final int PARALLEL_FROM_BYTES = 1 << 20;

    private final byte[][] bytesOfId;
    private final Merges merges;
    private final SpecialTokens specialTokens;
    private final int[] tokenOfByte;
    private final MergeTable mergeTable;
    private final @Nullable Map<String, Integer> wholePieces;
    private final Queue<PieceEncoder> idleEncoders = new ConcurrentLinkedQueue<>();

    /// @param bytesOfId the bytes of each token, a special token's name among them
    /// @param wholePiecesFirst whether a piece that is a token is taken as it is, without merging
    BpeTokenizer(
            byte[][] bytesOfId,
            Merges merges,
            Map<String, Integer> specialTokens,
            boolean wholePiecesFirst) {
        this.bytesOfId = bytesOfId;
        this.merges = merges;
        this.specialTokens = new SpecialTokens(specialTokens);
        tokenOfByte = tokenOfByte();
        mergeTable = new MergeTable(merges);
        wholePieces = wholePiecesFirst ? idOfBytes() : null;
    }

    /// Opens OpenAI's and Hugging Face's pair of files, whatever they are called: a JSON object
    /// from token to id, and a text file with one merge a line. A token such as `<|endoftext|>`
    /// that no merge makes is a special token.
    ///
    /// @throws TokenizerFormatException if a file is malformed
    public static BpeTokenizer load(Path vocabulary, Path merges) throws IOException {
        return BpeFormat.read(vocabulary, merges);
    }

    /// Opens a tiktoken rank file: on each line a token in base64 and its rank, which is its id.
    /// Such a file does not name special tokens; [Tokenizer#END_OF_TEXT] gets the first id that the
    /// file leaves free, which is where tiktoken has it for `gpt2`.
    ///
    /// @throws TokenizerFormatException if the file is malformed
    public static BpeTokenizer loadRanks(Path rankFile) throws IOException {
        return RankFile.read(rankFile);
    }

    /// GPT-2's tokenizer: 50,257 tokens, `<|endoftext|>` the last. The vocabulary is the one that
    /// the library jtokkit ships as a resource, so that this needs no file and no network.
    ///
    /// `com.knuddels:jtokkit` must be on the class path at run time, beside modules too. Nothing of
    /// its code is used.
    ///
    /// @throws TokenizerFormatException if it is not there, or not as it should be
    public static BpeTokenizer gpt2() throws IOException {
        return Gpt2Vocabulary.read();
    }

    @Override
    public int[] encode(String text) {
        return encodeBytes(utf8(text));
    }

    /// Encodes any bytes. Where they are not UTF-8 they count as a symbol each when the text is cut
    /// into pieces; [#decodeBytes] gives them back.
    public int[] encodeBytes(byte[] bytes) {
        IntArray ids = new IntArray(bytes.length / 3);
        encodeInto(bytes, ids);
        return ids.toArray();
    }

    @Override
    public int[] encodeWithSpecialTokens(String text) {
        IntArray ids = new IntArray(text.length() / 3);
        int done = 0;
        SpecialTokens.@Nullable Match match;
        while ((match = specialTokens.next(text, done)) != null) {
            encodeInto(utf8(text.substring(done, match.start())), ids);
            ids.add(match.id());
            done = match.end();
        }
        encodeInto(utf8(text.substring(done)), ids);
        return ids.toArray();
    }

    @Override
    public long encode(InputStream utf8, TokenSink sink) throws IOException {
        return TokenStreams.encode(
                utf8,
                Gpt2Pieces::lastCut,
                chunk -> {
                    Utf8.requireWellFormed(chunk);
                    return encodeChunk(chunk);
                },
                sink);
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

    /// Writes `tokenizer.json`, `vocab.json`, `merges.txt` and `tokenizer_config.json`.
    @Override
    public void save(Path directory) throws IOException {
        BpeFormat.save(this, directory);
    }

    @Override
    public String toString() {
        return "BpeTokenizer[vocabularySize="
                + vocabularySize()
                + ", merges="
                + merges.size()
                + ", specialTokens="
                + specialTokens.ids().keySet()
                + "]";
    }

    Merges merges() {
        return merges;
    }

    boolean wholePiecesFirst() {
        return wholePieces != null;
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
                    Gpt2Pieces::lastCut,
                    this::encodeChunk,
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
                : new PieceEncoder(new PieceMerger(tokenOfByte, mergeTable), wholePieces);
    }

    private int[] tokenOfByte() {
        int[] tokens = new int[256];
        Arrays.fill(tokens, -1);
        for (int id = 0; id < bytesOfId.length; id++) {
            if (bytesOfId[id].length == 1 && specialTokens.bytesOf(id) == null) {
                tokens[bytesOfId[id][0] & 0xFF] = id;
            }
        }
        return tokens;
    }

    private Map<String, Integer> idOfBytes() {
        Map<String, Integer> ids = HashMap.newHashMap(bytesOfId.length);
        for (int id = 0; id < bytesOfId.length; id++) {
            if (specialTokens.bytesOf(id) == null) {
                ids.put(new String(bytesOfId[id], StandardCharsets.ISO_8859_1), id);
            }
        }
        return ids;
    }

    /// UTF-8 with U+FFFD for half of a surrogate pair, where [String#getBytes] would put '?'.
    private static byte[] utf8(String text) {
        return (isWellFormed(text) ? text : repaired(text)).getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static String repaired(String text) {
        int[] codePoints = text.codePoints().toArray();
        for (int i = 0; i < codePoints.length; i++) {
            if (codePoints[i] >= Character.MIN_SURROGATE
                    && codePoints[i] <= Character.MAX_SURROGATE) {
                codePoints[i] = 0xFFFD;
            }
        }
        return new String(codePoints, 0, codePoints.length);
    }
}
