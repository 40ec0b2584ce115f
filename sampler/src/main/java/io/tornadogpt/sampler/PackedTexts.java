package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.HiddenProgram;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.tokenizer.Encoding;

import java.util.ArrayList;
import java.util.List;

/// The texts of one run of a program, and where each of them lies.
final class PackedTexts {
    private final HiddenProgram program;
    private final int length;
    private final int[] filled; // tokens of each row
    private final int[] tokens;
    private final int[] positions;
    private final int[] types;
    private final int[] spans;
    private final List<Place> places = new ArrayList<>();

    /// Where a text lies.
    ///
    /// @param text its number
    /// @param first row of the hidden states, counted over all rows of the batch
    /// @param count of tokens
    record Place(int text, int first, int count) {}

    PackedTexts(HiddenProgram program) {
        this.program = program;
        Inputs inputs = program.inputs();
        length = inputs.length();
        filled = new int[inputs.batch()];
        int all = inputs.batch() * length;
        tokens = new int[all];
        positions = new int[all];
        types = new int[all];
        spans = new int[2 * all];
    }

    /// Puts a text into the first row that has room for it.
    ///
    /// @return false where none has
    boolean add(int text, Encoding encoding) {
        int count = encoding.size();
        for (int row = 0; row < filled.length; row++) {
            int start = filled[row];
            if (start + count <= length) {
                int first = row * length + start;
                System.arraycopy(encoding.ids(), 0, tokens, first, count);
                System.arraycopy(encoding.typeIds(), 0, types, first, count);
                for (int i = 0; i < count; i++) {
                    positions[first + i] = i;
                    spans[2 * (first + i)] = start;
                    spans[2 * (first + i) + 1] = start + count;
                }
                filled[row] += count;
                places.add(new Place(text, first, count));
                return true;
            }
        }
        return false;
    }

    List<Place> places() {
        return places;
    }

    /// Computes the hidden states of all texts.
    ///
    /// @return `[B * T, C]`
    float[] run(Session session) {
        Inputs inputs = program.inputs();
        session.write(inputs.tokens(), tokens);
        if (program.program().specs().contains(inputs.positions())) {
            session.write(inputs.positions(), positions);
        }
        if (inputs.spans() != null) {
            session.write(inputs.spans(), spans);
        }
        if (inputs.types() != null) {
            session.write(inputs.types(), types);
        }
        session.run(program.program().name());
        return session.readFloats(program.states());
    }
}
