package io.tornadogpt.curation.read;

import io.tornadogpt.curation.Document;

import org.netpreserve.jwarc.MediaType;
import org.netpreserve.jwarc.WarcReader;
import org.netpreserve.jwarc.WarcRecord;
import org.netpreserve.jwarc.WarcResponse;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The pages of a web archive: its responses that are HTML or plain text.
final class WebArchive {
    private final Slice slice;
    private final Reading reading;
    private final Receiver to;

    WebArchive(Slice slice, Reading reading, Receiver to) {
        this.slice = slice;
        this.reading = reading;
        this.to = to;
    }

    void read(InputStream in) throws IOException {
        try (var records = new WarcReader(in)) {
            long row = 0;
            for (WarcRecord record = records.next().orElse(null);
                    record != null;
                    record = records.next().orElse(null)) {
                if (record instanceof WarcResponse response && response.http().status() == 200) {
                    response(row, response);
                }
                row++;
            }
        }
    }

    private void response(long row, WarcResponse response) throws IOException {
        MediaType type = response.http().contentType();
        String name = type.base().toString().toLowerCase(Locale.ROOT);
        boolean page = name.equals("text/html") || name.equals("application/xhtml+xml");
        if (!page && !name.equals("text/plain")) {
            return;
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("url", response.target());
        metadata.put("date", response.date().toString());
        try {
            byte[] body = InputStreams.all(response.http().body().stream(), reading);
            if (page) {
                String charset = type.parameters().get("charset");
                to.document(
                        FileReading.page(
                                slice.source(), row, MainText.of(body, known(charset)), metadata));
            } else {
                to.document(
                        Document.of(
                                slice.source(), row, Decoding.text(body, body.length), metadata));
            }
        } catch (BadInputException e) {
            to.problem(
                    new Problem(
                            slice.source() + "#" + row, e.kind(), String.valueOf(e.getMessage())));
        }
    }

    private static @org.jspecify.annotations.Nullable String known(
            @org.jspecify.annotations.Nullable String charset) {
        try {
            return charset != null && java.nio.charset.Charset.isSupported(charset)
                    ? charset
                    : null;
        } catch (java.nio.charset.IllegalCharsetNameException e) {
            return null;
        }
    }
}
