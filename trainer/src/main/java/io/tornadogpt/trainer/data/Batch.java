package io.tornadogpt.trainer.data;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Room for the inputs of one micro-batch, which a [BatchSource] fills and a session is given.
/// Positions start as 0 to T - 1 in every row, everything else as zeros; what a source does not
/// write stays as it is.
///
/// Used by one thread at a time.
public final class Batch {
    private final LossProgram program;
    private final int[] tokens;
    private final int[] positions;
    private final int @Nullable [] spans;
    private final int @Nullable [] types;
    private final Set<TensorSpec> read; // what the program names
    private final Map<String, int[]> integers = new TreeMap<>();
    private final Map<String, float[]> numbers = new TreeMap<>();

    /// Room for what a program reads.
    public Batch(LossProgram program) {
        this.program = program;
        this.read = Set.copyOf(program.program().specs());
        this.tokens = new int[size(program.tokens())];
        this.positions = program.everyPosition();
        TensorSpec seen = program.inputs().spans();
        this.spans = seen == null ? null : new int[size(seen)];
        TensorSpec kinds = program.inputs().types();
        this.types = kinds == null ? null : new int[size(kinds)];
        program.given()
                .forEach(
                        (name, spec) -> {
                            if (spec.dtype() == DType.I32) {
                                integers.put(name, new int[size(spec)]);
                            } else {
                                numbers.put(name, new float[size(spec)]);
                            }
                        });
    }

    private static int size(TensorSpec spec) {
        return Math.toIntExact(spec.elements());
    }

    /// B, rows of the batch.
    public int sequences() {
        return program.inputs().batch();
    }

    /// T, positions of a row.
    public int length() {
        return program.inputs().length();
    }

    /// Ids, `[B, T]`.
    public int[] tokens() {
        return tokens;
    }

    /// Places in the sequence, `[B, T]`.
    public int[] positions() {
        return positions;
    }

    /// What each row sees, `[B, T, 2]`.
    ///
    /// @throws IllegalStateException where rows are always full
    public int[] spans() {
        if (spans == null) {
            throw new IllegalStateException(
                    "program %s has full rows, so it reads no spans"
                            .formatted(program.program().name()));
        }
        return spans;
    }

    /// Kinds of tokens, `[B, T]`; null where the model knows none.
    public int @Nullable [] types() {
        return types;
    }

    /// Whole numbers that the objective reads: `targets`, `labels`.
    ///
    /// @throws IllegalArgumentException where it reads none of that name
    public int[] integers(String name) {
        return find(integers, name);
    }

    /// Numbers that the objective reads: `weights`.
    ///
    /// @throws IllegalArgumentException where it reads none of that name
    public float[] numbers(String name) {
        return find(numbers, name);
    }

    /// Whether the objective reads something of that name.
    public boolean reads(String name) {
        return program.given().containsKey(name);
    }

    private <T> T find(Map<String, T> arrays, String name) {
        T array = arrays.get(name);
        if (array == null) {
            throw new IllegalArgumentException(
                    "program %s reads no '%s'; it reads %s"
                            .formatted(program.program().name(), name, arrays.keySet()));
        }
        return array;
    }

    /// Empties all lines, before rows are put into them.
    ///
    /// @throws IllegalStateException where rows are always full
    public void clearRows() {
        Arrays.fill(tokens, 0);
        Arrays.fill(positions, 0);
        Arrays.fill(spans(), 0);
        if (types != null) {
            Arrays.fill(types, 0);
        }
    }

    /// Puts a sequence into a line, at positions from 0 on; it sees itself alone.
    ///
    /// @param ids of its tokens
    /// @param at where it begins in `[B, T]`; it must end within the same line
    /// @throws IllegalStateException where rows are always full
    public void putRow(int[] ids, int at) {
        System.arraycopy(ids, 0, tokens, at, ids.length);
        int first = at % length();
        int[] seen = spans();
        for (int i = 0; i < ids.length; i++) {
            positions[at + i] = i;
            seen[2 * (at + i)] = first;
            seen[2 * (at + i) + 1] = first + ids.length;
        }
    }

    /// Writes everything that the program reads into a session, the key of dropout's random bits
    /// included.
    ///
    /// @param key seed low, seed high, step, micro-batch; nothing where no elements are dropped
    public void write(Session session, int... key) {
        write(session, program.rng(), key);
        write(session, program.tokens(), tokens);
        write(session, program.positions(), positions);
        write(session, program.inputs().spans(), spans);
        write(session, program.inputs().types(), types);
        integers.forEach((name, values) -> session.write(program.given(name), values));
        numbers.forEach(
                (name, values) ->
                        session.write(program.given(name), 0, MemorySegment.ofArray(values)));
    }

    /// What the program does not read, as positions where there are none, is left out.
    private void write(Session session, @Nullable TensorSpec spec, int @Nullable [] values) {
        if (spec != null && values != null && read.contains(spec)) {
            session.write(spec, values);
        }
    }
}
