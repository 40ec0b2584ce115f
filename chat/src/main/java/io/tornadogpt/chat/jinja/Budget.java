package io.tornadogpt.chat.jinja;

/// Counts what a rendering uses and stops it at its [Limits].
final class Budget {

    private final Limits limits;
    private long steps;
    private long text;
    private long elements;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        steps(1);
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw Fault.limit("the template needs more than " + limits.steps() + " steps");
        }
    }

    /// Refuses a string of this many characters if it is too long.
    void single(long characters) {
        if (characters > limits.output()) {
            throw Fault.limit(
                    "the template makes a text of more than " + limits.output() + " characters");
        }
    }

    /// Charges a string of this many characters, before it is made.
    void text(long characters) {
        single(characters);
        text += characters;
        if (text > limits.text()) {
            throw Fault.limit(
                    "the template makes texts of more than "
                            + limits.text()
                            + " characters on the way");
        }
    }

    /// Charges a list or mapping of this many elements, before it is made.
    void elements(long count) {
        elements += count;
        if (elements > limits.elements()) {
            throw Fault.limit(
                    "the template makes lists of more than "
                            + limits.elements()
                            + " elements together");
        }
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw Fault.limit(
                    "the template nests calls, blocks or values more than "
                            + limits.depth()
                            + " deep");
        }
    }

    /// Not called on the way out of a [Fault]: that ends the rendering.
    void leave() {
        depth--;
    }
}
