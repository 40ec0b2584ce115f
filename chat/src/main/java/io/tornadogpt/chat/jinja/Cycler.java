package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What `cycler(...)` gives: items in turn, over and over.
final class Cycler implements Value.Function.Body {

    private final List<Value> items;
    private int next;

    Cycler(List<Value> items) {
        this.items = items;
    }

    @Override
    public Value call(Interpreter in, Args args) {
        throw Fault.value("a cycler is not called, but its next() is");
    }

    @Nullable Value attribute(String name) {
        return switch (name) {
            case "current" -> items.get(next);
            case "next" ->
                    new Value.Function(
                            "next",
                            (_, _) -> {
                                Value item = items.get(next);
                                next = (next + 1) % items.size();
                                return item;
                            });
            case "reset" ->
                    new Value.Function(
                            "reset",
                            (_, _) -> {
                                next = 0;
                                return Value.None.NONE;
                            });
            default -> null;
        };
    }
}
