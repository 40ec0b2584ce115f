package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

class MemoryPlanTest {
    private final Tensor input = spec("input", Role.INPUT).whole();
    private final Tensor a = spec("a", Role.ACTIVATION).whole();
    private final Tensor b = spec("b", Role.ACTIVATION).whole();
    private final Tensor c = spec("c", Role.ACTIVATION).whole();
    private final Tensor output = spec("output", Role.OUTPUT).whole();

    @Test
    void slicesOfATrainingStepThatLiveTogetherLieApart() {
        var config = new GptConfig(3, 2, 8, 6, 11, true, 0.1);
        MemoryPlanPropertyTest.checkNoOverlap(new Model(config).accumulate(2, 5).program());
        Program fused = Fusion.all().apply(new Model(config).accumulate(2, 5).program());
        MemoryPlanPropertyTest.checkNoOverlap(fused);
    }

    @Test
    void outputTakesOverAnInputThatDiesWithIt() {
        Program program =
                program(
                        new Copy(input, a),
                        new Activation(a, b, Activation.Function.GELU_TANH),
                        new Activation(b, output, Activation.Function.GELU_TANH));
        MemoryPlan plan = MemoryPlan.of(List.of(program));
        assertEquals(plan.offset(program, a, 0), plan.offset(program, b, 0));
        assertEquals(MemoryPlan.ALIGNMENT, plan.bytes(Role.ACTIVATION));
    }

    @Test
    void outputDoesNotTakeOverAnInputThatIsReadLater() {
        Program program =
                program(
                        new Copy(input, a),
                        new Activation(a, b, Activation.Function.GELU_TANH),
                        new Add(a, b, output));
        MemoryPlan plan = MemoryPlan.of(List.of(program));
        assertNotEquals(plan.offset(program, a, 0), plan.offset(program, b, 0));
    }

    @Test
    void outputDoesNotTakeOverAnInputThatItsOperationDoesNotAllow() {
        Program program = program(new Copy(input, a), new Softmax(a, b), new Copy(b, output));
        MemoryPlan plan = MemoryPlan.of(List.of(program));
        assertNotEquals(plan.offset(program, a, 0), plan.offset(program, b, 0));
    }

    /// The addend is read element by element, but the same slice is a factor of the product too.
    @Test
    void outputDoesNotTakeOverASliceThatIsReadUnderTwoNames() {
        TensorSpec stack = new TensorSpec("stack", Shape.of(2, 2), DType.F32, Role.ACTIVATION, 1);
        Tensor start = new TensorSpec("start", Shape.of(2, 2), DType.F32, Role.INPUT).whole();
        Tensor product =
                new TensorSpec("product", Shape.of(2, 2), DType.F32, Role.ACTIVATION).whole();
        var epilogue = MatMul.Epilogue.NONE.withAddend(stack.layer());
        var matMul = new MatMul(stack.at(0), start, product).with(product, epilogue);
        Program program = program(new Copy(start, stack.layer()), matMul);
        MemoryPlan plan = MemoryPlan.of(List.of(program));
        assertNotEquals(plan.offset(program, stack.at(0), 0), plan.offset(program, product, 0));
    }

    @Test
    void memoryOfTheDeadIsUsedAgain() {
        Program program =
                program(
                        new Copy(input, a),
                        new Softmax(a, b),
                        new Softmax(b, c),
                        new Copy(c, output));
        MemoryPlan plan = MemoryPlan.of(List.of(program));
        assertEquals(2 * MemoryPlan.ALIGNMENT, plan.bytes(Role.ACTIVATION));
    }

    @Test
    void programsShareResidentTensorsAndTheActivationArena() {
        Program one = named("one", new Copy(input, a), new Copy(a, output));
        Program two = named("two", new Copy(input, b), new Softmax(b, c), new Copy(c, output));
        MemoryPlan plan = MemoryPlan.of(List.of(one, two));
        assertEquals(MemoryPlan.of(List.of(two)).bytes(), plan.bytes());
        assertEquals(Map.of("input", input.spec(), "output", output.spec()), plan.residents());
    }

    @Test
    void residentTensorsOfARoleLieOneAfterTheOther() {
        var offsets = new HashMap<Long, String>();
        var model = new Model(new GptConfig(2, 2, 6, 5, 7, true, 0));
        MemoryPlan plan = MemoryPlan.of(List.of(model.accumulate(1, 5).program()));
        long end = 0;
        for (TensorSpec spec : plan.residents().values()) {
            if (spec.role() == Role.PARAMETER) {
                assertEquals(end, plan.offset(spec));
                end = plan.offset(spec) + (spec.bytes() + 63) / 64 * 64;
                assertEquals(null, offsets.put(plan.offset(spec), spec.name()));
            }
        }
        assertEquals(end, plan.bytes(Role.PARAMETER));
        assertTrue(end >= 4 * model.parameterCount());
    }

    @Test
    void wrongUseIsRefusedInASentence() {
        Program one = named("one", new Copy(input, a), new Copy(a, output));
        var twice =
                assertThrows(
                        IllegalArgumentException.class, () -> MemoryPlan.of(List.of(one, one)));
        assertEquals("two programs are named one; names are unique", twice.getMessage());

        TensorSpec other = new TensorSpec("input", Shape.of(4), DType.F32, Role.INPUT);
        Tensor wide = new TensorSpec("wide", Shape.of(4), DType.F32, Role.OUTPUT).whole();
        Program conflicting = named("two", new Copy(other.whole(), wide));
        var conflict =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MemoryPlan.of(List.of(one, conflicting)));
        assertEquals(
                "program two declares %s but another program of the session declares %s"
                        .formatted(other, input.spec()),
                conflict.getMessage());

        MemoryPlan plan = MemoryPlan.of(List.of(one));
        var unknown = assertThrows(IllegalArgumentException.class, () -> plan.offset(wide.spec()));
        assertEquals(
                "no program of this session names %s; it knows [input, output]"
                        .formatted(wide.spec()),
                unknown.getMessage());
        var activation = assertThrows(IllegalArgumentException.class, () -> plan.offset(one, b, 0));
        assertEquals("program one has no activation b[3]", activation.getMessage());
    }

    private static Program program(Op... ops) {
        return named("p", ops);
    }

    private static Program named(String name, Op... ops) {
        return Program.builder(name).once("all", list -> List.of(ops).forEach(list)).build();
    }

    private static TensorSpec spec(String name, Role role) {
        return new TensorSpec(name, Shape.of(3), DType.F32, role);
    }
}
