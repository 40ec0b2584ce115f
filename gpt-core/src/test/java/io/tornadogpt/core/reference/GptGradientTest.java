package io.tornadogpt.core.reference;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.program.Segment;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.Values;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Gradients through whole models, every weight of them.
class GptGradientTest {
    private static final int BATCH = 2;
    private static final int POSITIONS = 3;

    @ParameterizedTest(name = "layers={0} bias={1} tied={2} dropout={3} {4}")
    @CsvSource({
        "1, true, true, 0, GELU_TANH",
        "1, false, false, 0.3, GELU",
        "2, true, false, 0.3, GELU_TANH",
        "3, false, true, 0, GELU_TANH",
        "3, true, true, 0.3, GELU"
    })
    void gradientsMatchCentralDifferences(
            int layers, boolean bias, boolean tied, double dropout, Activation.Function form) {
        var config = new GptConfig(layers, 2, 4, 5, 7, bias, dropout, tied, form, 1e-5);
        check(config, parameter -> true);
    }

    @Test
    void gradientsMatchWhereSomeParametersAreFrozen() {
        var config = new GptConfig(2, 2, 4, 5, 7, true, 0);
        check(config, parameter -> parameter.name().contains("c_fc"));
        check(config, parameter -> parameter.name().contains("ln_2"));
        check(config, parameter -> parameter.name().endsWith(".bias"));
    }

    private static void check(GptConfig config, Predicate<TensorSpec> trainable) {
        var model = new Model(config);
        LossProgram loss = model.accumulate(BATCH, POSITIONS);
        Map<TensorSpec, List<MemorySegment>> values = new HashMap<>();
        put(values, loss.tokens(), new Values.Integers(0, config.vocabSize()));
        put(values, loss.targets(), new Values.Integers(-1, config.vocabSize()));
        put(values, loss.positions(), Values.of(0, 1, 2));
        if (config.dropout() > 0) {
            put(values, loss.rng(), Values.of(1, 2, 3, 4));
        }
        for (Parameter parameter : model.parameters()) {
            // Larger than a model starts with, so that everything has a visible effect.
            put(values, parameter.spec(), new Values.Normal(0, 0.5));
        }
        GradientCheck.check(forward(loss.program()), loss.loss().whole(), values, trainable);
    }

    /// The first three segments: `accumulate` goes on with their gradients.
    private static Program forward(Program program) {
        List<Segment> segments = program.segments().subList(0, 3);
        return new Program(program.name(), segments);
    }

    private static void put(
            Map<TensorSpec, List<MemorySegment>> values, TensorSpec spec, Values value) {
        int count = Math.toIntExact(spec.shape().elements());
        var slices = new ArrayList<MemorySegment>();
        for (int i = 0; i < spec.slices(); i++) {
            slices.add(value.elements(spec.dtype(), count, 1, spec.sliceName(i)));
        }
        values.put(spec, slices);
    }
}
