package io.tornadogpt.kernels;

import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.kernels.backend.TornadoBackend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which op cases a run has time for. The emulator checks every access to a buffer, so it takes the
/// small ones; a device compiles the kernels of every case anew, so it takes a few of each op,
/// spread evenly over the list: 3, or as many as `-Dtornadogpt.device.cases` says, or `all`.
final class ChosenCases {
    private static final long MOST_FLOPS_EMULATED = 150_000;
    private static final String COUNT = "tornadogpt.device.cases";

    private ChosenCases() {}

    static boolean emulated() {
        return new TornadoBackend().name().equals("emulator");
    }

    static List<OpCase> all() {
        String count = System.getProperty(COUNT, "3");
        if (emulated()) {
            return OpCases.selected().stream().filter(ChosenCases::isSmall).toList();
        }
        return count.equals("all") ? OpCases.selected() : ofEachOp(Integer.parseInt(count));
    }

    static boolean isSmall(OpCase opCase) {
        return opCase.op().flops() <= MOST_FLOPS_EMULATED;
    }

    /// One case of each op, of a size with several work-groups.
    static List<OpCase> oneOfEachOp() {
        return byOp(OpCases.all().stream().filter(ChosenCases::isSmall).toList()).values().stream()
                .map(cases -> cases.get(cases.size() * 2 / 3))
                .toList();
    }

    private static List<OpCase> ofEachOp(int count) {
        var chosen = new ArrayList<OpCase>();
        for (List<OpCase> cases : byOp(OpCases.selected()).values()) {
            int taken = Math.min(count, cases.size());
            for (int i = 1; i <= taken; i++) {
                chosen.add(cases.get(cases.size() * i / taken - 1));
            }
        }
        return chosen;
    }

    private static Map<String, List<OpCase>> byOp(List<OpCase> cases) {
        Map<String, List<OpCase>> byOp = new LinkedHashMap<>();
        for (OpCase opCase : cases) {
            byOp.computeIfAbsent(opCase.op().name(), _ -> new ArrayList<>()).add(opCase);
        }
        return byOp;
    }
}
