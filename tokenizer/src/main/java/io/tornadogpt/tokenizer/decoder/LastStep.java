package io.tornadogpt.tokenizer.decoder;

/// Appends all text to a builder, with spaces between the tokens where no decoder says otherwise.
final class LastStep implements Decoder.Step {

    private final StringBuilder text;
    private final boolean spaced;
    private boolean between;

    LastStep(StringBuilder text, boolean spaced) {
        this.text = text;
        this.spaced = spaced;
    }

    @Override
    public void text(String part) {
        if (between) {
            text.append(' ');
            between = false;
        }
        text.append(part);
    }

    @Override
    public void endToken() {
        between = spaced;
    }

    @Override
    public void end() {
        between = false;
    }
}
