package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// The variables of a loop's turn, a macro's call or a block, inside those of what surrounds it.
final class Scope {

    private final @Nullable Scope outer;
    private final Map<String, Value> variables = new HashMap<>();

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    void set(String name, Value value) {
        variables.put(name, value);
    }

    @Nullable Value find(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            Value value = scope.variables.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
