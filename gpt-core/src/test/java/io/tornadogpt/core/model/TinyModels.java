package io.tornadogpt.core.model;

import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.op.Gelu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Models of a few hundred weights, on disk.
final class TinyModels {
    static final GptConfig GPT2 = new GptConfig(2, 2, 6, 5, 7, true, 0);

    static final GptConfig UNTIED =
            new GptConfig(1, 3, 6, 5, 7, true, 0, false, Gelu.Form.EXACT, 1e-6);

    static final GptConfig GPT_NEO =
            new GptConfig(
                    2,
                    3,
                    6,
                    5,
                    7,
                    true,
                    0,
                    true,
                    Gelu.Form.TANH,
                    1e-5,
                    GptConfig.Family.GPT_NEO,
                    "0,3");

    /// Every element another number.
    static final WeightReader WEIGHTS =
            (spec, slice) -> {
                var values = new float[Math.toIntExact(spec.shape().elements())];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (spec.sliceName(slice).hashCode() % 1000 + i) * 0x1p-12f;
                }
                return values;
            };

    private TinyModels() {}

    static Path write(Path directory, GptConfig config) throws IOException {
        Files.createDirectories(directory);
        ModelDirectory.save(directory, config, WEIGHTS, StorageType.F32);
        return directory;
    }

    /// Reads every weight, and says how many there are.
    static long readAll(StoredModel stored) throws IOException {
        long elements = 0;
        try (StoredWeights weights = stored.openWeights()) {
            for (Parameter parameter : new GptModel(stored.config()).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    elements += weights.read(parameter.spec(), slice).length;
                }
            }
        }
        return elements;
    }
}
