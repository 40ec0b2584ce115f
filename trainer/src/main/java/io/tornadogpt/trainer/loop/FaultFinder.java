package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.KeepEverything;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Step;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.BatchSource;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// Finds the tensor that was the first to hold a NaN or an infinity in a step that failed: among
/// weights and optimizer state, or else by computing the step's micro-batches again with everything
/// kept that they compute. Nothing of this costs anything before a step fails.
///
/// @param backend that the session is of
/// @param options that it was opened with
/// @param session holds the weights with which the step was computed
/// @param seed of dropout
public record FaultFinder(
        Backend backend,
        ExecutionOptions options,
        Model model,
        TrainingPrograms programs,
        Session session,
        BatchSource source,
        long seed) {

    /// The first such tensor, in words; empty where all is finite when it is done again, or memory
    /// does not suffice for doing so.
    ///
    /// @param step that failed, counts from 0
    /// @param microBatches of the step
    public Optional<String> find(int step, int microBatches) {
        Optional<String> resident = notFinite();
        return resident.isPresent() ? resident : computeAgain(step, microBatches);
    }

    private Optional<String> notFinite() {
        for (Parameter parameter : model.parameters()) {
            Optional<String> found = notFinite("the weight", parameter.spec());
            if (found.isPresent()) {
                return found;
            }
        }
        for (TensorSpec moment : programs.trainable().moments()) {
            if (!session.holds(moment)) {
                continue; // other processes have parts of it
            }
            Optional<String> found = notFinite("the optimizer's", moment);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<String> notFinite(String what, TensorSpec spec) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            if (!isFinite(session, spec, slice)) {
                return Optional.of("%s %s".formatted(what, named(spec, slice)));
            }
        }
        return Optional.empty();
    }

    private static String named(TensorSpec spec, int slice) {
        return spec.stacked()
                ? "'%s' of layer %d".formatted(spec.sliceName(slice), spec.first() + slice)
                : "'%s'".formatted(spec.name());
    }

    private Optional<String> computeAgain(int step, int microBatches) {
        List<Batch> batches = programs.accumulate().stream().map(Batch::new).toList();
        double targets = source.targets(step, 0, microBatches, batches);
        for (int micro = 0; micro < microBatches; micro++) {
            int form = source.form(step, micro);
            LossProgram program = programs.accumulate().get(form);
            Program kept = new KeepEverything().apply(program.program());
            if (backend.plan(List.of(kept)).bytes() > MemoryBudget.available()) {
                return Optional.empty();
            }
            source.fill(step, micro, batches.get(form));
            Optional<String> found = first(program, kept, batches.get(form), targets, step, micro);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<String> first(
            LossProgram program, Program kept, Batch batch, double targets, int step, int micro) {
        try (Session again = backend.open(List.of(kept), options)) {
            for (Parameter parameter : model.parameters()) {
                if (again.holds(parameter.spec()) && session.holds(parameter.spec())) {
                    copy(parameter.spec(), again);
                }
            }
            model.writeConstants(again);
            again.write(program.gradientScale(), targets > 0 ? (float) (1 / targets) : 0);
            batch.write(again, (int) seed, (int) (seed >>> 32), step, micro);
            again.run(kept.name());
            for (Step one : kept.steps()) {
                for (Tensor output : one.op().outputs()) {
                    Optional<String> found = first(again, one, output);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
            return Optional.empty();
        }
    }

    private void copy(TensorSpec spec, Session to) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            to.writeFloats(spec, slice, session.readFloats(spec, slice));
        }
    }

    private static Optional<String> first(Session session, Step step, Tensor output) {
        TensorSpec spec = output.spec();
        if (spec.dtype() == DType.I32 || !session.holds(spec)) {
            return Optional.empty(); // a pass of the device may have made it part of another
        }
        int from = output.sliceAt(step.layer());
        int count =
                switch (output.slice()) {
                    case Slice.Whole() -> spec.slices();
                    case Slice.Range(int _, int range) -> range;
                    default -> 1;
                };
        for (int slice = from; slice < from + count; slice++) {
            if (!isFinite(session, spec, slice)) {
                Op op = step.op();
                return Optional.of(
                        "%s, which %s computes".formatted(named(spec, slice), op.name()));
            }
        }
        return Optional.empty();
    }

    private static boolean isFinite(Session session, TensorSpec spec, int slice) {
        float[] values = new float[Math.toIntExact(spec.shape().elements())];
        if (spec.dtype() == DType.F32) {
            session.read(spec, slice, MemorySegment.ofArray(values));
        } else {
            values = session.readFloats(spec, slice);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
