package io.tornadogpt.cli;

import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Computes what a model predicts, for comparison with another program.
@Command(
        name = "logits",
        description = {
            "Computes the logits of a sequence of tokens and writes them to a safetensors file, as"
                + " the tensor 'logits': [tokens, vocabulary], or [labels] of a classifier. Of a"
                + " model without a head it writes 'hidden_states', [tokens, width].",
            ""
        },
        sortOptions = false)
final class LogitsCommand extends GptCommand {
    /// How logits are written.
    enum Precision {
        F32,
        F64
    }

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description =
                    "A run's directory, a model directory, a GGUF file, or a checkpoint of llm.c.")
    private @Nullable Path model;

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--ids",
            required = true,
            split = ",",
            paramLabel = "ID",
            description = "Token ids with commas between them, as in 1,2,3.")
    private int[] ids = {};

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The file to write; an existing file is replaced.")
    private @Nullable Path out;

    @Option(
            names = "--dtype",
            defaultValue = "F32",
            paramLabel = "TYPE",
            description =
                    "F32 (default), or F64 for all digits of --device reference, which computes in"
                            + " double precision.")
    private Precision precision = Precision.F32;

    @Option(
            names = "--hidden",
            description =
                    "Writes the last hidden states instead, as the tensor 'hidden_states' of shape"
                            + " [tokens, width].")
    private boolean hidden;

    @Override
    int run(Screen screen) throws IOException {
        Path directory = Objects.requireNonNull(model);
        StoredModel stored = ModelArgument.open(directory, adapter, new Task.Tokens()).stored();
        check(stored.config());
        Path file = OutputPath.file(Objects.requireNonNull(out));
        try (var predicted = Prediction.of(stored, ids, hidden, device)) {
            List<Long> shape = predicted.shape();
            String name = predicted.name();
            var writer = new SafetensorsWriter();
            switch (precision) {
                case F32 -> {
                    float[] values = predicted.floats();
                    writer.tensor(
                            name,
                            StorageType.F32,
                            shape,
                            (from, block, count) ->
                                    System.arraycopy(values, (int) from, block, 0, count));
                }
                case F64 ->
                        writer.tensor(
                                name, StorageType.F64, shape, littleEndian(predicted.doubles()));
            }
            writer.write(file);
            screen.line("%s: %s %s %s".formatted(out, name, precision, shape));
        }
        return 0;
    }

    private void check(ModelConfig config) {
        int vocabulary = config.vocabulary();
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "--ids has %d, but the model's vocabulary goes from 0 to %d"
                                .formatted(id, vocabulary - 1));
            }
        }
        int longest = config.context();
        if (ids.length > longest) {
            throw new IllegalArgumentException(
                    "--ids has %d tokens, but the model's block has %d; use fewer tokens"
                            .formatted(ids.length, longest));
        }
    }

    private static MemorySegment littleEndian(double[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return MemorySegment.ofBuffer(bytes);
    }
}
