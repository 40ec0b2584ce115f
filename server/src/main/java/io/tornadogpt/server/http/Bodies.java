package io.tornadogpt.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Semaphore;

/// Reads the bodies of requests: JSON objects in UTF-8, each of bounded length, depth and number of
/// values, and all that are read at a time within a bound too.
public final class Bodies {
    private static final int DEEPEST = 64;
    private static final int MOST_TOKENS = 1_000_000;
    private static final int LONGEST_NUMBER = 64;
    private static final int LONGEST_NAME = 256;
    private static final int AT_A_TIME = 8; // bodies of the greatest length
    private static final int PIECE = 1 << 14; // bytes

    /// A body that is refused is read to its end up to here: a client that still writes would not
    /// read the answer.
    private static final long MOST_DISCARDED = 256L << 20;

    private final int longest;
    private final Semaphore bytesLeft;
    private final ObjectMapper json;

    /// @param longest bytes of a body
    public Bodies(int longest) {
        this.longest = longest;
        bytesLeft = new Semaphore(Math.multiplyExact(longest + PIECE, AT_A_TIME));
        json =
                new ObjectMapper(
                                JsonFactory.builder()
                                        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                                        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                        .streamReadConstraints(
                                                StreamReadConstraints.builder()
                                                        .maxNestingDepth(DEEPEST)
                                                        .maxTokenCount(MOST_TOKENS)
                                                        .maxNumberLength(LONGEST_NUMBER)
                                                        .maxNameLength(LONGEST_NAME)
                                                        .maxStringLength(longest)
                                                        .build())
                                        .build())
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /// Reads a JSON object.
    ///
    /// @throws ApiException if the body is none, or longer than it may be
    /// @throws IOException if the client stops sending
    public ObjectNode read(HttpExchange exchange) throws IOException {
        requireJsonType(Call.only(exchange, "Content-Type"));
        String encoding = Call.only(exchange, "Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw ApiException.of(415, null, "the request is encoded; send plain JSON");
        }
        String declared = Call.only(exchange, "Content-Length");
        long length = declared == null ? longest : Long.parseLong(declared); // checked before
        if (length > longest) {
            if (length <= MOST_DISCARDED) {
                discard(exchange.getRequestBody());
            }
            throw tooLong();
        }
        return parse(bytes(exchange.getRequestBody()));
    }

    /// Reads a body to its end. Room is taken as it comes, so that those that send slowly keep none
    /// from others.
    private byte[] bytes(InputStream in) throws IOException {
        var all = new ByteArrayOutputStream();
        int reserved = 0;
        try {
            while (true) {
                if (!bytesLeft.tryAcquire(PIECE)) {
                    throw ApiException.busy(
                            503,
                            "overloaded",
                            "too many long requests are being read; try again in 1 s",
                            Duration.ofSeconds(1));
                }
                reserved += PIECE;
                byte[] piece = in.readNBytes(PIECE);
                all.write(piece);
                if (all.size() > longest) {
                    discard(in);
                    throw tooLong();
                }
                if (piece.length < PIECE) {
                    return all.toByteArray();
                }
            }
        } finally {
            bytesLeft.release(reserved);
        }
    }

    /// A page of another origin may send plain text and forms without being asked, but no JSON.
    private static void requireJsonType(@Nullable String type) {
        if (type != null) {
            String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            if (!plain.equals("application/json") && !plain.endsWith("+json")) {
                throw ApiException.of(
                        415,
                        null,
                        "the request's Content-Type is not application/json; set that header");
            }
        }
    }

    private static void discard(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = MOST_DISCARDED;
        int read = in.read(buffer);
        while (read >= 0 && left > 0) {
            left -= read;
            read = in.read(buffer);
        }
    }

    private ApiException tooLong() {
        return ApiException.of(
                413,
                "request_too_large",
                "the request is longer than %d bytes; shorten it".formatted(longest));
    }

    private ObjectNode parse(byte[] bytes) throws IOException {
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
            JsonNode root = json.readTree(text);
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw ApiException.badRequest("the request is not a JSON object; send one");
        } catch (CharacterCodingException e) {
            throw ApiException.badRequest("the request is not UTF-8; encode it so");
        } catch (JsonProcessingException e) {
            throw ApiException.badRequest(
                    "the request is not JSON that is taken here: " + cause(e));
        }
    }

    private static String cause(JsonProcessingException e) {
        String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
        String place =
                e.getLocation() == null
                        ? ""
                        : " (line %d, column %d)"
                                .formatted(
                                        e.getLocation().getLineNr(), e.getLocation().getColumnNr());
        int most = 120;
        return (reason.length() > most ? reason.substring(0, most) + "..." : reason) + place;
    }
}
