package io.tornadogpt.core.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the readers of model files have in common.
final class ModelFiles {
    /// What to do about a file that is damaged: nothing in it can be repaired here.
    static final String FETCH_AGAIN = "the file is damaged: fetch or export it again";

    private ModelFiles() {}

    /// Checks that there is a file to open.
    static void requireFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new ModelFileException(
                    file, "the file", "does not exist", "check the path of the model");
        }
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    file, "the path", "is not a regular file", "name a .safetensors file");
        }
        if (!Files.isReadable(file)) {
            throw new ModelFileException(
                    file, "the file", "may not be read", "check its owner and permissions");
        }
        LfsPointer.refuse(file);
    }

    static ModelFileException noTensor(Path file, String name) {
        return new ModelFileException(
                file,
                "tensor " + BadFileException.quote(name),
                "is missing",
                "check that the file belongs to a model of this architecture");
    }
}
