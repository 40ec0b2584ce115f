/// The CPU backend: every op on the Vector API. Found as a service; what it exports is for kernels
/// of operations from outside.
module io.tornadogpt.cpu {
    requires transitive io.tornadogpt.core;
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports io.tornadogpt.cpu;

    uses io.tornadogpt.cpu.CpuKernel;

    provides io.tornadogpt.core.backend.Backend with
            io.tornadogpt.cpu.CpuBackend;
}
