package io.tornadogpt.kernels;

import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.kernels.backend.TornadoBackend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Checks the kernels on a device, with an installed TornadoVM in the emulator's place:
///
/// ```
/// mvn test-compile -pl tornado-kernels -am
/// java @$TORNADOVM_HOME/tornado-argfile -Dtornado.recover.bailout=False
///     -Dtornado.tvm.maxbytecodesize=1000000 -Dtornado.opencl.compiler.flags=-cl-mad-enable
///     -cp tornado-kernels/target/classes:tornado-kernels/target/test-classes:<core and its jars>
///     io.tornadogpt.kernels.DeviceRun 300000 3
/// ```
///
/// Prints a line for each case; exits with 1 if one is wrong. Each case compiles its kernels anew,
/// so a few cases of each op take minutes.
public final class DeviceRun {
    private DeviceRun() {}

    /// @param arguments the most floating-point operations of a case (300000), the most cases of an
    ///   op (3), and what the cases' names start with (anything)
    public static void main(String[] arguments) {
        long flops = arguments.length > 0 ? Long.parseLong(arguments[0]) : 300_000;
        int most = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<String> starts =
                arguments.length > 2
                        ? List.of(arguments).subList(2, arguments.length)
                        : List.of("");
        int wrong = 0;
        for (OpCase opCase : cases(flops, most, starts)) {
            wrong += isRight(opCase) ? 0 : 1;
        }
        System.out.println(wrong + " wrong");
        System.exit(wrong == 0 ? 0 : 1);
    }

    private static boolean isRight(OpCase opCase) {
        long start = System.nanoTime();
        String result;
        boolean right = false;
        try {
            OpCheck.Report report = OpCheck.run(new TornadoBackend(), opCase);
            right = report.status() == OpCheck.Report.Status.RIGHT;
            result = report.toString();
        } catch (RuntimeException | LinkageError e) {
            result = opCase + " fails: " + e;
        }
        System.out.printf("%s, %.1f s%n", result, (System.nanoTime() - start) / 1e9);
        return right;
    }

    /// For each op cases spread evenly over its list, from small to large.
    private static List<OpCase> cases(long flops, int most, List<String> starts) {
        Map<String, List<OpCase>> byOp = new LinkedHashMap<>();
        for (OpCase opCase : OpCases.all()) {
            if (opCase.op().flops() <= flops
                    && starts.stream().anyMatch(opCase.name()::startsWith)) {
                byOp.computeIfAbsent(opCase.op().name(), _ -> new ArrayList<>()).add(opCase);
            }
        }
        var chosen = new ArrayList<OpCase>();
        for (List<OpCase> all : byOp.values()) {
            int count = Math.min(most, all.size());
            for (int i = 1; i <= count; i++) {
                chosen.add(all.get(all.size() * i / count - 1));
            }
        }
        return chosen;
    }
}
