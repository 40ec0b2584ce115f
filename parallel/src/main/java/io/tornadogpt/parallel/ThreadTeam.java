package io.tornadogpt.parallel;

import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.MissingProcessException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/// Threads of one JVM in place of processes: what several processes do can be tried without
/// starting any. Each thread takes one of the [#members].
///
/// Safe for use by several threads, which is what it is for.
public final class ThreadTeam {
    private final int size;
    private final long seconds;
    private final CyclicBarrier barrier;
    private final byte[][] messages;
    private final MemorySegment[] sent;
    private final int[][] sizes;

    /// @param size number of threads, at least 1
    /// @param seconds that one of them waits for the others
    public ThreadTeam(int size, long seconds) {
        this.size = size;
        this.seconds = seconds;
        this.barrier = new CyclicBarrier(size);
        this.messages = new byte[size][];
        this.sent = new MemorySegment[size];
        this.sizes = new int[size][];
    }

    /// What each thread talks to the others by.
    public List<Communicator> members() {
        return IntStream.range(0, size).<Communicator>mapToObj(Member::new).toList();
    }

    /// Ends the waiting of all threads, for one that cannot go on.
    public void end() {
        barrier.reset();
    }

    private void meet() {
        try {
            barrier.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MissingProcessException("interrupted while waiting for the other threads");
        } catch (BrokenBarrierException | TimeoutException e) {
            throw new MissingProcessException(
                    "another thread did not come within %d s, or has ended".formatted(seconds));
        }
    }

    /// One of the threads.
    private final class Member implements Communicator {
        private final int rank;

        Member(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public int onThisMachine() {
            return size;
        }

        @Override
        public List<byte[]> gather(byte[] own) {
            messages[rank] = own.clone();
            meet();
            List<byte[]> all = new ArrayList<>(Arrays.asList(messages));
            meet();
            return all;
        }

        @Override
        public void exchange(
                MemorySegment send, int[] sendBytes, MemorySegment receive, int[] receiveBytes) {
            sent[rank] = send;
            sizes[rank] = sendBytes;
            meet();
            long to = 0;
            for (int other = 0; other < size; other++) {
                int bytes = sizes[other][rank];
                if (bytes != receiveBytes[other]) {
                    throw new IllegalStateException(
                            "thread %d sends %d bytes, and thread %d waits for %d"
                                    .formatted(other, bytes, rank, receiveBytes[other]));
                }
                long from = Arrays.stream(sizes[other], 0, rank).asLongStream().sum();
                MemorySegment.copy(sent[other], from, receive, to, bytes);
                to += bytes;
            }
            meet();
        }

        @Override
        public void gather(MemorySegment own, MemorySegment all, int[] bytes) {
            sent[rank] = own;
            meet();
            collect(all, bytes);
            meet();
        }

        @Override
        public void gatherAtLeader(MemorySegment own, MemorySegment all, int[] bytes) {
            sent[rank] = own;
            meet();
            if (rank == 0) {
                collect(all, bytes);
            }
            meet();
        }

        private void collect(MemorySegment all, int[] bytes) {
            long to = 0;
            for (int other = 0; other < size; other++) {
                MemorySegment.copy(sent[other], 0, all, to, bytes[other]);
                to += bytes[other];
            }
        }
    }
}
