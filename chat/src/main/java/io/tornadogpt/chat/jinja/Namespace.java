package io.tornadogpt.chat.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/// What `namespace(...)` gives: the one thing whose attributes a template can set.
record Namespace(Map<String, Value> variables) implements Value {

    Namespace() {
        this(new LinkedHashMap<>());
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
