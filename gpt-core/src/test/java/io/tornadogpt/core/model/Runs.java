package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.reference.ReferenceBackend;
import io.tornadogpt.core.reference.ReferenceSession;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs programs of tiny models on the reference device.
final class Runs {
    private Runs() {}

    static int[] ids(int count, int vocabulary, String name) {
        var values = new Values.Integers(0, vocabulary);
        return values.elements(DType.I32, count, 5, name).toArray(ValueLayout.JAVA_INT);
    }

    /// Weights large enough that attention attends to something.
    static void large(Model model, ReferenceSession session) {
        for (Parameter parameter : model.parameters()) {
            TensorSpec spec = parameter.spec();
            int count = Math.toIntExact(spec.shape().elements());
            for (int slice = 0; slice < spec.slices(); slice++) {
                var values = new Values.Normal(0, 0.5);
                String name = spec.sliceName(slice);
                session.write(spec, slice, values.elements(spec.dtype(), count, 3, name));
            }
        }
        model.writeConstants(session);
    }

    /// The gradients of everything that is trained, slice by slice, after some runs of a program.
    ///
    /// @param run writes inputs and runs
    static Map<String, double[]> gradients(
            Model model, Trainable trainable, LossProgram program, Consumer<ReferenceSession> run) {
        var gradients = new LinkedHashMap<String, double[]>();
        try (var session = new ReferenceBackend().open(List.of(program.program()))) {
            large(model, session);
            run.accept(session);
            for (Trainable.Trained trained : trainable.parameters()) {
                TensorSpec gradient = trained.gradient();
                for (int slice = 0; slice < gradient.slices(); slice++) {
                    gradients.put(gradient.sliceName(slice), session.readDoubles(gradient, slice));
                }
            }
        }
        return gradients;
    }

    /// The gradients of all parameters.
    static Map<String, double[]> gradients(
            Model model, LossProgram program, Consumer<ReferenceSession> run) {
        return gradients(model, Trainable.all(model), program, run);
    }

    /// Whether a program has a gradient of a parameter.
    static boolean differentiates(LossProgram program, Parameter parameter) {
        String name = Autodiff.gradient(parameter.spec()).name();
        return program.program().specs().stream().anyMatch(spec -> spec.name().equals(name));
    }
}
