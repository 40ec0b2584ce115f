package io.tornadogpt.parallel;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/// The functions of an MPI library that are used here, each with the communicator of all processes
/// and the type of bytes filled in. Open MPI's handles are addresses, MPICH's are numbers; which of
/// the two a library is, one of its symbols tells.
///
/// @see <a href="https://www.mpi-forum.org/docs/mpi-3.1/mpi31-report.pdf">MPI 3.1</a>
@SuppressWarnings("restricted") // foreign functions are what this is about
final class MpiLibrary {
    private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /// MPICH's `MPI_COMM_WORLD` and `MPI_BYTE`, which its ABI fixes.
    private static final int MPICH_WORLD = 0x44000000;

    private static final int MPICH_BYTE = 0x4c00010d;

    /// `MPI_THREAD_SERIALIZED`: any thread may call, one at a time.
    private static final int SERIALIZED = 2;

    private final String name;
    private final MethodHandle init;
    private final MethodHandle rank;
    private final MethodHandle size;
    private final MethodHandle alltoallv;
    private final MethodHandle allgatherv;
    private final MethodHandle gatherv;
    private final MethodHandle isend;
    private final MethodHandle irecv;
    private final MethodHandle test;
    private final MethodHandle abort;
    private final MethodHandle finish;

    private MpiLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        var addressOfWorld = symbols.find("ompi_mpi_comm_world");
        boolean open = addressOfWorld.isPresent();
        MemoryLayout handle = open ? ADDRESS : INT;
        Object world = open ? addressOfWorld.get() : (Object) MPICH_WORLD;
        Object bytes = open ? symbols.findOrThrow("ompi_mpi_byte") : (Object) MPICH_BYTE;
        Object ignored = open ? MemorySegment.NULL : MemorySegment.ofAddress(1);
        var calls = new Calls(symbols, handle, world, bytes);
        this.init = calls.plain("MPI_Init_thread", ADDRESS, ADDRESS, INT, ADDRESS);
        this.rank = calls.with("MPI_Comm_rank", 0, -1, -1, handle, ADDRESS);
        this.size = calls.with("MPI_Comm_size", 0, -1, -1, handle, ADDRESS);
        this.alltoallv =
                calls.with(
                        "MPI_Alltoallv",
                        8,
                        3,
                        7,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        handle,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        handle,
                        handle);
        this.allgatherv =
                calls.with(
                        "MPI_Allgatherv",
                        7,
                        2,
                        6,
                        ADDRESS,
                        INT,
                        handle,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        handle,
                        handle);
        this.gatherv =
                calls.with(
                        "MPI_Gatherv",
                        8,
                        2,
                        6,
                        ADDRESS,
                        INT,
                        handle,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        handle,
                        INT,
                        handle);
        this.isend =
                calls.with("MPI_Isend", 5, 2, -1, ADDRESS, INT, handle, INT, INT, handle, ADDRESS);
        this.irecv =
                calls.with("MPI_Irecv", 5, 2, -1, ADDRESS, INT, handle, INT, INT, handle, ADDRESS);
        this.test =
                MethodHandles.insertArguments(
                        calls.plain("MPI_Test", ADDRESS, ADDRESS, ADDRESS), 2, ignored);
        this.abort = calls.with("MPI_Abort", 0, -1, -1, handle, INT);
        this.finish = calls.plain("MPI_Finalize");
    }

    /// Makes calls of functions.
    private record Calls(SymbolLookup symbols, MemoryLayout handle, Object world, Object bytes) {
        MethodHandle plain(String function, MemoryLayout... arguments) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            symbols.findOrThrow(function), FunctionDescriptor.of(INT, arguments));
        }

        /// @param communicator which argument is the communicator
        /// @param type which is the type of what is sent, -1 for none
        /// @param other which is that of what is received, -1 for none
        MethodHandle with(
                String function, int communicator, int type, int other, MemoryLayout... arguments) {
            MethodHandle call = plain(function, arguments);
            call = MethodHandles.insertArguments(call, communicator, world);
            if (other >= 0) {
                call = MethodHandles.insertArguments(call, other, bytes);
            }
            return type < 0 ? call : MethodHandles.insertArguments(call, type, bytes);
        }
    }

    /// Loads the library that belongs to a launcher.
    ///
    /// @throws IllegalArgumentException where there is none, or it is not one of MPI
    static MpiLibrary load(Launch launch) {
        // UCX would take a division by zero, which the JVM makes an exception of, for a crash.
        setEnvironment("UCX_ERROR_SIGNALS", "");
        for (String name : launch.library()) {
            SymbolLookup symbols;
            try {
                symbols = SymbolLookup.libraryLookup(name, Arena.global());
            } catch (IllegalArgumentException e) {
                continue; // the next name
            }
            if (symbols.find("MPI_Init_thread").isEmpty()) {
                throw new IllegalArgumentException(
                        "%s is no MPI library: it has no MPI_Init_thread; let %s name Open MPI's or MPICH's"
                                .formatted(name, Launch.LIBRARY));
            }
            return new MpiLibrary(name, symbols);
        }
        throw new IllegalArgumentException(
                "%s started this process as one of %d, but no MPI library was found (%s); install one, on Debian with apt-get install openmpi-bin libopenmpi3, or let %s name it"
                        .formatted(
                                launch.launcher(),
                                launch.size(),
                                String.join(", ", launch.library()),
                                Launch.LIBRARY));
    }

    private static void setEnvironment(String name, String value) {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("setenv"),
                        FunctionDescriptor.of(INT, ADDRESS, ADDRESS, INT));
        try (Arena arena = Arena.ofConfined()) {
            int _ =
                    (int)
                            setenv.invokeWithArguments(
                                    arena.allocateFrom(name), arena.allocateFrom(value), 1);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// The library as it was loaded.
    String name() {
        return name;
    }

    void init() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment none = MemorySegment.NULL;
            call("MPI_Init_thread", init, none, none, SERIALIZED, arena.allocate(INT));
        }
    }

    int rank() {
        return number("MPI_Comm_rank", rank);
    }

    int size() {
        return number("MPI_Comm_size", size);
    }

    private static int number(String function, MethodHandle handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(INT);
            call(function, handle, result);
            return result.get(INT, 0);
        }
    }

    void alltoallv(
            MemorySegment send,
            MemorySegment sendBytes,
            MemorySegment sendPlaces,
            MemorySegment receive,
            MemorySegment receiveBytes,
            MemorySegment receivePlaces) {
        call(
                "MPI_Alltoallv",
                alltoallv,
                send,
                sendBytes,
                sendPlaces,
                receive,
                receiveBytes,
                receivePlaces);
    }

    void allgatherv(
            MemorySegment own,
            int count,
            MemorySegment all,
            MemorySegment bytes,
            MemorySegment places) {
        call("MPI_Allgatherv", allgatherv, own, count, all, bytes, places);
    }

    void gatherv(
            MemorySegment own,
            int count,
            MemorySegment all,
            MemorySegment bytes,
            MemorySegment places) {
        call("MPI_Gatherv", gatherv, own, count, all, bytes, places, 0);
    }

    /// Begins to send.
    ///
    /// @param request 8 bytes, written: what [#test] asks about
    void isend(MemorySegment message, int to, int tag, MemorySegment request) {
        call("MPI_Isend", isend, message, (int) message.byteSize(), to, tag, request);
    }

    /// Begins to receive.
    ///
    /// @param request 8 bytes, written: what [#test] asks about
    void irecv(MemorySegment message, int from, int tag, MemorySegment request) {
        call("MPI_Irecv", irecv, message, (int) message.byteSize(), from, tag, request);
    }

    /// Whether what was begun is done.
    ///
    /// @param flag 4 bytes, written
    boolean test(MemorySegment request, MemorySegment flag) {
        call("MPI_Test", test, request, flag);
        return flag.get(INT, 0) != 0;
    }

    /// Ends all processes.
    void abort(int code) {
        call("MPI_Abort", abort, code);
    }

    void finish() {
        call("MPI_Finalize", finish);
    }

    private static void call(String function, MethodHandle handle, Object... arguments) {
        int code;
        try {
            code = (int) handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (code != 0) {
            throw new IllegalStateException(
                    "%s failed with code %d; MPI's own message says why".formatted(function, code));
        }
    }
}
