package io.tornadogpt.trainer.data;

import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Encodes a text document by document, with a token where one ends.
///
/// Short documents are encoded many at a time on all cores, long ones each as a stream, so that
/// memory does not grow with the text.
final class DocumentEncoder {
    /// Bytes of a document that is encoded as one piece.
    static final int SHORT = 1 << 20;

    private static final int BATCH_BYTES = 4 << 20;

    private final Tokenizer tokenizer;
    private final OptionalInt end;
    private final TokenSink sink;
    private final List<Document> batch = new ArrayList<>();
    private int batchBytes;
    private long bytesDone;
    private long separators;

    /// @param ended whether an end-of-text token follows
    private record Document(byte[] text, boolean ended) {}

    private DocumentEncoder(Tokenizer tokenizer, TokenSink sink) {
        this.tokenizer = tokenizer;
        this.end = Documents.endToken(tokenizer);
        this.sink = sink;
    }

    /// Encodes a stream of [Documents#stream].
    ///
    /// @return the number of end-of-text tokens
    static long encode(InputStream marked, Tokenizer tokenizer, TokenSink sink) throws IOException {
        var encoder = new DocumentEncoder(tokenizer, sink);
        encoder.encode(new UntilMark(marked));
        return encoder.separators;
    }

    private void encode(UntilMark document) throws IOException {
        while (!document.last()) {
            document.begin();
            byte[] text = document.readNBytes(SHORT);
            if (document.open()) {
                encodeBatch();
                encodeLong(text, document);
            } else {
                add(new Document(text, !document.last()));
            }
        }
        encodeBatch();
    }

    private void add(Document document) throws IOException {
        batch.add(document);
        batchBytes += document.text.length + 1;
        if (batchBytes >= BATCH_BYTES) {
            encodeBatch();
        }
    }

    private void encodeBatch() throws IOException {
        if (batch.size() == 1) {
            Document only = batch.getFirst();
            encode(new ByteArrayInputStream(only.text), only.ended);
            batch.clear();
            batchBytes = 0;
            return;
        }
        List<int[]> encoded =
                batch.parallelStream().map(each -> tokenizer.encodeBytes(each.text)).toList();
        for (int i = 0; i < encoded.size(); i++) {
            bytesDone += batch.get(i).text.length;
            sink.accept(encoded.get(i), encoded.get(i).length, bytesDone);
            if (batch.get(i).ended) {
                separate();
            }
        }
        batch.clear();
        batchBytes = 0;
    }

    private void encodeLong(byte[] start, UntilMark rest) throws IOException {
        var whole = new SequenceInputStream(new ByteArrayInputStream(start), rest);
        encode(whole, false);
        if (!rest.last()) {
            separate();
        }
    }

    private void encode(InputStream document, boolean ended) throws IOException {
        long before = bytesDone;
        tokenizer.encode(
                document,
                (ids, count, bytes) -> {
                    bytesDone = before + bytes;
                    sink.accept(ids, count, bytesDone);
                });
        if (ended) {
            separate();
        }
    }

    private void separate() throws IOException {
        if (end.isPresent()) {
            separators++;
            sink.accept(new int[] {end.getAsInt()}, 1, bytesDone);
        }
    }
}
