package io.tornadogpt.core.model;

import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.graph.Parameter;

import java.util.Arrays;

/// Which parameter of a model's files holds one of a model in a session, and from which row on: the
/// model may have queries, keys and values apart where the files have them as one.
///
/// @param name of the parameter of the files
/// @param first row of it
/// @param whole whether it is all of that parameter
record StoredRows(String name, int first, boolean whole) {
    /// @param prefix of the names of the model
    static StoredRows of(ModelConfig config, Parameter own, String prefix) {
        String name = own.spec().name().substring(prefix.length());
        Part part = own.part();
        boolean apart = part == Part.QUERY || part == Part.KEY || part == Part.VALUE;
        if (part == null || !apart || !config.family().fusesQueryKeyValue()) {
            return new StoredRows(name, 0, true);
        }
        int queries = config.architecture().attention().width();
        int keys = config.architecture().attention().keyValueWidth();
        int first =
                switch (part) {
                    case KEY -> queries;
                    case VALUE -> queries + keys;
                    default -> 0;
                };
        String kind = name.substring(name.lastIndexOf('.'));
        return new StoredRows(config.family().module(Part.QUERY_KEY_VALUE) + kind, first, false);
    }

    /// The elements of a model's parameter among those of the files' parameter.
    float[] of(float[] all, Parameter own) {
        if (whole) {
            return all;
        }
        int each = own.spec().shape().rank() == 1 ? 1 : own.spec().shape().columns();
        int count = Math.toIntExact(own.spec().shape().elements());
        return Arrays.copyOfRange(all, first * each, first * each + count);
    }
}
