package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;
import io.tornadogpt.kernels.backend.DeviceFailure;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.KernelContext;

import java.util.function.Function;

/// The checks that the library's kernels pass fail kernels with mistakes.
class MutantsTest {

    private static OpCheck.Report report(String opCase, Function<Op, OpKernels> mutant) {
        return OpCheck.run(new TornadoBackend(mutant), OpCases.named(opCase));
    }

    private static void isWrong(String sentence, String opCase, Function<Op, OpKernels> mutant) {
        OpCheck.Report report = report(opCase, mutant);
        assertEquals(OpCheck.Report.Status.WRONG, report.status());
        assertTrue(report.toString().contains(sentence), report.toString());
    }

    private static void isFound(Kind kind, String opCase, Function<Op, OpKernels> mutant) {
        var failure = assertThrows(DeviceFailure.class, () -> report(opCase, mutant));
        var finding = assertInstanceOf(EmulatorFinding.class, failure.getCause());
        assertEquals(kind, finding.kind(), finding.getMessage());
    }

    @Test
    void offByOneInABoundIsCaught() {
        isWrong(
                "out@2 is not written, but element 0 changed",
                "Add rows=3 columns=7",
                op -> {
                    Add o = (Add) op;
                    return OpKernels.of(
                            "mutant",
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::offByOne,
                                            l.layer(),
                                            l.floats(o.a()),
                                            l.place(o.a()),
                                            l.floats(o.b()),
                                            l.place(o.b()),
                                            l.floats(o.out()),
                                            l.place(o.out()),
                                            n(o.out())));
                });
    }

    @Test
    void partlyWrittenOutputIsCaught() {
        isWrong(
                "element 20 is NaN",
                "Copy rows=3 columns=7",
                op -> {
                    Copy o = (Copy) op;
                    return OpKernels.of(
                            "mutant",
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::partlyWritten,
                                            l.layer(),
                                            l.floats(o.x()),
                                            l.place(o.x()),
                                            l.floats(o.out()),
                                            l.place(o.out()),
                                            n(o.out())));
                });
    }

    @Test
    void wrongStrideIsCaught() {
        isWrong(
                "out@1: error",
                "AddBias rows=3 columns=7",
                op -> {
                    AddBias o = (AddBias) op;
                    return OpKernels.of(
                            "mutant",
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::wrongStride,
                                            l.layer(),
                                            l.floats(o.x()),
                                            l.place(o.x()),
                                            l.floats(o.bias()),
                                            l.place(o.bias()),
                                            l.floats(o.out()),
                                            l.place(o.out()),
                                            o.x().rows(),
                                            o.x().columns()));
                });
    }

    @Test
    void forgottenAccumulateIsCaught() {
        isWrong(
                "dBias@1: error",
                "AddBias.Backward rows=3 columns=7",
                op -> {
                    AddBias.Backward o = (AddBias.Backward) op;
                    return OpKernels.of(
                            "mutant",
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::forgottenAccumulate,
                                            l.layer(),
                                            l.floats(o.dOut()),
                                            l.place(o.dOut()),
                                            l.floats(o.dBias()),
                                            l.place(o.dBias()),
                                            o.dOut().rows(),
                                            o.dOut().columns()));
                });
    }

    @Test
    void missingCausalMaskIsCaught() {
        isWrong(
                "out@1: error",
                "Attention b=1 t=7 h=3 d=5",
                op -> {
                    Attention o = (Attention) op;
                    return OpKernels.of(
                            "mutant",
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::missingCausalMask,
                                            l.layer(),
                                            l.floats(o.queries().tensor()),
                                            l.place(o.queries().tensor()),
                                            l.floats(o.out()),
                                            l.place(o.out()),
                                            l.floats(o.lse()),
                                            l.place(o.lse()),
                                            o.batch() * o.positions(),
                                            o.positions(),
                                            o.heads().count(),
                                            o.heads().size(),
                                            (float) o.heads().scale()));
                });
    }

    @Test
    void barrierThatNotAllReachIsCaught() {
        isFound(
                Kind.BARRIER,
                "Softmax rows=5 columns=7",
                op -> {
                    Softmax o = (Softmax) op;
                    return OpKernels.of(
                            "mutant",
                            SoftmaxKernels.grid(o.x().rows(), o.x().columns()),
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::barrierNotReached,
                                            new KernelContext(),
                                            l.layer(),
                                            l.floats(o.x()),
                                            l.place(o.x()),
                                            l.floats(o.out()),
                                            l.place(o.out()),
                                            o.x().columns()));
                });
    }

    @Test
    void racingStoreIsCaught() {
        isFound(
                Kind.RACE,
                "SumLoss n=33 none ignored",
                op -> {
                    SumLoss o = (SumLoss) op;
                    int n = n(o.losses());
                    return OpKernels.of(
                            "mutant",
                            SumLossKernels.grid(n),
                            (l, g, t) ->
                                    g.task(
                                            t,
                                            MutantKernels::racingStore,
                                            new KernelContext(),
                                            l.layer(),
                                            l.floats(o.losses()),
                                            l.place(o.losses()),
                                            l.floats(o.loss()),
                                            l.place(o.loss()),
                                            l.floats(o.count()),
                                            l.place(o.count()),
                                            n));
                });
    }

    private static int n(Tensor tensor) {
        return Math.toIntExact(tensor.elements());
    }
}
