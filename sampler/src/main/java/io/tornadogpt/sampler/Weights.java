package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Where a model's parameters come from: `session -> directory.load(model, session)` for a
/// [io.tornadogpt.core.model.ModelDirectory], `session -> model.initialize(session, seed)` for a
/// model that has learned nothing, [#copiedFrom] for one in training.
///
/// @param <E> what can go wrong, such as [java.io.IOException]
@FunctionalInterface
public interface Weights<E extends Exception> {
    /// Writes every parameter of the model, and its constants.
    void writeTo(Session session) throws E;

    /// The parameters that another session holds at the time of writing.
    static Weights<RuntimeException> copiedFrom(Session source, Model model) {
        return target -> {
            for (Parameter parameter : model.parameters()) {
                TensorSpec spec = parameter.spec();
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment values = arena.allocate(spec.sliceBytes(), Float.BYTES);
                    for (int slice = 0; slice < spec.slices(); slice++) {
                        source.read(spec, slice, values);
                        target.write(spec, slice, values);
                    }
                }
            }
            model.writeConstants(target);
        };
    }
}
