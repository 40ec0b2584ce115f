package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.Sha256;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.StoredModel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The model that an adapter is trained on, which its checkpoints do not hold.
///
/// @param path of the model, absolute
/// @param weights SHA-256 of the files with its weights, by name
public record FrozenBase(String path, Map<String, Sha256> weights) {
    public FrozenBase {
        weights = new TreeMap<>(weights);
    }

    static FrozenBase of(StoredModel model) throws IOException {
        var weights = new TreeMap<String, Sha256>();
        for (Path file : files(model.path())) {
            weights.put(file.getFileName().toString(), Sha256.of(file));
        }
        if (model instanceof AdaptedModel adapted) {
            for (Path file : files(adapted.directory())) {
                weights.put("adapter/" + file.getFileName(), Sha256.of(file));
            }
        }
        return new FrozenBase(model.path().toAbsolutePath().normalize().toString(), weights);
    }

    private static List<Path> files(Path model) throws IOException {
        if (Files.isRegularFile(model)) {
            return List.of(model);
        }
        try (Stream<Path> files = Files.list(model)) {
            return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
        }
    }

    /// Checks that the model is as it was.
    ///
    /// @throws ModelFileException naming the file that is not
    void requireSame(FrozenBase now) throws ModelFileException {
        for (Map.Entry<String, Sha256> file : weights.entrySet()) {
            if (!file.getValue().equals(now.weights.get(file.getKey()))) {
                throw new ModelFileException(
                        Path.of(path).resolve(file.getKey()),
                        "the file",
                        "is not the one that the adapter was trained on: its SHA-256 differs",
                        "put the model back, or train a new adapter on this one");
            }
        }
    }
}
