package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.Sha256;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;

/// A file of token ids, mapped into memory; of any length.
///
/// The format is read from llm.c's header where there is one, otherwise from the side file, and is
/// [TokenFormat#RAW_UINT16] where there is neither. (A raw file of GPT-2's tokens cannot look like
/// one with a header: its first id would be 55,432.) What has neither and reads as text is refused,
/// for it would give ids that mean nothing.
public final class TokenFile implements Tokens, AutoCloseable {
    private static final ValueLayout.OfShort UINT16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt UINT32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int SCAN_BLOCK = 1 << 14;
    private static final String PREPARE_AGAIN = "prepare the data again";
    private static final String PUT_BACK =
            "put it back as it was, and go on from the last checkpoint";

    private final Path path;
    private final TokenFormat format;
    private final @Nullable TokenFileInfo info;
    private final Arena arena;
    private final MemorySegment ids;
    private final long count;
    private final Sha256 checksum;
    private Stamp stamp;

    /// What the file system says of the file.
    private record Stamp(long size, FileTime time) {
        static Stamp of(Path path) throws IOException {
            return new Stamp(Files.size(path), Files.getLastModifiedTime(path));
        }
    }

    private TokenFile(
            Path path,
            TokenFormat format,
            @Nullable TokenFileInfo info,
            Arena arena,
            MemorySegment ids,
            Stamp stamp,
            Sha256 checksum) {
        this.stamp = stamp;
        this.checksum = checksum;
        this.path = path;
        this.format = format;
        this.info = info;
        this.arena = arena;
        this.ids = ids;
        this.count = ids.byteSize() / format.tokenBytes();
    }

    /// Opens a token file and checks its length against what it and its side file say, and its
    /// contents against the checksum there. The ids are looked at by [#requireVocabulary(int)].
    ///
    /// @throws DataFileException where the file is missing, empty, cut, of one token only, text, or
    ///   contradicts its header or side file
    public static TokenFile open(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            String problem = Files.exists(path) ? "is not a regular file" : "does not exist";
            throw new DataFileException(path, "the data", problem, "name a token file");
        }
        TokenFileInfo info = TokenFileInfo.read(path);
        Stamp stamp = Stamp.of(path);
        Arena arena = Arena.ofShared();
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment file = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            TokenFormat format = format(path, file, info);
            if (info == null && !format.hasHeader()) {
                refuseText(path, file);
            }
            MemorySegment ids = file.asSlice(format.headerBytes());
            var tokens = new TokenFile(path, format, info, arena, ids, stamp, Sha256.of(path));
            tokens.checkLength(file);
            tokens.requireChecksum();
            return tokens;
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static TokenFormat format(Path path, MemorySegment file, @Nullable TokenFileInfo info)
            throws DataFileException {
        if (file.byteSize() >= TokenFormat.LLMC_HEADER_BYTES) {
            int magic = file.get(UINT32, 0);
            for (TokenFormat format : TokenFormat.values()) {
                if (format.hasHeader() && format.magic() == magic) {
                    return format;
                }
            }
        }
        if (info == null || info.dtype().equals(TokenFormat.RAW_UINT16.dtype())) {
            return TokenFormat.RAW_UINT16;
        }
        if (info.dtype().equals(TokenFormat.RAW_UINT32.dtype())) {
            return TokenFormat.RAW_UINT32;
        }
        throw new DataFileException(
                TokenFileInfo.pathFor(path),
                "dtype",
                "is %s, neither uint16 nor uint32".formatted(info.dtype()),
                PREPARE_AGAIN);
    }

    private static void refuseText(Path path, MemorySegment file) throws DataFileException {
        Optional<String> text = TextGuess.of(file);
        if (text.isPresent()) {
            throw new DataFileException(
                    path,
                    "the data",
                    "is text, not token ids: it begins with " + BadFileException.quote(text.get()),
                    "make tokens of it with 'data prepare', or train on it under a name that does"
                            + " not end in .bin");
        }
    }

    private void checkLength(MemorySegment file) throws DataFileException {
        if (file.byteSize() == 0) {
            throw bad("the data", "is empty", "give a file with at least two tokens");
        }
        if (ids.byteSize() % format.tokenBytes() != 0) {
            throw bad(
                    "the data",
                    "has %d bytes, no whole number of %s tokens"
                            .formatted(ids.byteSize(), format.dtype()),
                    "check that it is a token file and complete");
        }
        if (format.hasHeader()) {
            checkHeader(file.get(UINT32, 4), Integer.toUnsignedLong(file.get(UINT32, 8)));
        }
        if (count < 2) {
            throw bad(
                    "the data",
                    "has %d token(s), but one to predict from and one to predict are needed"
                            .formatted(count),
                    "give more text");
        }
        if (info != null && (info.count() != count || !info.dtype().equals(format.dtype()))) {
            throw bad(
                    "the data",
                    "has %d %s tokens, but its side file says %d %s"
                            .formatted(count, format.dtype(), info.count(), info.dtype()),
                    PREPARE_AGAIN);
        }
    }

    private void checkHeader(int version, long declared) throws DataFileException {
        if (version != format.version()) {
            throw bad(
                    "the header's version",
                    "is %d, but only %d is known".formatted(version, format.version()),
                    "write the file with llm.c's data scripts or prepare it here");
        }
        if (declared != count) {
            throw bad(
                    "the header's count",
                    "is %d, but %d tokens follow".formatted(declared, count),
                    "the file is damaged: " + PREPARE_AGAIN);
        }
    }

    /// Checks every id against a model's vocabulary. Reads the whole file.
    ///
    /// @throws DataFileException naming the first id that is too large, and its position
    public void requireVocabulary(int vocabularySize) throws DataFileException {
        var block = new int[SCAN_BLOCK];
        for (long from = 0; from < count; from += SCAN_BLOCK) {
            int n = (int) Math.min(SCAN_BLOCK, count - from);
            read(from, n, block, 0);
            if (Integer.compareUnsigned(largest(block, n), vocabularySize) >= 0) {
                throw beyond(vocabularySize, block, from);
            }
        }
    }

    /// The largest id, found by reading all of them.
    public int largestId() {
        var block = new int[SCAN_BLOCK];
        int largest = 0;
        for (long from = 0; from < count; from += SCAN_BLOCK) {
            int n = (int) Math.min(SCAN_BLOCK, count - from);
            read(from, n, block, 0);
            int ofBlock = largest(block, n);
            largest = Integer.compareUnsigned(ofBlock, largest) > 0 ? ofBlock : largest;
        }
        return largest;
    }

    /// Unsigned, so that an id beyond 2^31 is not taken for a negative one.
    private static int largest(int[] ids, int n) {
        int largest = Integer.MIN_VALUE;
        for (int i = 0; i < n; i++) {
            largest = Math.max(largest, ids[i] + Integer.MIN_VALUE);
        }
        return largest - Integer.MIN_VALUE;
    }

    private DataFileException beyond(int vocabularySize, int[] block, long from) {
        int i = 0;
        while (Integer.compareUnsigned(block[i], vocabularySize) < 0) {
            i++;
        }
        return bad(
                "token " + Integer.toUnsignedString(block[i]),
                "at position %d is beyond the vocabulary of %d".formatted(from + i, vocabularySize),
                "encode the text with the model's own tokenizer, or raise model.vocabSize");
    }

    /// Checks that there is a block of inputs and a target behind it.
    ///
    /// @throws DataFileException naming how many tokens there are and are needed
    public void requireBlock(int blockSize) throws DataFileException {
        if (count <= blockSize) {
            throw bad(
                    "the data",
                    "has %d tokens, but a block of %d needs %d"
                            .formatted(count, blockSize, blockSize + 1L),
                    "give more text or lower train.blockSize");
        }
    }

    /// The SHA-256 of the whole file, as it was opened.
    public Sha256 checksum() {
        return checksum;
    }

    /// Checks that the file is still what it was when it was opened: by its size and time, and by
    /// its checksum where only the time differs.
    ///
    /// @throws DataFileException where it is not
    public void requireUnchanged() throws IOException {
        Stamp now;
        try {
            now = Stamp.of(path);
        } catch (NoSuchFileException e) {
            throw bad("the data", "is gone, and was being read", PUT_BACK);
        }
        if (now.equals(stamp)) {
            return;
        }
        if (now.size != stamp.size) {
            throw bad(
                    "the data",
                    "was changed while it was being read: it has %d bytes, not %d"
                            .formatted(now.size, stamp.size),
                    PUT_BACK);
        }
        if (!Sha256.of(path).equals(checksum)) {
            throw bad(
                    "the data",
                    "was changed while it was being read: its SHA-256 differs",
                    PUT_BACK);
        }
        stamp = now;
    }

    /// Compares the file with the checksum in its side file, if there is one.
    ///
    /// @throws DataFileException where they differ
    private void requireChecksum() throws IOException {
        if (info != null && !checksum.equals(info.sha256())) {
            throw bad("the data", "is not what its side file's sha256 belongs to", PREPARE_AGAIN);
        }
    }

    private DataFileException bad(String field, String problem, String remedy) {
        return new DataFileException(path, field, problem, remedy);
    }

    /// The file.
    public Path path() {
        return path;
    }

    /// How its ids are stored.
    public TokenFormat format() {
        return format;
    }

    /// What its side file says, or null where there is none.
    public @Nullable TokenFileInfo info() {
        return info;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public void read(long from, int n, int[] to, int at) {
        Objects.checkFromIndexSize(from, n, count);
        if (format.tokenBytes() == Integer.BYTES) {
            MemorySegment.copy(ids, UINT32, from * Integer.BYTES, to, at, n);
            return;
        }
        long start = from * Short.BYTES;
        for (int i = 0; i < n; i++) {
            to[at + i] = Short.toUnsignedInt(ids.get(UINT16, start + (long) i * Short.BYTES));
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
