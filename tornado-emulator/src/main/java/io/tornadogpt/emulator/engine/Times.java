package io.tornadogpt.emulator.engine;

/// Where the time of an execution went, in nanoseconds, and how many bytes were sent.
public final class Times {
    private final long start = System.nanoTime();
    private long end = start;
    private long in;
    private long kernels;
    private long out;
    private long sentBytes;

    /// From the start of the execution to its end.
    public long total() {
        return end - start;
    }

    /// In which arrays were copied to the device.
    public long in() {
        return in;
    }

    /// In which kernels ran, checks and all.
    public long kernels() {
        return kernels;
    }

    /// In which arrays were copied to the host.
    public long out() {
        return out;
    }

    /// The bytes that had to be copied to the device: arrays that a task reads. Without checks it
    /// is not known which, and 0.
    public long sentBytes() {
        return sentBytes;
    }

    void sent(long bytes) {
        sentBytes += bytes;
    }

    void in(Runnable copy) {
        in += measured(copy);
    }

    void kernel(Runnable run) {
        kernels += measured(run);
    }

    void out(Runnable copy) {
        out += measured(copy);
    }

    private long measured(Runnable work) {
        long from = System.nanoTime();
        work.run();
        end = System.nanoTime();
        return end - from;
    }
}
