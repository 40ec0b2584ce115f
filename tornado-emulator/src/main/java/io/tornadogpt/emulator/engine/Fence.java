package io.tornadogpt.emulator.engine;

/// What a barrier puts in order besides the work-items themselves.
public enum Fence {
    /// Local memory only: accesses to buffers stay unordered, as OpenCL has it.
    LOCAL("localBarrier()"),
    /// Buffers as well.
    GLOBAL("globalBarrier()");

    private final String call;

    Fence(String call) {
        this.call = call;
    }

    @Override
    public String toString() {
        return call;
    }
}
