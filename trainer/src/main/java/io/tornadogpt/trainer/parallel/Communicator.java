package io.tornadogpt.trainer.parallel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// How the processes that train one model talk to each other. They are numbered by *rank*, from 0
/// on, and every one of them makes the same calls in the same order.
///
/// Used by one thread at a time, which may be another one each time.
public interface Communicator {
    /// A process that trains alone.
    Communicator ALONE = new SingleProcess();

    /// The number of this process.
    int rank();

    /// How many processes there are.
    int size();

    /// How many of them run on this one's machine and share its memory, this one among them.
    default int onThisMachine() {
        return 1;
    }

    /// Whether this is the process that speaks and writes files: the one of rank 0.
    default boolean leads() {
        return rank() == 0;
    }

    /// Hands a few bytes of each process to all of them. Here a process waits for those that have
    /// not come so far.
    ///
    /// @return by rank
    /// @throws MissingProcessException where one of them does not come
    List<byte[]> gather(byte[] own);

    /// As above, and waits however long it takes: for work such as the preparation of data.
    default List<byte[]> gatherPatiently(byte[] own) {
        return gather(own);
    }

    /// Hands parts of memory from each process to each other one.
    ///
    /// @param send outside of the heap; what is for rank 0, behind it what is for rank 1, and so on
    /// @param sendBytes of each of these parts
    /// @param receive outside of the heap, written: what rank 0 sent, and so on
    /// @param receiveBytes of each of these parts
    void exchange(MemorySegment send, int[] sendBytes, MemorySegment receive, int[] receiveBytes);

    /// Hands a part of memory of each process to all of them.
    ///
    /// @param own outside of the heap
    /// @param all outside of the heap, written: the part of rank 0, behind it that of rank 1, and
    ///   so on
    /// @param bytes of each of these parts
    void gather(MemorySegment own, MemorySegment all, int[] bytes);

    /// Hands a part of memory of each process to rank 0.
    ///
    /// @param own outside of the heap
    /// @param all outside of the heap, written at rank 0, and there alone
    /// @param bytes of each of these parts
    void gatherAtLeader(MemorySegment own, MemorySegment all, int[] bytes);
}
