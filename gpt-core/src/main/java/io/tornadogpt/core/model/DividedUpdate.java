package io.tornadogpt.core.model;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The optimizer step of one of several processes that divide the optimizer among them: stage 1 of
/// ZeRO (Rajbhandari et al., 2020). It holds moments of a part of the trained weights, and a copy
/// of that part, which it changes; the rest comes from the other processes.
///
/// The part is an interval of all trained weights, laid one behind the other in the order of
/// [Trainable#parameters()]. The norm of all gradients is an input: no process has all of them.
///
/// @param update its `norm` is written before each run
/// @param pieces what the interval has of each parameter, in order
public record DividedUpdate(UpdateProgram update, List<Piece> pieces) {
    /// Elements of a piece at most: what is larger is divided, so that an int counts them.
    private static final long LARGEST = 1L << 29;

    /// Adjacent elements of one trained parameter.
    ///
    /// @param trained which
    /// @param from the first of them, counted in the trained layers of the parameter
    /// @param place the same, counted through all trained weights
    /// @param count how many
    public record Piece(Trainable.Trained trained, long from, long place, int count) {
        private TensorSpec spec(String prefix, Role role) {
            String name = "%s%s[%d]".formatted(prefix, trained.parameter().spec().name(), from);
            return new TensorSpec(name, Shape.of(count), DType.F32, role);
        }

        /// `[count]`, the weights.
        public TensorSpec weight() {
            return spec("part.", Role.PARAMETER);
        }

        /// `[count]`, the gradient of the whole step.
        public TensorSpec gradient() {
            return spec("part.d", Role.GRADIENT);
        }

        /// `[count]`, the first and the second moment.
        public List<TensorSpec> moments() {
            return List.of(spec("part.m.", Role.OPTIMIZER), spec("part.v.", Role.OPTIMIZER));
        }
    }

    public DividedUpdate {
        pieces = List.copyOf(pieces);
    }

    static DividedUpdate of(
            String name,
            Trainable trainable,
            AdamW.Settings settings,
            double gradClip,
            long from,
            long to) {
        if (from < 0 || to < from || to > trainable.elements()) {
            throw new IllegalArgumentException(
                    "a part is [%d, %d); expected it within [0, %d)"
                            .formatted(from, to, trainable.elements()));
        }
        List<Piece> pieces = pieces(trainable, from, to);
        Map<Double, TensorSpec> schedules = new LinkedHashMap<>();
        for (Piece piece : pieces) {
            double scale = piece.trained.rateScale();
            schedules.computeIfAbsent(
                    scale, s -> input(name + ".schedule" + (s == 1 ? "" : "." + s), 3));
        }
        TensorSpec norm = input(name + ".norm", 1);
        var scale = new TensorSpec(name + ".scale", Shape.of(1), DType.F32, Role.OUTPUT);
        Program program =
                Program.builder(name)
                        .once(
                                "optimizer",
                                ops -> {
                                    ops.accept(
                                            new ClipScale(norm.whole(), scale.whole(), gradClip));
                                    for (Piece piece : pieces) {
                                        TensorSpec schedule =
                                                Objects.requireNonNull(
                                                        schedules.get(piece.trained.rateScale()));
                                        ops.accept(step(piece, scale, schedule, settings));
                                    }
                                })
                        .build();
        var update = new UpdateProgram(program, Map.copyOf(schedules), norm, scale, settings);
        return new DividedUpdate(update, pieces);
    }

    private static AdamW step(
            Piece piece, TensorSpec scale, TensorSpec schedule, AdamW.Settings settings) {
        List<TensorSpec> moments = piece.moments();
        return new AdamW(
                piece.weight().whole(),
                piece.gradient().whole(),
                moments.get(0).whole(),
                moments.get(1).whole(),
                scale.whole(),
                schedule.whole(),
                piece.trained.decays() ? settings : settings.withoutDecay());
    }

    private static List<Piece> pieces(Trainable trainable, long from, long to) {
        var pieces = new ArrayList<Piece>();
        long start = 0;
        for (Trainable.Trained trained : trainable.parameters()) {
            long end = start + trained.elements();
            long place = Math.max(start, from);
            while (place < Math.min(end, to)) {
                int count = (int) Math.min(LARGEST, Math.min(end, to) - place);
                pieces.add(new Piece(trained, place - start, place, count));
                place += count;
            }
            start = end;
        }
        return pieces;
    }

    private static TensorSpec input(String name, int size) {
        return new TensorSpec(name, Shape.of(size), DType.F32, Role.INPUT);
    }
}
