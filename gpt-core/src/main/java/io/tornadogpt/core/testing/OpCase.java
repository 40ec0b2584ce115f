package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/// One operation on tensors of given shapes and values.
///
/// @param name the operation, its sizes and its variant: `MatMul m=17 n=33 k=31 transposeA`; unique
/// @param op what is run. Its tensors are resident, so that a session can write and read them; most
///   are the middle slice of three, so that the slices around it show what was written out of
///   bounds
/// @param forward computes what `op` reads of its forward operation (the `lse` of attention, say);
///   null where it reads nothing of the kind
/// @param values what tensors hold, by name. An output that is not named starts as NaN
/// @param seed of the values
public record OpCase(
        String name, Op op, @Nullable Op forward, Map<String, Values> values, long seed) {
    public OpCase {
        values = Map.copyOf(values);
    }

    /// The same shapes with other values.
    public OpCase withSeed(long newSeed) {
        return new OpCase(name, op, forward, values, newSeed);
    }

    /// The program that runs the operation alone.
    public Program program() {
        return single(op);
    }

    static Program single(Op op) {
        return Program.builder("case").once("case", ops -> ops.accept(op)).build();
    }

    /// The elements of one slice before the run, or null where it holds nothing in particular.
    @Nullable MemorySegment initial(Tensor tensor, int slice) {
        Values value = values.get(tensor.spec().name());
        if (value == null) {
            return null;
        }
        int count = Math.toIntExact(tensor.spec().shape().elements());
        String key = name + "/" + tensor.spec().name() + "@" + slice;
        return value.elements(tensor.dtype(), count, seed, key);
    }

    /// What selects this case again: [OpCases#named(String)].
    @Override
    public String toString() {
        return name + " #" + seed;
    }
}
