package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.Sha256;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;

/// Writes a token file as the ids come, and its side file.
///
/// Nothing stands under the file's name before [#commit]; closed without it, no trace is left.
///
/// Used by one thread at a time.
public final class TokenWriter implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 18;

    private final Path path;
    private final TokenFormat format;
    private final int vocabularySize;
    private final AtomicFile file;
    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long count;

    private TokenWriter(Path path, TokenFormat format, int vocabularySize, AtomicFile file) {
        this.path = path;
        this.format = format;
        this.vocabularySize = vocabularySize;
        this.file = file;
    }

    /// Starts a file.
    ///
    /// @param vocabularySize one more than the largest id that will be accepted
    public static TokenWriter create(Path path, TokenFormat format, int vocabularySize)
            throws IOException {
        if (vocabularySize < 1 || vocabularySize > format.ids()) {
            throw new IllegalArgumentException(
                    "a vocabulary of %d does not fit %s, which holds 1 to %d ids; use %s"
                            .formatted(
                                    vocabularySize,
                                    format,
                                    format.ids(),
                                    TokenFormat.forVocabulary(vocabularySize)));
        }
        var writer = new TokenWriter(path, format, vocabularySize, AtomicFile.begin(path));
        writer.putHeader();
        return writer;
    }

    /// The count in it is put right by [#commit].
    private void putHeader() {
        if (format.hasHeader()) {
            buffer.putInt(format.magic()).putInt(format.version()).putInt((int) count);
            while (buffer.position() < TokenFormat.LLMC_HEADER_BYTES) {
                buffer.putInt(0);
            }
        }
    }

    /// Appends the first `n` ids of an array.
    public void write(int[] ids, int n) throws IOException {
        Objects.checkFromIndexSize(0, n, ids.length);
        for (int i = 0; i < n; i++) {
            write(ids[i]);
        }
    }

    /// Appends an id.
    public void write(int id) throws IOException {
        if (id < 0 || id >= vocabularySize) {
            throw new IllegalArgumentException(
                    "token %d at position %d is outside the vocabulary of %d"
                            .formatted(id, count, vocabularySize));
        }
        if (buffer.remaining() < format.tokenBytes()) {
            flush();
        }
        if (format.tokenBytes() == Short.BYTES) {
            buffer.putShort((short) id);
        } else {
            buffer.putInt(id);
        }
        count++;
    }

    /// Ids written so far.
    public long count() {
        return count;
    }

    /// Puts the file and its side file in place.
    ///
    /// @param tokenizer what made the ids, as the side file names it
    /// @param textBytes length of the text in UTF-8, or null if not known
    public TokenFileInfo commit(String tokenizer, @Nullable Long textBytes) throws IOException {
        flush();
        if (format.hasHeader()) {
            requireCountFits();
            putHeader();
            file.output().write(buffer.flip(), 0);
            buffer.clear();
        }
        Sha256 sha256 = Sha256.of(file.partial());
        var info =
                new TokenFileInfo(
                        tokenizer, count, vocabularySize, format.dtype(), sha256, textBytes);
        // The side file first: without it, 32-bit ids would be taken for pairs of 16-bit ones.
        info.write(path);
        file.commit();
        return info;
    }

    private void requireCountFits() {
        if (count > Integer.MAX_VALUE) {
            throw new IllegalStateException(
                    "%s: %d tokens are more than llm.c's header can count, %d; write several files"
                            .formatted(path, count, Integer.MAX_VALUE));
        }
    }

    private void flush() throws IOException {
        file.output().writeAll(buffer.flip());
        buffer.clear();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
