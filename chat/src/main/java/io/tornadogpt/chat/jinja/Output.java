package io.tornadogpt.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/// Where statements write: the rendered text, or a buffer for what a macro or block gives.
final class Output {

    /// From where to where the assistant's text goes, in UTF-16 units.
    record Span(int start, int end) {}

    private final TextBuilder text;
    private final List<Span> generated = new ArrayList<>();

    Output(Budget budget) {
        text = new TextBuilder(budget);
    }

    void add(String more) {
        text.add(more);
    }

    int length() {
        return text.length();
    }

    String text() {
        return text.toString();
    }

    void addGenerated(int length) {
        generated.add(new Span(text.length(), text.length() + length));
    }

    List<Span> generated() {
        return List.copyOf(generated);
    }
}
