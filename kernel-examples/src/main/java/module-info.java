/// Short programs about single kernels, one idea each.
///
/// The package is open because TornadoVM reads the kernels' bytecode through reflection.
module io.tornadogpt.kernels.examples {
    requires io.tornadogpt.kernels;
    requires static transitive org.jspecify;

    opens io.tornadogpt.kernels.examples;
}
