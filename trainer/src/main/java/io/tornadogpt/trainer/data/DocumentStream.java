package io.tornadogpt.trainer.data;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/// The bytes of documents, one after the other, each checked to be UTF-8 before it is passed on.
final class DocumentStream extends InputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final TextSource source;
    private final Iterator<Path> documents;
    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer characters = CharBuffer.allocate(BUFFER_BYTES);

    // Bytes read from the current document: those before `checked` are whole, valid characters.
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
    private int checked;
    private long bufferOffset;
    private @Nullable Document current;

    private final boolean marked;
    private boolean begun;
    private boolean markDue;

    private record Document(Path path, InputStream in) {}

    /// @param marked whether [Marks#MARK] stands between documents that are not empty
    DocumentStream(TextSource source, List<Path> documents, boolean marked) {
        this.marked = marked;
        this.source = source;
        this.documents = documents.iterator();
    }

    @Override
    public int read() throws IOException {
        if (!fill()) {
            return -1;
        }
        if (markDue) {
            markDue = false;
            return Marks.MARK;
        }
        return Byte.toUnsignedInt(buffer.get());
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        if (markDue) {
            markDue = false;
            to[offset] = (byte) Marks.MARK;
            return 1;
        }
        int n = Math.min(length, checked - buffer.position());
        buffer.get(to, offset, n);
        return n;
    }

    /// Makes sure that there is a checked byte, or that there are no more.
    private boolean fill() throws IOException {
        while (buffer.position() == checked) {
            Document document = current;
            if (document == null) {
                if (!documents.hasNext()) {
                    return false;
                }
                Path path = documents.next();
                document = new Document(path, Files.newInputStream(path));
                current = document;
                bufferOffset = 0;
                buffer.clear().limit(0);
                checked = 0;
            }
            boolean atStart = bufferOffset + checked == 0;
            readAndCheck(document);
            if (atStart && checked > 0) {
                markDue = marked && begun;
                begun = true;
            }
        }
        return true;
    }

    private void readAndCheck(Document document) throws IOException {
        bufferOffset += checked;
        buffer.compact();
        int n = document.in.read(buffer.array(), buffer.position(), buffer.remaining());
        boolean atEnd = n < 0;
        buffer.position(buffer.position() + Math.max(n, 0)).flip();
        characters.clear();
        CoderResult result = utf8.reset().decode(buffer, characters, atEnd);
        checked = buffer.position();
        if (result.isError()) {
            throw source.notUtf8(
                    document.path, bufferOffset + checked, Byte.toUnsignedInt(buffer.get(checked)));
        }
        buffer.position(0);
        if (atEnd) {
            close();
        }
    }

    @Override
    public void close() throws IOException {
        if (current != null) {
            current.in.close();
            current = null;
        }
    }
}
