package io.tornadogpt.finetune;

import io.tornadogpt.core.model.StoredModel;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// Files that `src/test/python/golden.py` and `golden_grpo.py` wrote.
public final class Golden {
    private Golden() {}

    public static Path file(String name) {
        try {
            var url = Golden.class.getResource("golden/" + name);
            return Path.of(Objects.requireNonNull(url, name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    public static StoredModel model(String name) throws IOException {
        return StoredModel.open(file(name));
    }
}
