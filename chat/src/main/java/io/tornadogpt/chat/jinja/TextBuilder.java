package io.tornadogpt.chat.jinja;

/// A string being made, charged to the budget as it grows.
final class TextBuilder {

    private final Budget budget;
    private final StringBuilder text = new StringBuilder();

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    TextBuilder add(String more) {
        charge(more.length());
        text.append(more);
        return this;
    }

    TextBuilder add(char more) {
        charge(1);
        text.append(more);
        return this;
    }

    /// As many times `more` as `count` says; none if that is negative.
    TextBuilder repeat(String more, long count) {
        if (count > 0 && !more.isEmpty()) {
            long characters = count > Integer.MAX_VALUE ? Integer.MAX_VALUE : count * more.length();
            charge(characters);
            text.repeat(more, (int) count);
        }
        return this;
    }

    private void charge(long characters) {
        budget.text(characters);
        budget.single(text.length() + characters);
    }

    int length() {
        return text.length();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
