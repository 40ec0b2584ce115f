package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.decoder.Utf8Stream;

import org.jspecify.annotations.Nullable;

import java.util.function.IntFunction;

/// Decodes tokens one at a time without ever giving out half a character: what is not complete
/// waits here until the token that completes it.
///
/// All texts from [#push] and the one from [#finish], joined, equal [Tokenizer#decode] of the same
/// ids. One decoder serves one stream of tokens, in one thread.
public abstract sealed class StreamDecoder {

    private StreamDecoder() {}

    /// Appends a token and returns the text that is complete now, perhaps empty.
    public abstract String push(int id);

    /// Ends the stream: what is left of an unfinished character becomes U+FFFD. The decoder may
    /// then be used for a new stream.
    public abstract String finish();

    static StreamDecoder ofBytes(IntFunction<byte[]> bytesOfToken) {
        return new OfBytes(bytesOfToken);
    }

    static StreamDecoder ofNames(
            @Nullable Decoder decoder, IntFunction<@Nullable String> nameOfToken) {
        return new OfNames(decoder, nameOfToken);
    }

    /// Tokens that stand for bytes.
    private static final class OfBytes extends StreamDecoder {

        private final IntFunction<byte[]> bytesOfToken;
        private final Utf8Stream utf8 = new Utf8Stream();

        OfBytes(IntFunction<byte[]> bytesOfToken) {
            this.bytesOfToken = bytesOfToken;
        }

        @Override
        public String push(int id) {
            return utf8.push(bytesOfToken.apply(id));
        }

        @Override
        public String finish() {
            return utf8.finish();
        }
    }

    /// Tokens that go through a decoder's steps by name.
    private static final class OfNames extends StreamDecoder {

        private final @Nullable Decoder decoder;
        private final IntFunction<@Nullable String> nameOfToken;
        private final StringBuilder text = new StringBuilder();
        private Decoder.Step step;

        OfNames(@Nullable Decoder decoder, IntFunction<@Nullable String> nameOfToken) {
            this.decoder = decoder;
            this.nameOfToken = nameOfToken;
            step = Decoder.start(decoder, text);
        }

        @Override
        public String push(int id) {
            String name = nameOfToken.apply(id);
            if (name != null) {
                step.text(name);
                step.endToken();
            }
            return taken();
        }

        @Override
        public String finish() {
            step.end();
            step = Decoder.start(decoder, text);
            return taken();
        }

        private String taken() {
            String ready = text.toString();
            text.setLength(0);
            return ready;
        }
    }
}
