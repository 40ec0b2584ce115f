package uk.ac.manchester.tornado.api.enums;

/// What kernels are translated to. The emulator's is `JAVA`. Versions of TornadoVM differ in the
/// others, so code that is to run with all of them names none.
public enum TornadoVMBackendType {
    OPENCL,
    METAL,
    PTX,
    CUDA,
    SPIRV,
    JAVA,
    VIRTUAL
}
