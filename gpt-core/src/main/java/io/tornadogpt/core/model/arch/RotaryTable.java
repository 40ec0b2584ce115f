package io.tornadogpt.core.model.arch;

import io.tornadogpt.core.model.arch.RotaryScaling.Dynamic;
import io.tornadogpt.core.model.arch.RotaryScaling.Linear;
import io.tornadogpt.core.model.arch.RotaryScaling.Llama3;
import io.tornadogpt.core.model.arch.RotaryScaling.Yarn;

/// The cosines and sines that [io.tornadogpt.core.op.Rotary] reads.
///
/// Frequencies and angles are rounded to single precision where PyTorch's implementations round
/// them: at position 100,000 such an angle is off by some thousandths, and models were trained with
/// it.
public final class RotaryTable {
    private RotaryTable() {}

    /// The table of one kind of layer.
    ///
    /// @param size turned elements of a head
    /// @param positions rows of the table, and the length for which [Dynamic] scales
    /// @return `[positions, size]`: `size / 2` cosines and as many sines a row
    public static float[] of(Position.Angles angles, int size, int positions) {
        float[] frequencies = frequencies(angles, size, positions);
        double factor = angles.scaling() instanceof Yarn yarn ? yarn.attention() : 1;
        var table = new float[Math.multiplyExact(positions, size)];
        int pairs = size / 2;
        for (int position = 0; position < positions; position++) {
            for (int pair = 0; pair < pairs; pair++) {
                float angle = position * frequencies[pair];
                int cosine = position * size + pair;
                table[cosine] = (float) (factor * Math.cos(angle));
                table[cosine + pairs] = (float) (factor * Math.sin(angle));
            }
        }
        return table;
    }

    /// By how much each pair turns from one position to the next, in radians.
    static float[] frequencies(Position.Angles angles, int size, int positions) {
        double base = angles.base();
        if (angles.scaling() instanceof Dynamic(double factor, int trained)
                && positions > trained) {
            double growth = factor * positions / trained - (factor - 1);
            base *= Math.pow(growth, size / (size - 2.0));
        }
        var frequencies = new float[size / 2];
        for (int pair = 0; pair < frequencies.length; pair++) {
            float exponent = 2f * pair / size;
            float frequency = 1 / (float) Math.pow(base, exponent);
            frequencies[pair] =
                    (float)
                            switch (angles.scaling()) {
                                case RotaryScaling.None _, Dynamic _ -> frequency;
                                case Linear(double factor) -> frequency / factor;
                                case Llama3 llama -> llama3(frequency, llama);
                                case Yarn yarn -> yarn(frequency, pair, size, angles.base(), yarn);
                            };
        }
        return frequencies;
    }

    private static double llama3(double frequency, Llama3 scaling) {
        double wave = 2 * Math.PI / frequency;
        double slow = frequency / scaling.factor();
        if (wave < scaling.trained() / scaling.high()) {
            return frequency;
        }
        if (wave > scaling.trained() / scaling.low()) {
            return slow;
        }
        double kept = (scaling.trained() / wave - scaling.low()) / (scaling.high() - scaling.low());
        return (1 - kept) * slow + kept * frequency;
    }

    private static double yarn(double frequency, int pair, int size, double base, Yarn scaling) {
        double first = pairThatTurns(scaling.fast(), size, base, scaling);
        double last = pairThatTurns(scaling.slow(), size, base, scaling);
        if (scaling.truncated()) {
            first = Math.floor(first);
            last = Math.ceil(last);
        }
        first = Math.max(first, 0);
        last = Math.min(last, size - 1.0);
        double width = first == last ? 0.001 : last - first;
        double slowed = Math.clamp((pair - first) / width, 0.0, 1.0);
        return slowed * frequency / scaling.factor() + (1 - slowed) * frequency;
    }

    /// The pair, as a broken number, that turns so often within the trained length.
    private static double pairThatTurns(double turns, int size, double base, Yarn scaling) {
        return size * Math.log(scaling.trained() / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
