package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;
import io.tornadogpt.emulator.engine.KernelBytecode.Effects;
import io.tornadogpt.emulator.engine.KernelBytecode.Guard;
import io.tornadogpt.emulator.engine.KernelRules.Fault;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.List;

/// Refuses a task before it runs, for what TornadoVM's compilers do not survive or survive with
/// wrong code, and for a grid that does not fit.
final class KernelCheck {

    private final KernelCode kernel;
    private final List<Object> arguments;

    private KernelCheck(KernelCode kernel, TaskDefinition task) {
        this.kernel = kernel;
        this.arguments = task.arguments();
    }

    /// Checks a task's code.
    static void code(KernelCode kernel, TaskDefinition task, Limits limits) {
        var check = new KernelCheck(kernel, task);
        check.handedOver();
        check.aliases();
        check.conditions();
        if (limits.checks()) {
            check.faults();
            check.doubles(limits);
            check.negatives();
        }
    }

    private Effects effects() {
        return kernel.method().effects();
    }

    private EmulatorFinding.Builder finding(Kind kind) {
        return EmulatorFinding.of(kind).kernel(kernel.name());
    }

    private void handedOver() {
        List<String> helpers = effects().handedOver();
        if (!helpers.isEmpty()) {
            throw finding(Kind.LOCAL_MEMORY)
                    .saying(
                            "a local array is handed to "
                                    + String.join(" and ", helpers)
                                    + ", where TornadoVM would use it out of bounds. Allocate it"
                                    + " in the helper, or let the helper return it");
        }
    }

    private void conditions() {
        List<String> mixed = effects().mixed();
        if (!mixed.isEmpty()) {
            throw finding(Kind.CONDITION)
                    .saying(
                            "a condition of && and || is kept as a value ("
                                    + String.join("; ", mixed)
                                    + "), which TornadoVM 5.2 negates wrongly. Use it in an if, or"
                                    + " compute with 1 and 0");
        }
    }

    private void faults() {
        List<Fault> faults = kernel.method().faults();
        if (!faults.isEmpty()) {
            Fault first = faults.getFirst();
            throw finding(first.kind())
                    .buffer(first.variable())
                    .saying(
                            "the kernel "
                                    + String.join(
                                            ". It also ",
                                            faults.stream().map(Fault::text).distinct().toList()));
        }
    }

    private void doubles(Limits limits) {
        List<String> doubles = kernel.method().doubles();
        if (!limits.doubles() && !doubles.isEmpty()) {
            throw finding(Kind.UNSUPPORTED)
                    .saying(
                            "the kernel computes in double precision ("
                                    + String.join("; ", doubles)
                                    + "), which many devices do not have. Use float and"
                                    + " TornadoMath's methods of float. Where every device in"
                                    + " question has it, set -Dtornadogpt.emulator.doubles=true");
        }
    }

    private void negatives() {
        List<String> negatives = effects().negatives();
        if (!negatives.isEmpty()) {
            throw finding(Kind.NEGATIVE)
                    .saying(
                            "the kernel shifts an element of a buffer to the right, or divides it"
                                    + " by a power of two ("
                                    + String.join("; ", negatives)
                                    + "), and the element may be negative. "
                                    + Watch.NEGATIVE_ADVICE);
        }
    }

    private void aliases() {
        for (int later = 1; later < arguments.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (arguments.get(later) instanceof TornadoNativeArray array
                        && arguments.get(earlier) == array
                        && effects().written().contains(earlier)) {
                    throw alias(earlier, later);
                }
            }
        }
    }

    private EmulatorFinding alias(int written, int again) {
        return finding(Kind.ALIAS)
                .buffer(kernel.parameter(again))
                .saying(
                        "argument "
                                + kernel.parameter(again)
                                + " is the array that the kernel writes as "
                                + kernel.parameter(written)
                                + ", which comes before it; TornadoVM would never end compiling."
                                + " Put what the kernel writes last, or give it arrays of its"
                                + " own");
    }

    /// Checks the grid of a kernel that guards its work-items by `globalId < n`.
    static void grid(KernelCode kernel, TaskDefinition task, NDRange range) {
        for (Guard guard : kernel.method().effects().guards()) {
            int items = range.global().in(guard.dimension());
            if (task.arguments().get(guard.argument()) instanceof Integer n && n > items) {
                throw EmulatorFinding.of(Kind.LAUNCH_SHAPE)
                        .kernel(kernel.name())
                        .saying(
                                "the grid has "
                                        + items
                                        + " work-items in "
                                        + "xyz".charAt(guard.dimension())
                                        + ", but the kernel is written for "
                                        + kernel.parameter(guard.argument())
                                        + " = "
                                        + n
                                        + " of them: what lies behind is left out. Make the grid"
                                        + " at least as large, rounded up to whole groups");
            }
        }
    }

    /// Checks the grid of a kernel of `@Parallel` loops that has run.
    static void rounds(KernelCode kernel, Rounds rounds, NDRange range) {
        long items = (long) range.global().x() * range.global().y() * range.global().z();
        if (rounds.workItems() > items) {
            throw EmulatorFinding.of(Kind.LAUNCH_SHAPE)
                    .kernel(kernel.name())
                    .saying(
                            "the grid has "
                                    + items
                                    + " work-items, but the @Parallel loops have "
                                    + rounds.extents()
                                    + " rounds. Make the grid as large as the loops, or leave it"
                                    + " out: TornadoVM takes the loops' lengths then");
        }
    }
}
