package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.MeanLoss;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.KernelContext;

/// The checks that the library's kernels pass fail kernels with mistakes.
class MutantsTest {

    private static OpCheck.Report report(String opCase, KernelBackend.Lowering mutant) {
        return OpCheck.run(new KernelBackend(mutant), OpCases.named(opCase));
    }

    private static void isWrong(String sentence, String opCase, KernelBackend.Lowering mutant) {
        OpCheck.Report report = report(opCase, mutant);
        assertEquals(OpCheck.Report.Status.WRONG, report.status());
        assertTrue(report.toString().contains(sentence), report.toString());
    }

    private static void isFound(Kind kind, String opCase, KernelBackend.Lowering mutant) {
        var finding = assertThrows(EmulatorFinding.class, () -> report(opCase, mutant));
        assertEquals(kind, finding.kind(), finding.getMessage());
    }

    @Test
    void offByOneInABoundIsCaught() {
        isWrong(
                "out@2 is not written, but element 0 changed",
                "Add rows=3 columns=7",
                (l, op) -> {
                    Add o = (Add) op;
                    return l.run()
                            .task(
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::offByOne,
                                                    l.layer(),
                                                    l.f(o.a()),
                                                    Launches.at(o.a()),
                                                    l.f(o.b()),
                                                    Launches.at(o.b()),
                                                    l.f(o.out()),
                                                    Launches.at(o.out()),
                                                    Launches.n(o.out())));
                });
    }

    @Test
    void partlyWrittenOutputIsCaught() {
        isWrong(
                "element 20 is NaN",
                "Copy rows=3 columns=7",
                (l, op) -> {
                    Copy o = (Copy) op;
                    return l.run()
                            .task(
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::partlyWritten,
                                                    l.layer(),
                                                    l.f(o.x()),
                                                    Launches.at(o.x()),
                                                    l.f(o.out()),
                                                    Launches.at(o.out()),
                                                    Launches.n(o.out())));
                });
    }

    @Test
    void wrongStrideIsCaught() {
        isWrong(
                "out@1: error",
                "AddBias rows=3 columns=7",
                (l, op) -> {
                    AddBias o = (AddBias) op;
                    return l.run()
                            .task(
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::wrongStride,
                                                    l.layer(),
                                                    l.f(o.x()),
                                                    Launches.at(o.x()),
                                                    l.f(o.bias()),
                                                    Launches.at(o.bias()),
                                                    l.f(o.out()),
                                                    Launches.at(o.out()),
                                                    o.x().rows(),
                                                    o.x().columns()));
                });
    }

    @Test
    void forgottenAccumulateIsCaught() {
        isWrong(
                "dBias@1: error",
                "AddBias.Backward rows=3 columns=7",
                (l, op) -> {
                    AddBias.Backward o = (AddBias.Backward) op;
                    return l.run()
                            .task(
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::forgottenAccumulate,
                                                    l.layer(),
                                                    l.f(o.dOut()),
                                                    Launches.at(o.dOut()),
                                                    l.f(o.dBias()),
                                                    Launches.at(o.dBias()),
                                                    o.dOut().rows(),
                                                    o.dOut().columns()));
                });
    }

    @Test
    void missingCausalMaskIsCaught() {
        isWrong(
                "out@1: error",
                "Attention b=1 t=7 h=3 d=5",
                (l, op) -> {
                    Attention o = (Attention) op;
                    return l.run()
                            .task(
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::missingCausalMask,
                                                    l.layer(),
                                                    l.f(o.qkv()),
                                                    Launches.at(o.qkv()),
                                                    l.f(o.out()),
                                                    Launches.at(o.out()),
                                                    l.f(o.lse()),
                                                    Launches.at(o.lse()),
                                                    o.batch() * o.positions(),
                                                    o.positions(),
                                                    o.heads().count(),
                                                    o.channels() / o.heads().count(),
                                                    (float) o.heads().scale()));
                });
    }

    @Test
    void barrierThatNotAllReachIsCaught() {
        isFound(
                Kind.BARRIER,
                "Softmax rows=5 columns=7",
                (l, op) -> {
                    Softmax o = (Softmax) op;
                    return l.run()
                            .task(
                                    SoftmaxKernels.grid(o.x().rows(), o.x().columns()),
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::barrierNotReached,
                                                    new KernelContext(),
                                                    l.layer(),
                                                    l.f(o.x()),
                                                    Launches.at(o.x()),
                                                    l.f(o.out()),
                                                    Launches.at(o.out()),
                                                    o.x().columns()));
                });
    }

    @Test
    void racingStoreIsCaught() {
        isFound(
                Kind.RACE,
                "MeanLoss n=33 none ignored",
                (l, op) -> {
                    MeanLoss o = (MeanLoss) op;
                    int n = Launches.n(o.losses());
                    return l.run()
                            .task(
                                    MeanLossKernels.grid(n),
                                    (g, t) ->
                                            g.task(
                                                    t,
                                                    MutantKernels::racingStore,
                                                    new KernelContext(),
                                                    l.layer(),
                                                    l.f(o.losses()),
                                                    Launches.at(o.losses()),
                                                    l.f(o.loss()),
                                                    Launches.at(o.loss()),
                                                    l.f(o.count()),
                                                    Launches.at(o.count()),
                                                    n));
                });
    }
}
