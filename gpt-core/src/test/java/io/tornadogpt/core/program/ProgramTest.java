package io.tornadogpt.core.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.junit.jupiter.api.Test;

import java.util.List;

class ProgramTest {
    private final Tensor input = spec("input", Role.INPUT, 0).whole();
    private final Tensor a = spec("a", Role.ACTIVATION, 0).whole();
    private final Tensor output = spec("output", Role.OUTPUT, 0).whole();
    private final TensorSpec stack = spec("stack", Role.ACTIVATION, 3);

    @Test
    void activationReadBeforeItIsWrittenIsRefused() {
        refused(
                "program p, Copy at layer 0: a[2] is read before it is written",
                new Copy(a, output));
    }

    @Test
    void activationWrittenTwiceIsRefused() {
        refused(
                "program p, Copy at layer 0: a[2] is written twice; activations are assigned once",
                new Copy(input, a),
                new Copy(input, a));
    }

    @Test
    void nameWithTwoDeclarationsIsRefused() {
        Tensor other = new TensorSpec("input", Shape.of(3), DType.F32, Role.INPUT).whole();
        Tensor out = new TensorSpec("b", Shape.of(3), DType.F32, Role.ACTIVATION).whole();
        refused(
                "program p, Copy at layer 0: input[3] was declared otherwise before: "
                        + input.spec(),
                new Copy(input, a),
                new Copy(other, out));
    }

    @Test
    void wholeStackOfActivationsIsRefused() {
        refused(
                "program p, Zero at layer 0: stack[3, 2] is a stack of activations, named slice by"
                        + " slice only",
                new Zero(stack.whole()));
    }

    @Test
    void sliceThatDoesNotExistIsRefusedAtItsLayer() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Program.builder("p")
                                        .repeat("layers", 4, ops -> ops.accept(copy(0)))
                                        .build());
        assertEquals("program p, Copy at layer 3: stack@l[2] has no slice 3", e.getMessage());
        e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Program.builder("p")
                                        .repeat("layers", 3, ops -> ops.accept(copy(-1)))
                                        .build());
        assertEquals("program p, Copy at layer 0: stack@l-1[2] has no slice -1", e.getMessage());
    }

    private Op copy(int shift) {
        return new Copy(input, stack.layer(shift));
    }

    @Test
    void scratchIsWrittenAnewInEachLayer() {
        Program program =
                Program.builder("p")
                        .repeat(
                                "layers",
                                3,
                                ops -> {
                                    ops.accept(new Copy(input, a));
                                    ops.accept(new Copy(a, stack.layer()));
                                })
                        .build();
        assertEquals(6, program.steps().size());
    }

    @Test
    void scratchOfTheLayerBeforeIsRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Program.builder("p")
                                        .repeat(
                                                "layers",
                                                3,
                                                ops -> {
                                                    ops.accept(new Copy(a, stack.layer()));
                                                    ops.accept(new Copy(input, a));
                                                })
                                        .build());
        assertEquals(
                "program p, Copy at layer 0: a[2] is read before it is written", e.getMessage());
    }

    @Test
    void scratchOfAnotherSegmentIsRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Program.builder("p")
                                        .repeat("layers", 3, ops -> ops.accept(new Copy(input, a)))
                                        .once("end", ops -> ops.accept(new Copy(a, output)))
                                        .build());
        assertEquals(
                "program p, Copy at layer 0: a[2] is scratch of segment layers, so segment end"
                        + " cannot name it; stack it",
                e.getMessage());
    }

    @Test
    void segmentThatNeverRunsIsRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new Segment("none", 0, false, List.of()));
        assertEquals("segment none repeats 0 times; expected >= 1", e.getMessage());
    }

    @Test
    void residentTensorsMayBeReadAndWrittenAgainAndAgain() {
        Program program =
                Program.builder("p")
                        .once(
                                "all",
                                ops -> {
                                    ops.accept(new Add(output, input, output));
                                    ops.accept(new Add(output, input, output));
                                })
                        .build();
        assertEquals(List.of(output.spec(), input.spec()), List.copyOf(program.specs()));
    }

    @Test
    void stepsUnrollRepeatsInTheirOrder() {
        var forward = new Segment("f", 3, false, List.of(copy(0)));
        assertEquals(List.of(0, 1, 2), layers(new Program("p", List.of(forward))));
        var backward = new Segment("b", 3, true, List.of(copy(0)));
        assertEquals(List.of(2, 1, 0), layers(new Program("p", List.of(backward))));
    }

    private static List<Integer> layers(Program program) {
        return program.steps().stream().map(Step::layer).toList();
    }

    @Test
    void flopsCountEveryRepeat() {
        Program program =
                Program.builder("p").repeat("layers", 3, ops -> ops.accept(copy(0))).build();
        assertEquals(6, program.flops());
    }

    private static void refused(String sentence, Op... ops) {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Program.builder("p")
                                        .once("all", list -> List.of(ops).forEach(list))
                                        .build());
        assertEquals(sentence, e.getMessage());
    }

    private static TensorSpec spec(String name, Role role, int layers) {
        return new TensorSpec(name, Shape.of(2), DType.F32, role, layers);
    }
}
