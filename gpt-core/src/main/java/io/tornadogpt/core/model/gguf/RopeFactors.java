package io.tornadogpt.core.model.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;

/// What Llama 3.1 does to its rotary angles, as GGUF has it: a tensor of the factors by which each
/// pair is slowed down. Which settings made them is found by trying those in use.
final class RopeFactors {
    private static final double LOW = 1;
    private static final double HIGH = 4;
    private static final int SHORTEST = 1 << 4;
    private static final int LONGEST = 1 << 20;
    private static final double CLOSE = 1e-4;

    private RopeFactors() {}

    /// The factor of each pair: 1 for short waves, that of the scaling for long ones.
    static float[] of(Position.Angles angles, RotaryScaling.Llama3 scaling, int size) {
        var factors = new float[size / 2];
        for (int pair = 0; pair < factors.length; pair++) {
            double frequency = Math.pow(angles.base(), -2.0 * pair / size);
            double wave = 2 * Math.PI / frequency;
            double low = scaling.trained() / scaling.low();
            double high = scaling.trained() / scaling.high();
            double factor;
            if (wave < high) {
                factor = 1;
            } else if (wave > low) {
                factor = scaling.factor();
            } else {
                double kept =
                        (scaling.trained() / wave - scaling.low())
                                / (scaling.high() - scaling.low());
                factor = 1 / ((1 - kept) / scaling.factor() + kept);
            }
            factors[pair] = (float) factor;
        }
        return factors;
    }

    /// Says in the words of `config.json` what made the factors in a file.
    ///
    /// @throws ModelFileException where none of the settings in use did
    static void addScaling(GgufFile file, long size, double base, ObjectNode config)
            throws ModelFileException {
        float[] stored = file.floats(GgufConfigReader.ROPE_FACTORS);
        float factor = 1;
        for (float each : stored) {
            factor = Math.max(factor, each);
        }
        if (stored.length * 2L == size && factor < Float.MAX_VALUE && base > 0) {
            var angles = new Position.Angles(base, new RotaryScaling.None());
            for (int trained = SHORTEST; trained <= LONGEST; trained *= 2) {
                var tried = new RotaryScaling.Llama3(factor, LOW, HIGH, trained);
                if (areClose(stored, of(angles, tried, (int) size))) {
                    config.putObject("rope_scaling")
                            .put("rope_type", "llama3")
                            .put("factor", factor)
                            .put("low_freq_factor", LOW)
                            .put("high_freq_factor", HIGH)
                            .put("original_max_position_embeddings", trained);
                    return;
                }
            }
        }
        throw new ModelFileException(
                file.path(),
                "tensor '" + GgufConfigReader.ROPE_FACTORS + "'",
                "slows rotary angles down in a way that none of Llama 3's settings do",
                "use the model's Hugging Face directory");
    }

    private static boolean areClose(float[] stored, float[] made) {
        for (int i = 0; i < stored.length; i++) {
            if (!(Math.abs(stored[i] - made[i]) <= CLOSE * made[i])) {
                return false;
            }
        }
        return true;
    }
}
