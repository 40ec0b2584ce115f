package io.tornadogpt.parallel;

import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.MissingProcessException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Processes that talk through MPI.
///
/// Large things go by `MPI_Alltoallv`, `MPI_Allgatherv` and `MPI_Gatherv`, in which the library
/// computes nothing. Small ones go to rank 0 and from there to all, and are waited for with a limit
/// of time, so that a process that does not come can be named.
///
/// Used by one thread at a time, which may be another one each time.
public final class MpiCommunicator implements Communicator {
    /// Bytes of a message's first part, which has its length in front.
    private static final int FIRST = 1024;

    private static final int TAG = 1;
    private static final int REST_TAG = 2;
    private static final int SPINS = 200;
    private static final long LONGEST_PAUSE = 200_000;
    private static final Path STATUS = Path.of("/proc/self/status");

    private final MpiLibrary mpi;
    private final int rank;
    private final int size;
    private final Duration limit;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment first;
    private final MemorySegment requests;
    private final MemorySegment flag;
    private final Watch watch;
    private final List<String> hosts;
    private final int sharing;
    private final int localRank;
    private final int processors;

    private MpiCommunicator(MpiLibrary mpi, Launch launch, Duration limit, Watch watch) {
        this.mpi = mpi;
        this.rank = mpi.rank();
        this.size = mpi.size();
        this.limit = limit;
        this.watch = watch;
        if (size != launch.size()) {
            throw new IllegalArgumentException(
                    "%s started %d processes, but %s, which was loaded, knows of %d; let %s name the library that belongs to the launcher (with srun, its option mpi has to fit too: pmix for Open MPI, pmi2 for MPICH)"
                            .formatted(
                                    launch.launcher(),
                                    launch.size(),
                                    mpi.name(),
                                    size,
                                    Launch.LIBRARY));
        }
        this.first = arena.allocate((long) FIRST * size, Double.BYTES);
        this.requests = arena.allocate(ValueLayout.JAVA_LONG, size);
        this.flag = arena.allocate(ValueLayout.JAVA_INT);
        List<String[]> all =
                gather((host() + "\n" + allowed()).getBytes(StandardCharsets.UTF_8)).stream()
                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).split("\n", -1))
                        .toList();
        this.hosts = all.stream().map(one -> one[0]).toList();
        this.sharing = (int) hosts.stream().filter(hosts.get(rank)::equals).count();
        this.localRank =
                launch.localRank() >= 0
                        ? launch.localRank()
                        : (int) hosts.stream().limit(rank).filter(hosts.get(rank)::equals).count();
        long competing = all.stream().filter(one -> Arrays.equals(one, all.get(rank))).count();
        this.processors = (int) Math.max(1, Runtime.getRuntime().availableProcessors() / competing);
    }

    /// Joins the other processes of a launch. It can be done once in a process.
    ///
    /// @param limit how long one of them waits for the others, except where they prepare data
    /// @param fatal told what is wrong where the library itself does not come back in that time; it
    ///   is to end the process
    /// @throws IllegalArgumentException where there is no MPI library, or not the launcher's
    public static MpiCommunicator join(Launch launch, Duration limit, Consumer<String> fatal) {
        MpiLibrary mpi = MpiLibrary.load(launch);
        var watch = new Watch(limit, fatal);
        watch.begin(
                "process %d of %d waited %d s for the others to start; see which of them did, and why the others did not"
                        .formatted(launch.rank(), launch.size(), limit.toSeconds()));
        mpi.init();
        watch.end();
        return new MpiCommunicator(mpi, launch, limit, watch);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return Objects.requireNonNullElse(System.getenv("HOSTNAME"), "a host without a name");
        }
    }

    /// Which processors the system lets this process use: the launcher may give each its own.
    private static String allowed() {
        if (!Files.isReadable(STATUS)) {
            return "";
        }
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
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
        return sharing;
    }

    /// The number of this process among those on its machine, from 0 on.
    public int localRank() {
        return localRank;
    }

    /// How many processors there are for this process, where others of the launch use them too.
    public int processors() {
        return processors;
    }

    /// A process, in words: its rank and host.
    public String name(int other) {
        return "process %d on %s".formatted(other, hosts.get(other));
    }

    @Override
    public List<byte[]> gather(byte[] own) {
        return gather(own, limit.toNanos());
    }

    @Override
    public List<byte[]> gatherPatiently(byte[] own) {
        return gather(own, Long.MAX_VALUE);
    }

    private List<byte[]> gather(byte[] own, long nanos) {
        if (size == 1) {
            return List.of(own.clone());
        }
        if (rank > 0) {
            send(own, 0);
            // Rank 0 names who is missing, and is given a moment for it.
            byte[] all = receive(nanos == Long.MAX_VALUE ? nanos : nanos + nanos / 10);
            return separated(all);
        }
        List<byte[]> all = new ArrayList<>();
        all.add(own.clone());
        for (int other = 1; other < size; other++) {
            mpi.irecv(slot(other), other, TAG, request(other));
        }
        var missing = IntStream.range(1, size).boxed().collect(Collectors.toList());
        var pause = new Pause(nanos);
        while (!missing.isEmpty()) {
            missing.removeIf(other -> mpi.test(request(other), flag));
            if (!missing.isEmpty() && !pause.take()) {
                throw missing(missing);
            }
        }
        for (int other = 1; other < size; other++) {
            all.add(whole(slot(other), other));
        }
        byte[] joined = joined(all);
        for (int other = 1; other < size; other++) {
            send(joined, other);
        }
        return all;
    }

    private MissingProcessException missing(List<Integer> ranks) {
        String named = ranks.stream().limit(3).map(this::known).collect(Collectors.joining(", "));
        String more = ranks.size() > 3 ? " and %d more".formatted(ranks.size() - 3) : "";
        return new MissingProcessException(
                "%s%s did not come within %d s where the others wait; it is stopped, or far slower than they are: see what became of it, and resume the run"
                        .formatted(named, more, limit.toSeconds()));
    }

    /// A name, also before names are known.
    @SuppressWarnings("ConstantValue")
    private String known(int other) {
        return hosts == null ? "process " + other : name(other);
    }

    private MemorySegment slot(int other) {
        return first.asSlice((long) FIRST * other, FIRST);
    }

    private MemorySegment request(int other) {
        return requests.asSlice((long) Long.BYTES * other, Long.BYTES);
    }

    /// Sends the length and the first bytes of a message, and then the rest.
    private void send(byte[] message, int to) {
        try (Arena own = Arena.ofConfined()) {
            MemorySegment head = own.allocate(FIRST);
            head.set(ValueLayout.JAVA_INT_UNALIGNED, 0, message.length);
            int inHead = Math.min(message.length, FIRST - Integer.BYTES);
            MemorySegment.copy(message, 0, head, ValueLayout.JAVA_BYTE, Integer.BYTES, inHead);
            await(request -> mpi.isend(head, to, TAG, request), to, Long.MAX_VALUE);
            if (inHead < message.length) {
                MemorySegment rest = own.allocate(message.length - inHead);
                MemorySegment.copy(
                        message, inHead, rest, ValueLayout.JAVA_BYTE, 0, message.length - inHead);
                await(request -> mpi.isend(rest, to, REST_TAG, request), to, limit.toNanos());
            }
        }
    }

    private byte[] receive(long nanos) {
        await(request -> mpi.irecv(slot(0), 0, TAG, request), 0, nanos);
        return whole(slot(0), 0);
    }

    /// A message whose first part has come.
    private byte[] whole(MemorySegment head, int from) {
        var message = new byte[head.get(ValueLayout.JAVA_INT_UNALIGNED, 0)];
        int inHead = Math.min(message.length, FIRST - Integer.BYTES);
        MemorySegment.copy(head, ValueLayout.JAVA_BYTE, Integer.BYTES, message, 0, inHead);
        if (inHead < message.length) {
            try (Arena own = Arena.ofConfined()) {
                MemorySegment rest = own.allocate(message.length - inHead);
                await(request -> mpi.irecv(rest, from, REST_TAG, request), from, limit.toNanos());
                MemorySegment.copy(
                        rest, ValueLayout.JAVA_BYTE, 0, message, inHead, message.length - inHead);
            }
        }
        return message;
    }

    private void await(Consumer<MemorySegment> begun, int other, long nanos) {
        MemorySegment request = request(other);
        begun.accept(request);
        var pause = new Pause(nanos);
        while (!mpi.test(request, flag)) {
            if (!pause.take()) {
                throw missing(List.of(other));
            }
        }
    }

    /// Waiting for a message, at first without leaving the processor.
    private static final class Pause {
        private final long start = System.nanoTime();
        private final long nanos;
        private int spins;
        private long pause = 10_000;

        Pause(long nanos) {
            this.nanos = nanos;
        }

        /// @return whether there is time left
        boolean take() {
            if (spins++ < SPINS) {
                Thread.onSpinWait();
                return true;
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(LONGEST_PAUSE, 2 * pause);
            return System.nanoTime() - start < nanos;
        }
    }

    private static byte[] joined(List<byte[]> all) {
        int bytes = all.stream().mapToInt(one -> Integer.BYTES + one.length).sum();
        var joined = ByteBuffer.allocate(bytes);
        all.forEach(one -> joined.putInt(one.length).put(one));
        return joined.array();
    }

    private List<byte[]> separated(byte[] joined) {
        var rest = ByteBuffer.wrap(joined);
        var all = new ArrayList<byte[]>();
        for (int other = 0; other < size; other++) {
            var one = new byte[rest.getInt()];
            rest.get(one);
            all.add(one);
        }
        return all;
    }

    @Override
    public void exchange(
            MemorySegment send, int[] sendBytes, MemorySegment receive, int[] receiveBytes) {
        watched(
                "an exchange of gradients",
                own ->
                        mpi.alltoallv(
                                send,
                                ints(own, sendBytes),
                                places(own, sendBytes),
                                receive,
                                ints(own, receiveBytes),
                                places(own, receiveBytes)));
    }

    @Override
    public void gather(MemorySegment own, MemorySegment all, int[] bytes) {
        watched(
                "an exchange of weights",
                temporary ->
                        mpi.allgatherv(
                                own,
                                bytes[rank],
                                all,
                                ints(temporary, bytes),
                                places(temporary, bytes)));
    }

    @Override
    public void gatherAtLeader(MemorySegment own, MemorySegment all, int[] bytes) {
        watched(
                "bringing data to process 0",
                temporary ->
                        mpi.gatherv(
                                own,
                                bytes[rank],
                                all,
                                ints(temporary, bytes),
                                places(temporary, bytes)));
    }

    private void watched(String what, Consumer<Arena> call) {
        watch.begin(
                "%s waited %d s within %s; one of the others is stopped, or the network is broken: see what became of them, and resume the run"
                        .formatted(name(rank), limit.toSeconds(), what));
        try (Arena temporary = Arena.ofConfined()) {
            call.accept(temporary);
        } finally {
            watch.end();
        }
    }

    private static MemorySegment ints(Arena arena, int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    /// Where parts begin that lie one behind the other.
    private static MemorySegment places(Arena arena, int... bytes) {
        var places = new int[bytes.length];
        for (int i = 1; i < places.length; i++) {
            places[i] = Math.addExact(places[i - 1], bytes[i - 1]);
        }
        return ints(arena, places);
    }

    /// Ends all processes.
    ///
    /// @param code with which they exit
    public void abort(int code) {
        mpi.abort(code);
    }

    /// Takes leave of the others, once all of them do so.
    public void finish() {
        watch.begin(
                "%s waited %d s for the others to end".formatted(name(rank), limit.toSeconds()));
        mpi.finish();
        watch.close();
    }
}
