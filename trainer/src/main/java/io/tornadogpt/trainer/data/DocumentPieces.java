package io.tornadogpt.trainer.data;

import io.tornadogpt.tokenizer.TextPieces;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/// The documents of a text in pieces that can be encoded apart from each other, in several
/// processes: a short document is one piece, a long one is cut where its tokenizer allows that. The
/// ids of all pieces, one after the other, are those that one process makes of the whole.
///
/// Used by one thread at a time.
public final class DocumentPieces implements AutoCloseable {
    private final InputStream marked;
    private final @Nullable TextSource own;
    private final Tokenizer tokenizer;
    private final OptionalInt end;
    private final UntilMark document;
    private final CRC32C checksum = new CRC32C();
    private @Nullable TextPieces rest;

    /// A piece.
    ///
    /// @param bytes of its text
    /// @param encoding makes its ids, of which the end-of-text token is one; none where the piece
    ///   was not wanted
    /// @param separators the number of end-of-text tokens in it, 0 or 1
    public record Piece(long bytes, Supplier<int[]> encoding, int separators) {
        /// Encodes it.
        public int[] ids() {
            return encoding.get();
        }
    }

    private DocumentPieces(InputStream marked, @Nullable TextSource own, Tokenizer tokenizer) {
        this.marked = marked;
        this.own = own;
        this.tokenizer = tokenizer;
        this.end = Documents.endToken(tokenizer);
        this.document = new UntilMark(marked);
    }

    private static int[] none() {
        return new int[0];
    }

    /// Opens a part of a text.
    public static DocumentPieces of(TextPart part, Tokenizer tokenizer) throws IOException {
        return new DocumentPieces(part.stream(), null, tokenizer);
    }

    /// Opens a text, and a part of it.
    ///
    /// @param from the part's first character
    /// @param count its number of characters
    public static DocumentPieces open(
            Path path, Documents documents, long from, long count, Tokenizer tokenizer)
            throws IOException {
        TextSource text = TextSource.open(path);
        try {
            var part = new TextPart(text, documents, from, count);
            return new DocumentPieces(part.stream(), text, tokenizer);
        } catch (IOException | RuntimeException e) {
            text.close();
            throw e;
        }
    }

    /// Reads the next piece.
    ///
    /// @param wanted whether it is to be encoded; otherwise its text is not kept
    /// @return null behind the last one
    public @Nullable Piece next(boolean wanted) throws IOException {
        while (true) {
            if (rest != null) {
                TextPieces.Piece piece = rest.next();
                if (piece != null) {
                    ByteBuffer text = piece.text();
                    int bytes = text.remaining();
                    checksum.update(text);
                    return new Piece(bytes, wanted ? piece::ids : DocumentPieces::none, 0);
                }
                rest = null;
                return ended(0, DocumentPieces::none, wanted);
            }
            if (document.last()) {
                return null;
            }
            document.begin();
            byte[] text = document.readNBytes(DocumentEncoder.SHORT);
            if (!document.open()) {
                checksum.update(text);
                return ended(text.length, () -> tokenizer.encodeBytes(text), wanted);
            }
            var whole = new SequenceInputStream(new ByteArrayInputStream(text), document);
            Optional<TextPieces> pieces = tokenizer.pieces(whole);
            if (pieces.isEmpty()) {
                return uncut(whole, wanted);
            }
            rest = pieces.get();
        }
    }

    /// A piece that ends its document.
    private Piece ended(long bytes, Supplier<int[]> encoding, boolean wanted) {
        boolean separated = !document.last() && end.isPresent();
        checksum.update(document.last() ? 0 : 1);
        Supplier<int[]> all = separated ? () -> with(encoding.get(), end.getAsInt()) : encoding;
        return new Piece(bytes, wanted ? all : DocumentPieces::none, separated ? 1 : 0);
    }

    private static int[] with(int[] ids, int last) {
        int[] all = Arrays.copyOf(ids, ids.length + 1);
        all[ids.length] = last;
        return all;
    }

    /// A long document that its tokenizer cannot cut.
    private Piece uncut(InputStream whole, boolean wanted) throws IOException {
        if (wanted) {
            byte[] text = whole.readAllBytes();
            checksum.update(text);
            return ended(text.length, () -> encoded(text), true);
        }
        long bytes = 0;
        var buffer = new byte[1 << 16];
        for (int n = whole.read(buffer); n >= 0; n = whole.read(buffer)) {
            checksum.update(buffer, 0, n);
            bytes += n;
        }
        return ended(bytes, DocumentPieces::none, false);
    }

    /// As a stream, so that what is wrong in it is named as in one process.
    private int[] encoded(byte[] text) {
        var all = new int[1][];
        all[0] = new int[0];
        try {
            tokenizer.encode(
                    new ByteArrayInputStream(text),
                    (ids, count, _) -> {
                        int before = all[0].length;
                        all[0] = Arrays.copyOf(all[0], before + count);
                        System.arraycopy(ids, 0, all[0], before, count);
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all[0];
    }

    /// Tells the text that was read so far from another one.
    public long checksum() {
        return checksum.getValue();
    }

    @Override
    public void close() throws IOException {
        marked.close();
        if (own != null) {
            own.close();
        }
    }
}
