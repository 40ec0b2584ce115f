package io.tornadogpt.trainer.parallel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A process that trains alone: what it hands out, it gets.
final class SingleProcess implements Communicator {
    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public List<byte[]> gather(byte[] own) {
        return List.of(own);
    }

    @Override
    public void exchange(
            MemorySegment send, int[] sendBytes, MemorySegment receive, int[] receiveBytes) {
        MemorySegment.copy(send, 0, receive, 0, sendBytes[0]);
    }

    @Override
    public void gather(MemorySegment own, MemorySegment all, int[] bytes) {
        MemorySegment.copy(own, 0, all, 0, bytes[0]);
    }

    @Override
    public void gatherAtLeader(MemorySegment own, MemorySegment all, int[] bytes) {
        gather(own, all, bytes);
    }
}
