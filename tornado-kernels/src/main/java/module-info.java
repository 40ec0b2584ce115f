/// Every op of a GPT as kernels that TornadoVM compiles to OpenCL C, PTX, SPIR-V or CUDA C, and the
/// backend that runs programs with them. Each kernel can be put into a task graph of one's own.
///
/// The packages are open because TornadoVM reads the kernels' bytecode through reflection.
module io.tornadogpt.kernels {
    requires transitive io.tornadogpt.core;
    requires transitive tornado.api;
    requires static transitive org.jspecify;

    exports io.tornadogpt.kernels;
    exports io.tornadogpt.kernels.backend;

    opens io.tornadogpt.kernels;
    opens io.tornadogpt.kernels.backend;

    uses io.tornadogpt.kernels.CustomOpKernels;

    provides io.tornadogpt.core.backend.Backend with
            io.tornadogpt.kernels.backend.TornadoBackend;
}
