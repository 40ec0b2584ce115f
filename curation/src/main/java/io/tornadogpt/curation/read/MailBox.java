package io.tornadogpt.curation.read;

import io.tornadogpt.curation.Document;

import org.apache.james.mime4j.dom.Body;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.MimeConfig;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;

/// Mails: their texts, decoded, without attachments. Of a mail in several forms the plain text is
/// taken, or else the page.
final class MailBox {
    private static final byte[] FROM = "From ".getBytes(StandardCharsets.US_ASCII);
    private static final int DEEPEST = 16;

    private final Slice slice;
    private final Reading reading;
    private final Receiver to;

    MailBox(Slice slice, Reading reading, Receiver to) {
        this.slice = slice;
        this.reading = reading;
        this.to = to;
    }

    /// Mails one behind another: each begins with a line `From ...` behind an empty one, as RFC
    /// 4155 has it.
    void read(InputStream in) throws IOException {
        var lines = new LineInput(in, reading.documentBytes());
        var mail = new ByteArrayOutputStream();
        long row = -1;
        boolean tooLong = false;
        boolean blank = true;
        while (lines.next()) {
            if (blank && isFrom(lines)) {
                if (row >= 0) {
                    mail(row, mail.toByteArray(), tooLong);
                }
                row++;
                mail.reset();
                tooLong = false;
                blank = false;
                continue;
            }
            if (row < 0 && !isBlank(lines)) {
                throw new BadInputException("notMails", "the file does not begin with 'From '");
            }
            blank = isBlank(lines);
            tooLong |= lines.tooLong() || mail.size() + lines.length() > reading.documentBytes();
            if (!tooLong) {
                mail.write(lines.bytes(), 0, lines.length());
                mail.write('\n');
            }
        }
        if (row >= 0) {
            mail(row, mail.toByteArray(), tooLong);
        }
    }

    private static boolean isFrom(LineInput line) {
        if (line.length() < FROM.length) {
            return false;
        }
        for (int i = 0; i < FROM.length; i++) {
            if (line.bytes()[i] != FROM[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(LineInput line) {
        return line.length() == 0 || (line.length() == 1 && line.bytes()[0] == '\r');
    }

    /// A file that is one mail.
    void mail(InputStream in) throws IOException {
        mail(0, InputStreams.all(in, reading), false);
    }

    private void mail(long row, byte[] bytes, boolean tooLong) throws IOException {
        String place = slice.source() + "#" + row;
        if (tooLong) {
            to.problem(
                    new Problem(
                            place,
                            "tooLong",
                            "the mail is longer than the %d bytes of reading.documentBytes"
                                    .formatted(reading.documentBytes())));
            return;
        }
        Message message;
        String text;
        try {
            var builder = new DefaultMessageBuilder();
            builder.setMimeEntityConfig(MimeConfig.PERMISSIVE);
            message = builder.parseMessage(new ByteArrayInputStream(bytes));
            text = text(message, 0);
        } catch (IOException | RuntimeException e) {
            to.problem(new Problem(place, "badMail", "the mail cannot be read: " + e.getMessage()));
            return;
        }
        if (text == null) {
            to.problem(new Problem(place, "noText", "the mail has no text"));
            return;
        }
        var metadata = new LinkedHashMap<String, Object>();
        if (message.getSubject() != null) {
            metadata.put("title", message.getSubject());
        }
        if (message.getDate() != null) {
            metadata.put("date", message.getDate().toInstant().toString());
        }
        metadata.put("format", "mail");
        String clean = text.replace("\r\n", "\n").strip();
        to.document(Document.of(slice.source(), row, clean, metadata));
    }

    private static @Nullable String text(Entity entity, int depth) throws IOException {
        Body body = entity.getBody();
        if (body instanceof Multipart parts && depth < DEEPEST) {
            String page = null;
            for (Entity part : parts.getBodyParts()) {
                String text = text(part, depth + 1);
                if (text != null && !"text/html".equals(part.getMimeType())) {
                    return text;
                }
                page = page == null ? text : page;
            }
            return page;
        }
        boolean attached = "attachment".equalsIgnoreCase(entity.getDispositionType());
        if (!(body instanceof TextBody text) || attached) {
            return null;
        }
        byte[] bytes;
        try (InputStream in = text.getInputStream()) {
            bytes = in.readAllBytes();
        }
        String charset = text.getMimeCharset();
        if ("text/html".equals(entity.getMimeType())) {
            return MainText.of(bytes, charset).text();
        }
        try {
            return new String(bytes, java.nio.charset.Charset.forName(charset));
        } catch (IllegalArgumentException e) {
            return new String(bytes, StandardCharsets.UTF_8); // a charset that Java does not know
        }
    }
}
