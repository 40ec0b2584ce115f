package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.loop.MemoryBudget;

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
            "Computes the logits after each token of a sequence and writes them as the tensor"
                    + " 'logits' of shape [tokens, vocabulary] to a safetensors file.",
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
            description = "A run's directory, a model directory, or a checkpoint of llm.c.")
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

    @Override
    int run(Screen screen) throws IOException {
        StoredModel stored = ModelArgument.open(Objects.requireNonNull(model), adapter).stored();
        int vocabulary = stored.config().vocabulary();
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "--ids has %d, but the model's vocabulary goes from 0 to %d"
                                .formatted(id, vocabulary - 1));
            }
        }
        int longest = stored.config().context();
        if (ids.length > longest) {
            throw new IllegalArgumentException(
                    "--ids has %d tokens, but the model's block has %d; use fewer tokens"
                            .formatted(ids.length, longest));
        }
        Model gpt = stored.model().withContext(ids.length);
        LogitsProgram program = gpt.logits("logits", 1, ids.length);
        var programs = List.of(program.program());
        Backend backend = device.backend();
        MemoryBudget.require(backend.plan(programs).bytes());
        Path file = OutputPath.file(Objects.requireNonNull(out));
        List<Long> shape = List.of((long) ids.length, (long) vocabulary);
        var writer = new SafetensorsWriter();
        try (var session = backend.open(programs, device.execution())) {
            stored.load(gpt, session);
            session.write(program.tokens(), ids);
            program.inputs().writePositions(session, program.program());
            session.run(program.program().name());
            switch (precision) {
                case F32 -> {
                    float[] logits = session.readFloats(program.logits());
                    writer.tensor(
                            "logits",
                            StorageType.F32,
                            shape,
                            (from, block, count) ->
                                    System.arraycopy(logits, (int) from, block, 0, count));
                }
                case F64 -> {
                    double[] logits = session.readDoubles(program.logits(), 0);
                    writer.tensor("logits", StorageType.F64, shape, littleEndian(logits));
                }
            }
        }
        writer.write(file);
        screen.line("%s: logits %s %s".formatted(out, precision, shape));
        return 0;
    }

    private static MemorySegment littleEndian(double[] values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return MemorySegment.ofBuffer(bytes);
    }
}
