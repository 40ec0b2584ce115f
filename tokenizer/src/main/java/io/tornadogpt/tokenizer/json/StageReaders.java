package io.tornadogpt.tokenizer.json;

import io.tornadogpt.tokenizer.TokenizerFormatException;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The types that a stage may have, each with what reads its section.
///
/// @param <S> the stage
public record StageReaders<S extends Stage>(Map<String, Reader<S>> byType) {

    /// Reads a section whose type is known already.
    @FunctionalInterface
    public interface Reader<S> {
        S read(JsonSection section) throws TokenizerFormatException;
    }

    /// Reads a section by its type.
    public S read(JsonSection section) throws TokenizerFormatException {
        Reader<S> reader = byType.get(section.type());
        if (reader == null) {
            throw section.unsupported("one of " + String.join(", ", types()));
        }
        return reader.read(section);
    }

    public Set<String> types() {
        return new TreeSet<>(byType.keySet());
    }
}
