package io.tornadogpt.core.testing;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.reference.ReferenceSession;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// Runs a case on a backend and on the reference, from the same values, and compares: outputs
/// within [Tolerance], everything else untouched to the bit. Outputs start as NaN unless the
/// operation adds to them; slices that the operation does not name hold a sentinel.
///
/// Its functions may be called by several threads.
public final class OpCheck {
    private static final float SENTINEL = 0x1.9e3779p30f;

    /// The same for blocks, whose scale is a binary16.
    private static final float BLOCK_SENTINEL = 0x1.9e3779p15f;

    private static final int INT_SENTINEL = 0x5ee71e55;

    private final OpCase opCase;
    private final Set<Tensor> named = new LinkedHashSet<>();
    private final Set<Tensor> outputs;
    private final Map<Place, MemorySegment> initial = new HashMap<>();

    private double worstError;

    /// One slice of one tensor.
    private record Place(TensorSpec spec, int slice) {
        @Override
        public String toString() {
            return spec.name() + "@" + slice;
        }
    }

    private OpCheck(OpCase opCase) {
        this.opCase = opCase;
        this.outputs = new LinkedHashSet<>(opCase.op().outputs());
        named.addAll(opCase.op().inputs());
        named.addAll(outputs);
        if (opCase.forward() != null) {
            named.addAll(opCase.forward().inputs());
            named.addAll(opCase.forward().outputs());
        }
        named.forEach(this::fill);
        if (opCase.forward() != null) {
            computeForward(opCase.forward());
        }
    }

    /// Runs one case with default options.
    public static Report run(Backend backend, OpCase opCase) {
        return run(backend, ExecutionOptions.DEFAULT, opCase);
    }

    /// Runs one case.
    public static Report run(Backend backend, ExecutionOptions options, OpCase opCase) {
        if (!backend.supports(opCase.op())) {
            return new Report(opCase, backend.name(), Report.Status.UNSUPPORTED, 0, List.of());
        }
        var check = new OpCheck(opCase);
        List<String> wrong = check.compare(backend, options);
        var status = wrong.isEmpty() ? Report.Status.RIGHT : Report.Status.WRONG;
        return new Report(opCase, backend.name(), status, check.worstError, wrong);
    }

    /// Runs one case with several options, of which none may change a bit.
    ///
    /// @param options the first is what the others are compared to
    public static Report sameBits(Backend backend, List<ExecutionOptions> options, OpCase opCase) {
        if (!backend.supports(opCase.op())) {
            return new Report(opCase, backend.name(), Report.Status.UNSUPPORTED, 0, List.of());
        }
        var check = new OpCheck(opCase);
        var wrong = new ArrayList<String>();
        Map<Place, MemorySegment> first = check.results(backend, options.getFirst());
        for (ExecutionOptions other : options.subList(1, options.size())) {
            check.results(backend, other)
                    .forEach(
                            (place, elements) -> {
                                long at = elements.mismatch(first.get(place));
                                if (at >= 0) {
                                    wrong.add(
                                            "%s differs at element %d between %s and %s"
                                                    .formatted(
                                                            place,
                                                            at / 4,
                                                            options.getFirst(),
                                                            other));
                                }
                            });
        }
        var status = wrong.isEmpty() ? Report.Status.RIGHT : Report.Status.WRONG;
        return new Report(opCase, backend.name(), status, 0, wrong);
    }

    /// What every slice holds after a run.
    private Map<Place, MemorySegment> results(Backend backend, ExecutionOptions options) {
        Program program = opCase.program();
        var results = new LinkedHashMap<Place, MemorySegment>();
        try (Session session = backend.open(List.of(program), options)) {
            write(session, program);
            session.run(program.name());
            for (TensorSpec spec : program.specs()) {
                for (int slice = 0; slice < spec.slices(); slice++) {
                    var place = new Place(spec, slice);
                    results.put(place, elements(session, place));
                }
            }
        }
        return results;
    }

    /// Runs one case again and again in one session, each time from the same values, and compares
    /// the bits of all runs.
    public static Report repeat(Backend backend, OpCase opCase, int times) {
        if (!backend.supports(opCase.op())) {
            return new Report(opCase, backend.name(), Report.Status.UNSUPPORTED, 0, List.of());
        }
        List<String> wrong = new OpCheck(opCase).repeat(backend, times);
        var status = wrong.isEmpty() ? Report.Status.RIGHT : Report.Status.WRONG;
        return new Report(opCase, backend.name(), status, 0, wrong);
    }

    private List<String> repeat(Backend backend, int times) {
        Program program = opCase.program();
        var first = new HashMap<Place, MemorySegment>();
        try (Session session = backend.open(List.of(program))) {
            write(session, program);
            for (int run = 0; run < times; run++) {
                if (run > 0) {
                    restore(session);
                }
                session.run(program.name());
                for (Tensor output : outputs) {
                    var place = new Place(output.spec(), output.sliceAt(0));
                    MemorySegment bits = elements(session, place);
                    MemorySegment expected = first.putIfAbsent(place, bits);
                    if (expected != null && expected.mismatch(bits) >= 0) {
                        return List.of(
                                "%s: element %d of run %d differs from the first run's"
                                        .formatted(place, expected.mismatch(bits) / 4, run + 1));
                    }
                }
            }
        }
        return List.of();
    }

    /// Undoes a run: writes again what the operation both reads and writes.
    private void restore(Session session) {
        for (Tensor output : outputs) {
            if (opCase.op().inputs().contains(output)) {
                var place = new Place(output.spec(), output.sliceAt(0));
                session.write(place.spec, place.slice, initial(place));
            }
        }
    }

    private static MemorySegment elements(Session session, Place place) {
        var elements = MemorySegment.ofArray(new byte[Math.toIntExact(place.spec.sliceBytes())]);
        session.read(place.spec, place.slice, elements);
        return elements;
    }

    private void fill(Tensor tensor) {
        TensorSpec spec = tensor.spec();
        for (int slice = 0; slice < spec.slices(); slice++) {
            MemorySegment elements = names(tensor, slice) ? opCase.initial(tensor, slice) : null;
            if (elements == null) {
                boolean result = names(tensor, slice);
                elements = constant(spec, result ? Float.NaN : SENTINEL);
            }
            initial.put(new Place(spec, slice), elements);
        }
    }

    private static boolean names(Tensor tensor, int slice) {
        return tensor.slice() instanceof Slice.Whole || tensor.sliceAt(0) == slice;
    }

    private static MemorySegment constant(TensorSpec spec, float value) {
        int count = Math.toIntExact(spec.shape().elements());
        if (spec.dtype() == DType.I32) {
            var integers = new int[count];
            Arrays.fill(integers, INT_SENTINEL);
            return MemorySegment.ofArray(integers);
        }
        var floats = new float[count];
        Arrays.fill(floats, spec.dtype().quantized() ? BLOCK_SENTINEL : value);
        return spec.dtype().encode(floats);
    }

    private void computeForward(Op forward) {
        try (ReferenceSession session = openReference(forward)) {
            for (Tensor output : forward.outputs()) {
                for (int slice = 0; slice < output.spec().slices(); slice++) {
                    if (names(output, slice)) {
                        read(session, new Place(output.spec(), slice));
                    }
                }
            }
        }
    }

    private void read(ReferenceSession session, Place place) {
        session.read(place.spec, place.slice, initial(place));
    }

    /// What a slice holds before the run.
    private MemorySegment initial(Place place) {
        return Objects.requireNonNull(initial.get(place), place::toString);
    }

    private ReferenceSession openReference(Op op) {
        Program program = OpCase.single(op);
        var session = new ReferenceBackend().open(List.of(program));
        write(session, program);
        session.run(program.name());
        return session;
    }

    private void write(Session session, Program program) {
        for (TensorSpec spec : program.specs()) {
            for (int slice = 0; slice < spec.slices(); slice++) {
                session.write(spec, slice, initial(new Place(spec, slice)));
            }
        }
    }

    private List<String> compare(Backend backend, ExecutionOptions options) {
        Program program = opCase.program();
        var wrong = new ArrayList<String>();
        try (ReferenceSession reference = openReference(opCase.op());
                Session session = backend.open(List.of(program), options)) {
            write(session, program);
            session.run(program.name());
            for (TensorSpec spec : program.specs()) {
                for (int slice = 0; slice < spec.slices(); slice++) {
                    compare(new Place(spec, slice), reference, session).forEach(wrong::add);
                }
            }
        }
        return wrong;
    }

    private Stream<String> compare(Place place, ReferenceSession reference, Session session) {
        MemorySegment actual = elements(session, place);
        boolean written =
                outputs.stream()
                        .anyMatch(t -> t.spec().equals(place.spec) && names(t, place.slice));
        if (!written) {
            long at = initial(place).mismatch(actual);
            return at < 0
                    ? Stream.empty()
                    : Stream.of(
                            "%s is not written, but element %d changed"
                                    .formatted(place, at / place.spec.dtype().blockBytes()));
        }
        if (place.spec.dtype() == DType.I32) {
            MemorySegment expected = elements(reference, place);
            long at = expected.mismatch(actual);
            return at < 0
                    ? Stream.empty()
                    : Stream.of("%s differs at element %d".formatted(place, at / 4));
        }
        return compareFloats(
                place,
                reference.readDoubles(place.spec, place.slice),
                place.spec.dtype().decode(actual));
    }

    private Stream<String> compareFloats(Place place, double[] expected, float[] actual) {
        double largest = 0;
        double worst = 0;
        int worstAt = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = difference(actual[i], expected[i]);
            if (difference > worst) {
                worst = difference;
                worstAt = i;
            }
            if (Double.isFinite(expected[i])) {
                largest = Math.max(largest, Math.abs(expected[i]));
            }
        }
        Tolerance tolerance = Tolerance.of(opCase.op());
        double error = worst == 0 ? 0 : worst / Math.max(largest, tolerance.floor());
        worstError = Math.max(worstError, error);
        return error <= tolerance.bound()
                ? Stream.empty()
                : Stream.of(
                        "%s: error %.3g is above %.3g; element %d is %s, expected %s"
                                .formatted(
                                        place,
                                        error,
                                        tolerance.bound(),
                                        worstAt,
                                        actual[worstAt],
                                        expected[worstAt]));
    }

    /// Infinite where one is a finite number and the other is not.
    private static double difference(double actual, double expected) {
        if (Double.isFinite(expected) != Double.isFinite(actual)) {
            return Double.POSITIVE_INFINITY;
        }
        return Double.isFinite(expected) ? Math.abs(actual - expected) : 0;
    }

    /// What came of a case.
    ///
    /// @param status right, wrong, or not supported, which is neither
    /// @param error the largest of an output, as [Tolerance] measures it
    /// @param wrong one sentence for each tensor that is wrong
    public record Report(
            OpCase opCase, String backend, Status status, double error, List<String> wrong) {
        /// The outcome of a case.
        public enum Status {
            RIGHT,
            WRONG,
            UNSUPPORTED
        }

        public Report {
            wrong = List.copyOf(wrong);
        }

        /// @throws AssertionError unless the backend supports the operation and computes it right
        public void verify() {
            if (status != Status.RIGHT) {
                throw new AssertionError(toString());
            }
        }

        @Override
        public String toString() {
            return "%s on %s: %s%s"
                    .formatted(
                            opCase,
                            backend,
                            status.name().toLowerCase(Locale.ROOT),
                            wrong.isEmpty() ? "" : "\n  " + String.join("\n  ", wrong));
        }
    }
}
