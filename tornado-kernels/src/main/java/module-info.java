/// Every op of a GPT as kernels that TornadoVM compiles to OpenCL C, PTX, SPIR-V or CUDA C. Each
/// can be put into a task graph of one's own.
///
/// The package is open because TornadoVM reads the kernels' bytecode through reflection.
module io.tornadogpt.kernels {
    requires transitive tornado.api;
    requires static transitive org.jspecify;

    exports io.tornadogpt.kernels;

    opens io.tornadogpt.kernels;
}
