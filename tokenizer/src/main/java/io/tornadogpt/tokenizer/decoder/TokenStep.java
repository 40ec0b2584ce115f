package io.tornadogpt.tokenizer.decoder;

/// A step that needs whole tokens: parts wait until their token is complete.
abstract class TokenStep implements Decoder.Step {

    final Decoder.Step next;
    private final StringBuilder parts = new StringBuilder();

    TokenStep(Decoder.Step next) {
        this.next = next;
    }

    /// Hands on what a token becomes.
    abstract void token(String token);

    @Override
    public void text(String part) {
        parts.append(part);
    }

    @Override
    public void endToken() {
        String token = parts.toString();
        parts.setLength(0);
        token(token);
    }

    @Override
    public void end() {
        next.end();
    }

    void hand(String token) {
        next.text(token);
        next.endToken();
    }
}
