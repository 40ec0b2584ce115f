package io.tornadogpt.cli;

import java.util.List;

/// Which device each of several processes on one machine takes.
///
/// Immutable, so that threads may share it.
final class LocalDevice {
    private LocalDevice() {}

    /// The device of a process: where a backend is named and no number of a device behind it, each
    /// process takes another one, and more processes than devices take turns.
    ///
    /// @param asked as `--device` names it: `cpu`, `tornado`, `tornado:opencl`, `tornado:opencl:1`
    /// @param localRank number of the process among those on its machine, from 0 on
    /// @param alike devices that compute with the same bits, as they are chosen behind the
    ///   backend's name: `opencl:0`
    static String of(String asked, int localRank, List<String> alike) {
        String[] parts = asked.split(":", -1);
        boolean numbered = parts.length > 2;
        return numbered || alike.size() < 2
                ? asked
                : parts[0] + ":" + alike.get(localRank % alike.size());
    }
}
