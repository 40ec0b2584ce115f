package io.tornadogpt.trainer.parallel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// The first of several processes that are only planned, so there is nobody to talk to.
record PlannedProcess(int size) implements Communicator {
    @Override
    public int rank() {
        return 0;
    }

    @Override
    public List<byte[]> gather(byte[] own) {
        throw alone();
    }

    @Override
    public void exchange(
            MemorySegment send, int[] sendBytes, MemorySegment receive, int[] receiveBytes) {
        throw alone();
    }

    @Override
    public void gather(MemorySegment own, MemorySegment all, int[] bytes) {
        throw alone();
    }

    @Override
    public void gatherAtLeader(MemorySegment own, MemorySegment all, int[] bytes) {
        throw alone();
    }

    private static IllegalStateException alone() {
        return new IllegalStateException("a plan has no processes that train");
    }
}
