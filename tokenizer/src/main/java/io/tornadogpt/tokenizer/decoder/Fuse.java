package io.tornadogpt.tokenizer.decoder;

/// Makes one token of all tokens.
public record Fuse() implements Decoder {

    @Override
    public String type() {
        return "Fuse";
    }

    @Override
    public Step before(Step next) {
        return new Step() {
            @Override
            public void text(String part) {
                next.text(part);
            }

            @Override
            public void endToken() {}

            @Override
            public void end() {
                next.endToken();
                next.end();
            }
        };
    }
}
