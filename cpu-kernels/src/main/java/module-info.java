/// The CPU backend: every op on the Vector API. Found as a service, so it exports nothing.
module io.tornadogpt.cpu {
    requires io.tornadogpt.core;
    requires jdk.incubator.vector;
    requires static transitive org.jspecify;

    provides io.tornadogpt.core.backend.Backend with
            io.tornadogpt.cpu.CpuBackend;
}
