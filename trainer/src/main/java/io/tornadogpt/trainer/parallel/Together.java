package io.tornadogpt.trainer.parallel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What processes do together before they train: each its part, all of it or nothing.
public final class Together {
    private static final byte[] DONE = {};
    private static final byte JOB = '+';

    private Together() {}

    /// Work of one process.
    ///
    /// @param <T> what comes of it
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    /// Lets each process do its part and waits for all of them.
    ///
    /// @throws OtherProcessException where another one failed: of those that did, the one with the
    ///   lowest rank throws what its work threw
    public static <T> T all(Communicator communicator, Work<T> work) throws IOException {
        return all(communicator, communicator::gather, work);
    }

    /// As above, with one of the communicator's two ways of waiting.
    public static <T> T all(Communicator communicator, Waiting gather, Work<T> work)
            throws IOException {
        T result;
        try {
            result = work.run();
        } catch (OtherProcessException | MissingProcessException e) {
            throw e; // the others know
        } catch (IOException | RuntimeException e) {
            byte[] reason = ("-" + e.getMessage()).getBytes(StandardCharsets.UTF_8);
            requireSuccess(communicator.rank(), gather.of(reason));
            throw e;
        }
        requireSuccess(communicator.rank(), gather.of(DONE));
        return result;
    }

    /// How a process waits for others: [Communicator#gather(byte[])], or with patience.
    @FunctionalInterface
    public interface Waiting {
        List<byte[]> of(byte[] own);
    }

    /// Lets the process of rank 0 do its part, however long it takes, and then the others theirs.
    ///
    /// @param helper what the others do while they wait, where rank 0 asks for it
    /// @throws OtherProcessException as [#all] does
    public static <T> T leaderFirst(
            Communicator communicator, Work<T> leader, Helper helper, Work<T> others)
            throws IOException {
        if (communicator.leads()) {
            T result = all(communicator, communicator::gatherPatiently, leader);
            return all(communicator, () -> result);
        }
        List<byte[]> said = communicator.gatherPatiently(DONE);
        while (said.getFirst().length > 0 && said.getFirst()[0] == JOB) {
            byte[] job = said.getFirst();
            helper.help(decoded(Arrays.copyOfRange(job, 1, job.length)));
            said = communicator.gatherPatiently(DONE);
        }
        requireSuccess(communicator.rank(), said);
        return all(communicator, others);
    }

    /// As above, where rank 0 needs no help.
    public static <T> T leaderFirst(Communicator communicator, Work<T> leader, Work<T> others)
            throws IOException {
        return leaderFirst(
                communicator,
                leader,
                job -> {
                    throw new IllegalStateException("nobody is to help with " + job);
                },
                others);
    }

    /// What processes do that wait for rank 0, where it asks for it.
    @FunctionalInterface
    public interface Helper {
        /// @param job what rank 0 said
        void help(Map<String, String> job) throws IOException;
    }

    /// Asks the processes that wait in [#leaderFirst] to help with a part of rank 0's work.
    static void askForHelp(Communicator communicator, Map<String, String> job) {
        byte[] text = encoded(new TreeMap<>(job));
        byte[] marked = new byte[1 + text.length];
        marked[0] = JOB;
        System.arraycopy(text, 0, marked, 1, text.length);
        communicator.gatherPatiently(marked);
    }

    /// Returns where no process failed, or a failed one has a lower rank than all others that did.
    private static void requireSuccess(int own, List<byte[]> all) {
        for (int rank = 0; rank < all.size(); rank++) {
            if (all.get(rank).length > 0) {
                if (rank == own) {
                    return;
                }
                throw new OtherProcessException(
                        rank, new String(all.get(rank), StandardCharsets.UTF_8).substring(1));
            }
        }
    }

    /// Hands a text of the process of rank 0 to all.
    public static String ofLeader(Communicator communicator, String own) {
        byte[] bytes = communicator.leads() ? own.getBytes(StandardCharsets.UTF_8) : DONE;
        return new String(communicator.gather(bytes).getFirst(), StandardCharsets.UTF_8);
    }

    /// Whether any of the processes says so.
    public static boolean any(Communicator communicator, boolean own) {
        return communicator.gather(new byte[] {(byte) (own ? 1 : 0)}).stream()
                .anyMatch(answer -> answer[0] != 0);
    }

    /// Checks that something is the same in all processes.
    ///
    /// @param facts values by what they are called in the message
    /// @throws IllegalArgumentException where they are not, naming a process and what differs
    public static void requireSame(Communicator communicator, Map<String, String> facts) {
        List<byte[]> all = communicator.gather(encoded(new TreeMap<>(facts)));
        SortedMap<String, String> first = decoded(all.getFirst());
        for (int rank = 1; rank < all.size(); rank++) {
            SortedMap<String, String> other = decoded(all.get(rank));
            var names = new TreeMap<>(first);
            names.putAll(other);
            var differences = new ArrayList<String>();
            for (String name : names.keySet()) {
                String here = first.getOrDefault(name, "nothing");
                String there = other.getOrDefault(name, "nothing");
                if (!here.equals(there)) {
                    differences.add("%s is %s, not %s".formatted(name, there, here));
                }
            }
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException(
                        "process %d of %d is not to do what process 0 does: its %s; start all of them with the same program, settings and data"
                                .formatted(rank, all.size(), String.join(", ", differences)));
            }
        }
    }

    private static byte[] encoded(SortedMap<String, String> facts) {
        var text = new StringBuilder();
        facts.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static SortedMap<String, String> decoded(byte[] bytes) {
        String[] parts = new String(bytes, StandardCharsets.UTF_8).split("\0", -1);
        var facts = new TreeMap<String, String>();
        for (int i = 0; i + 1 < parts.length; i += 2) {
            facts.put(parts[i], parts[i + 1]);
        }
        return facts;
    }
}
