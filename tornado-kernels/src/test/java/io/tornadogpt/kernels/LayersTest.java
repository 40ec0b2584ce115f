package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Kernels find the slice of the layer that the cursor is at, and the next one.
class LayersTest {
    private static final int LAYERS = 3;
    private static final int ROWS = 9;
    private static final int COLUMNS = 37;

    private final TensorSpec rng = spec("rng", DType.I32, 0, 4);
    private final TensorSpec residual = spec("residual", DType.F32, LAYERS + 1, ROWS, COLUMNS);
    private final TensorSpec weight = spec("weight", DType.F32, LAYERS, COLUMNS);
    private final TensorSpec matrix = spec("matrix", DType.F32, LAYERS, COLUMNS, COLUMNS);
    private final TensorSpec normal = spec("normal", DType.F32, LAYERS, ROWS, COLUMNS);
    private final TensorSpec mean = spec("mean", DType.F32, LAYERS, ROWS);
    private final TensorSpec rstd = spec("rstd", DType.F32, LAYERS, ROWS);
    private final TensorSpec product = spec("product", DType.F32, LAYERS, ROWS, COLUMNS);

    private static TensorSpec spec(String name, DType type, int layers, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), type, Role.INPUT, layers);
    }

    @Test
    void repeatedGraphWalksThroughTheLayers() {
        Program program =
                Program.builder("layers")
                        .repeat(
                                "blocks",
                                LAYERS,
                                ops -> {
                                    ops.accept(
                                            new LayerNorm(
                                                    residual.layer(),
                                                    weight.layer(),
                                                    null,
                                                    normal.layer(),
                                                    mean.layer(),
                                                    rstd.layer(),
                                                    1e-5));
                                    ops.accept(
                                            new MatMul(
                                                    normal.layer(),
                                                    matrix.layer(),
                                                    product.layer()));
                                    ops.accept(
                                            new Dropout(
                                                    product.layer(),
                                                    residual.layer(1),
                                                    new Dropout.Mask(0.4, rng.whole(), 2)));
                                })
                        .build();
        assertArrayEquals(
                run(Backends.named("reference"), program),
                run(new TornadoBackend(), program),
                2e-4f);
    }

    /// The upper layers alone, as where the lower ones are frozen: the segment begins at layer 1,
    /// what belongs to these layers is a stack that begins there, and some slices are named
    /// together.
    @Test
    void segmentsAndStacksMayBeginAtAnyLayer() {
        TensorSpec bias = upper("bias", COLUMNS);
        TensorSpec moved = upper("moved", ROWS, COLUMNS);
        TensorSpec doubled = upper("doubled", ROWS, COLUMNS);
        Program program =
                Program.builder("upper")
                        .repeat(
                                "blocks",
                                1,
                                LAYERS - 1,
                                ops -> {
                                    ops.accept(
                                            new AddBias(
                                                    residual.layer(), bias.layer(), moved.layer()));
                                    ops.accept(new Copy(moved.layer(), residual.layer(1)));
                                })
                        .once(
                                "both",
                                ops -> {
                                    ops.accept(new Scale(moved.whole(), doubled.whole(), 2));
                                    ops.accept(
                                            new Add(
                                                    doubled.whole(),
                                                    residual.range(1, LAYERS - 1),
                                                    residual.range(1, LAYERS - 1)));
                                })
                        .build();
        for (int slice = 0; slice <= LAYERS; slice++) {
            assertArrayEquals(
                    run(Backends.named("reference"), program, slice),
                    run(new TornadoBackend(), program, slice),
                    1e-5f,
                    "slice " + slice);
        }
    }

    /// A stack of all layers but the first.
    private static TensorSpec upper(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.INPUT, LAYERS - 1, 1);
    }

    private float[] run(Backend backend, Program program) {
        return run(backend, program, LAYERS);
    }

    private float[] run(Backend backend, Program program, int slice) {
        try (Session session = backend.open(List.of(program))) {
            for (TensorSpec spec : program.specs()) {
                for (int s = 0; s < spec.slices(); s++) {
                    var values = spec.equals(rng) ? Values.of(1, -2, 3, 4) : Values.normal();
                    int count = Math.toIntExact(spec.shape().elements());
                    session.write(
                            spec, s, values.elements(spec.dtype(), count, 1, spec.name() + s));
                }
            }
            session.run(program.name());
            return session.readFloats(residual, slice);
        }
    }
}
