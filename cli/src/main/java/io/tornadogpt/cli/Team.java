package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.parallel.Launch;
import io.tornadogpt.parallel.MpiCommunicator;
import io.tornadogpt.trainer.data.PartEncoder;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.DividedEncoding;
import io.tornadogpt.trainer.parallel.OtherProcessException;
import io.tornadogpt.trainer.parallel.Together;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// The processes that a command runs in together: one, unless it was started by mpirun or srun. The
/// one of rank 0 speaks for all; another one speaks where it alone fails.
///
/// @param mpi how they talk, null for a process that was started alone
/// @param screen where this process prints: nowhere, unless its rank is 0
record Team(@Nullable MpiCommunicator mpi, Screen screen) {
    /// Names how long a process waits for the others, in seconds.
    private static final String LIMIT = "GPT_MPI_TIMEOUT";

    private static final long USUAL_LIMIT = 600;
    private static final long MOMENT = 2_000_000_000L;

    /// What a command does.
    @FunctionalInterface
    interface Body {
        /// @return the exit code
        int run(Team team) throws IOException;
    }

    /// Prints what went wrong.
    @FunctionalInterface
    interface Complaint {
        /// @param prefix in front of the sentence: which process it is of
        /// @return the exit code
        int of(Throwable failure, String prefix);
    }

    /// Runs a command in all processes that were started for it.
    static int run(Screen screen, Complaint complaint, Body body) throws IOException {
        Optional<Launch> launch = Launch.ofThisProcess();
        return launch.isEmpty()
                ? body.run(new Team(null, screen))
                : run(launch.get(), screen, complaint, body);
    }

    private static int run(Launch launch, Screen screen, Complaint complaint, Body body) {
        MpiCommunicator mpi;
        try {
            mpi = MpiCommunicator.join(launch, limit(), message -> end(screen, message));
        } catch (RuntimeException e) {
            pauseUnless(launch.rank() == 0, MOMENT);
            int code = complaint.of(e, "");
            screen.close();
            Runtime.getRuntime().halt(code);
            return code;
        }
        Screen own = mpi.leads() ? screen : silent();
        try {
            int code = body.run(new Team(mpi, own));
            own.close();
            mpi.finish();
            return code;
        } catch (OtherProcessException e) {
            pauseUnless(false, 5 * MOMENT); // it says what is wrong, and ends all
            return 1;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Where all fail alike, rank 0 speaks.
            pauseUnless(mpi.leads(), MOMENT);
            int code = complaint.of(e, mpi.leads() ? "" : mpi.name(mpi.rank()) + ": ");
            screen.close();
            mpi.abort(code);
            return code;
        }
    }

    private static Duration limit() {
        String seconds = System.getenv(LIMIT);
        if (seconds == null || seconds.isEmpty()) {
            return Duration.ofSeconds(USUAL_LIMIT);
        }
        try {
            return Duration.ofSeconds(Math.max(1, Long.parseLong(seconds)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "%s is '%s'; expected a number of seconds".formatted(LIMIT, seconds), e);
        }
    }

    private static void end(Screen screen, String message) {
        screen.error(message);
        screen.close();
        Runtime.getRuntime().halt(1);
    }

    private static void pauseUnless(boolean condition, long nanos) {
        if (!condition) {
            LockSupport.parkNanos(nanos);
        }
    }

    private static Screen silent() {
        var nowhere = new PrintWriter(Writer.nullWriter());
        return new Screen(nowhere, nowhere, false);
    }

    Communicator communicator() {
        return mpi == null ? Communicator.ALONE : mpi;
    }

    /// Whether this is the process that prints and writes.
    boolean leads() {
        return communicator().leads();
    }

    /// Threads of a CPU device: as many as were asked for, or this process's share of processors.
    ///
    /// @param asked 0 for that share
    int threads(int asked) {
        return asked > 0 || mpi == null ? asked : mpi.processors();
    }

    /// The device of this process: its own where there are several alike.
    ///
    /// @param asked as it is named on the command line
    String device(String asked) {
        return mpi == null
                ? asked
                : LocalDevice.of(asked, mpi.localRank(), Backends.named(asked).alike());
    }

    /// The settings of a run that begins: those of one process become those of all.
    TrainConfig begun(TrainConfig own) {
        if (mpi == null) {
            return own;
        }
        long all = (long) own.gradAccumulation() * mpi.size();
        return own.with("treeReduction=true", "gradAccumulation=" + Math.toIntExact(all));
    }

    /// The settings of a run that is resumed, which are those of all processes.
    TrainConfig resumed(TrainConfig all) {
        return mpi == null ? all : all.with("treeReduction=true");
    }

    /// Does something in all processes, which all of them can or none goes on.
    <T> T all(Together.Work<T> work) throws IOException {
        return Together.all(communicator(), work);
    }

    /// Does something at rank 0, and then something else in the others, which help to encode text
    /// meanwhile.
    <T> T leaderFirst(Together.Work<T> leader, Together.Work<T> others) throws IOException {
        return Together.leaderFirst(
                communicator(), leader, job -> DividedEncoding.help(communicator(), job), others);
    }

    /// What makes tokens of a text at rank 0, within [#leaderFirst].
    PartEncoder encoder() {
        return DividedEncoding.of(communicator());
    }

    /// A path that rank 0 chose.
    Path ofLeader(Path own) {
        return mpi == null ? own : Path.of(Together.ofLeader(mpi, own.toString()));
    }

    /// Checks that something that was typed is the same in all processes.
    void requireSame(Map<String, String> facts) {
        if (mpi != null) {
            Together.requireSame(mpi, facts);
        }
    }
}
