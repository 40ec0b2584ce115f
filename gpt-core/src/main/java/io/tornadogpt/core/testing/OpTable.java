package io.tornadogpt.core.testing;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.DeviceException;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Which operations a backend computes right: a row an operation, from a few of its cases.
public final class OpTable {
    private OpTable() {}

    /// What came of an operation's cases.
    ///
    /// @param op the operation's name
    /// @param outcome of the worst case
    /// @param cases how many were run
    /// @param error the largest, as [Tolerance] measures it
    /// @param reason why it is wrong or failed, empty otherwise
    public record Row(String op, Outcome outcome, int cases, double error, String reason) {}

    /// From good to bad.
    public enum Outcome {
        RIGHT,
        UNSUPPORTED,
        WRONG,
        FAILED
    }

    /// Runs cases of every operation, spread from small to large; of those only that
    /// [OpCases#selected] names.
    ///
    /// @param most cases of an operation
    /// @param mostFlops floating-point operations of a case
    /// @param row is given each row when it is known
    public static void run(Backend backend, int most, long mostFlops, Consumer<Row> row) {
        Map<String, List<OpCase>> byOp = new LinkedHashMap<>();
        for (OpCase opCase : OpCases.selected()) {
            if (opCase.op().flops() <= mostFlops) {
                byOp.computeIfAbsent(kind(opCase.op()), _ -> new ArrayList<>()).add(opCase);
            }
        }
        byOp.forEach((op, cases) -> row.accept(row(backend, op, spread(cases, most))));
    }

    /// Rounded weights are for some devices only, so they have lines of their own.
    private static String kind(Op op) {
        return op.inputs().stream()
                .map(Tensor::dtype)
                .filter(DType::rounds)
                .findFirst()
                .map(type -> op.name() + " " + type)
                .orElse(op.name());
    }

    private static List<OpCase> spread(List<OpCase> cases, int most) {
        int count = Math.min(most, cases.size());
        var chosen = new ArrayList<OpCase>();
        for (int i = 1; i <= count; i++) {
            chosen.add(cases.get(cases.size() * i / count - 1));
        }
        return chosen;
    }

    private static Row row(Backend backend, String op, List<OpCase> cases) {
        var outcome = Outcome.RIGHT;
        double error = 0;
        String reason = "";
        for (OpCase opCase : cases) {
            Outcome here;
            String why = "";
            try {
                OpCheck.Report report = OpCheck.run(backend, opCase);
                here = Outcome.valueOf(report.status().name());
                error = Math.max(error, report.error());
                why = String.join("; ", report.wrong());
            } catch (DeviceException e) {
                here = Outcome.FAILED;
                why = String.valueOf(e.getMessage());
            }
            if (here.compareTo(outcome) > 0) {
                outcome = here;
                reason = opCase + ": " + why;
            }
        }
        return new Row(op, outcome, cases.size(), error, reason);
    }
}
