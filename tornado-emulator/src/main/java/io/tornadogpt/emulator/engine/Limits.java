package io.tornadogpt.emulator.engine;

/// What the emulator checks, and against which limits; set by system properties.
///
/// @param checks whether accesses are checked (`tornadogpt.emulator.checks`, on unless `false`)
/// @param workGroupSize the most work-items a group may have (`tornadogpt.emulator.workGroupSize`,
///   256: what every current GPU can do)
/// @param localMemoryBytes the most local memory a group may use
///   (`tornadogpt.emulator.localMemory`, 49,152: what CUDA grants without asking)
/// @param doubles whether kernels may compute in double precision (`tornadogpt.emulator.doubles`,
///   off unless `true`: integrated GPUs and Apple's have none)
public record Limits(boolean checks, int workGroupSize, int localMemoryBytes, boolean doubles) {

    /// The tasks that a TornadoVM task graph holds.
    public static final int TASKS = 256;

    /// The arguments that a TornadoVM task takes, `KernelContext` included.
    public static final int ARGUMENTS = 20;

    /// The bytes of graph code that a TornadoVM task graph holds.
    public static final int GRAPH_CODE_BYTES = 8192;

    /// Work-items are numbered within their group in 11 bits; the largest numbers mean something
    /// else, see [Monitor].
    private static final int LARGEST_WORK_GROUP = 1024;

    public Limits {
        if (workGroupSize < 1 || workGroupSize > LARGEST_WORK_GROUP) {
            throw new IllegalArgumentException(
                    "tornadogpt.emulator.workGroupSize is "
                            + workGroupSize
                            + "; it must lie between 1 and "
                            + LARGEST_WORK_GROUP);
        }
    }

    /// Reads the system properties.
    public static Limits fromProperties() {
        return new Limits(
                !"false".equals(System.getProperty("tornadogpt.emulator.checks")),
                Integer.getInteger("tornadogpt.emulator.workGroupSize", 256),
                Integer.getInteger("tornadogpt.emulator.localMemory", 48 * 1024),
                Boolean.getBoolean("tornadogpt.emulator.doubles"));
    }

    /// The graph code that one task takes.
    static int graphCodeBytes(int arguments) {
        return 15 + 5 * arguments;
    }
}
