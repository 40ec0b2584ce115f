package io.tornadogpt.microbenchmarks;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/// One op made ready on a device, on random values.
final class OpSession implements AutoCloseable {
    private static final String PROGRAM = "op";
    private static final float SPREAD = 0.1f;

    private final Session session;

    private OpSession(Session session) {
        this.session = session;
    }

    /// @param threads 0 for one a processor
    /// @param ids what integer inputs are below
    static OpSession open(Op op, String device, int threads, int ids) {
        Program program = Program.builder(PROGRAM).once("op", ops -> ops.accept(op)).build();
        Session session =
                Backends.named(device).open(List.of(program), new ExecutionOptions(threads));
        var random = new SplittableRandom(1);
        for (TensorSpec spec : program.specs()) {
            int count = Math.toIntExact(spec.elements());
            if (spec.dtype() == DType.I32) {
                session.write(spec, random.ints(count, 0, ids).toArray());
            } else {
                session.write(spec, 0, MemorySegment.ofArray(floats(random, count)));
            }
        }
        return new OpSession(session);
    }

    /// Positive, so that they do as variances and moments too.
    private static float[] floats(SplittableRandom random, int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = SPREAD * (0.5f + (float) random.nextDouble());
        }
        return values;
    }

    /// A tensor that lives as long as the session.
    static Tensor tensor(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.CACHE).whole();
    }

    /// A tensor of integers that lives as long as the session.
    static Tensor ids(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.I32, Role.INPUT).whole();
    }

    void run() {
        session.run(PROGRAM);
    }

    @Override
    public void close() {
        session.close();
    }
}
