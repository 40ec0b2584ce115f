package io.tornadogpt.chat.jinja;

/// A macro and the scope it was defined in, whose later assignments it sees.
record Macro(Stmt.MacroBody body, Scope scope) implements Value.Callable {

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
