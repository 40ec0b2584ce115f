package io.tornadogpt.evaluation;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ScoreProgram;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.MemoryBudget;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How likely continuations are, many at once. Requests with one context share a slot of the
/// key-value cache: the context is read once, and each continuation takes the place of the one
/// before. All slots go on at once, a piece at a time, so that products are large however short
/// texts are. Heads and losses are computed only where a continuation is, as long as half of the
/// slots have some context left to read.
///
/// Used by one thread at a time.
final class Likelihoods implements AutoCloseable {
    /// Rows of a run: enough for products to be fast.
    private static final int ROWS = 128;

    private static final int FEWEST_POSITIONS = 8;
    private static final int MOST_POSITIONS = 64;

    /// Positions that all slots of a cache have together.
    private static final int CACHED = 16_384;

    private final StoredModel stored;
    private final Session session;
    private final int batch; // B
    private final int piece; // T
    private final LogitsProgram read;
    private final ScoreProgram score;
    private final int[] tokens; // [B, T]
    private final int[] positions; // [B, T]
    private final int[] targets; // [B, T]
    private final float[] losses; // [B, T]
    private final int[] best; // [B, T]
    private final Slot[] slots;

    /// Requests with one context.
    private static final class Group {
        private final int[] context;
        private final List<Integer> numbers = new ArrayList<>();
        private final List<int[]> continuations = new ArrayList<>();
        private int longest;

        Group(int... context) {
            this.context = context;
        }

        void add(int number, int... continuation) {
            numbers.add(number);
            continuations.add(continuation);
            longest = Math.max(longest, context.length + continuation.length);
        }
    }

    /// What a slot of the cache is at work on.
    private static final class Slot {
        private final ArrayDeque<Group> queue;
        private Group group = new Group();
        private int continuation;
        private int position; // the next one to read
        private double loss;
        private boolean greedy;

        Slot(ArrayDeque<Group> queue) {
            this.queue = queue;
        }

        boolean isBusy() {
            return continuation < group.continuations.size();
        }

        /// Takes the next group, if there is one.
        boolean next() {
            if (!isBusy() && !queue.isEmpty()) {
                group = queue.removeFirst();
                continuation = 0;
                begin(0);
            }
            return isBusy();
        }

        private void begin(int at) {
            position = at;
            loss = 0;
            greedy = true;
        }

        private int[] ending() {
            return group.continuations.get(continuation);
        }

        /// Whether the next position belongs to the context, and says nothing of a continuation.
        boolean isReading() {
            return position < group.context.length - 1;
        }

        int token(int at) {
            int inside = at - group.context.length;
            return inside < 0 ? group.context[at] : ending()[inside];
        }

        int target(int at) {
            int inside = at - group.context.length + 1;
            return inside < 0 ? -1 : ending()[inside];
        }

        /// Behind the last position to read: of the context alone, or of both.
        int end(boolean contextOnly) {
            return group.context.length - 1 + (contextOnly ? 0 : ending().length);
        }

        void take(int target, float itsLoss, int most) {
            if (target >= 0) {
                loss += itsLoss;
                greedy &= most == target;
            }
            position++;
        }

        /// Hands over the result of a continuation that is read.
        void finish(Score... results) {
            if (isBusy() && position == end(false)) {
                int number = group.numbers.get(continuation);
                results[number] = new Score(-loss, greedy, ending().length);
                continuation++;
                begin(group.context.length - 1);
            }
        }
    }

    private Likelihoods(
            StoredModel stored,
            Session session,
            LogitsProgram read,
            ScoreProgram score,
            ArrayDeque<Group> queue) {
        this.stored = stored;
        this.session = session;
        this.read = read;
        this.score = score;
        batch = score.inputs().batch();
        piece = score.inputs().length();
        tokens = new int[batch * piece];
        positions = new int[batch * piece];
        targets = new int[batch * piece];
        losses = new float[batch * piece];
        best = new int[batch * piece];
        slots = new Slot[batch];
        Arrays.setAll(slots, b -> new Slot(queue));
    }

    /// The scores of requests, in their order.
    ///
    /// @param type as what matrices are held
    /// @param requests each cut to the model's context
    /// @throws ModelFileException where one is no finite number
    static List<Score> of(
            StoredModel stored,
            DType type,
            Backend backend,
            ExecutionOptions execution,
            List<ScoreRequest> requests)
            throws IOException {
        var results = new Score[requests.size()];
        if (results.length > 0) {
            ArrayDeque<Group> queue = grouped(requests);
            try (var likelihoods = open(stored, type, backend, execution, queue)) {
                likelihoods.run(results);
            }
        }
        return Arrays.asList(results);
    }

    private static Likelihoods open(
            StoredModel stored,
            DType type,
            Backend backend,
            ExecutionOptions execution,
            ArrayDeque<Group> queue)
            throws IOException {
        int longest = queue.stream().mapToInt(g -> g.longest).max().orElseThrow();
        int context = Math.min(stored.config().context(), longest);
        int piece = Math.min(pieceFor(queue), context);
        int batch = Math.clamp(ROWS / piece, 1, Math.max(1, CACHED / context));
        batch = Math.min(batch, queue.size());
        Model model = stored.model().withWeights(type).withContext(context);
        LogitsProgram read = model.cached("read", batch, piece, batch, 1);
        ScoreProgram score = model.scored("score", batch, piece, batch);
        List<Program> programs = List.of(read.program(), score.program());
        MemoryBudget.require(backend.plan(programs).bytes());
        Session session = backend.open(programs, execution);
        try {
            stored.load(model, session);
            return new Likelihoods(stored, session, read, score, queue);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    /// Requests by their contexts, the longest first, so that slots end at about the same time.
    private static ArrayDeque<Group> grouped(List<ScoreRequest> requests) {
        Map<List<Integer>, Group> groups = new LinkedHashMap<>();
        for (int i = 0; i < requests.size(); i++) {
            int[] context = requests.get(i).context();
            List<Integer> key = Arrays.stream(context).boxed().toList();
            groups.computeIfAbsent(key, _ -> new Group(context))
                    .add(i, requests.get(i).continuation());
        }
        return new ArrayDeque<>(
                groups.values().stream()
                        .sorted(Comparator.comparingInt((Group g) -> -g.longest))
                        .toList());
    }

    /// T: about a third of a usual continuation, so that few rows of its last piece are empty.
    private static int pieceFor(ArrayDeque<Group> groups) {
        int[] lengths =
                groups.stream()
                        .flatMap(g -> g.continuations.stream())
                        .mapToInt(c -> c.length)
                        .sorted()
                        .toArray();
        int usual = lengths[lengths.length / 2];
        return Math.clamp(Integer.highestOneBit(usual / 3 + 1), FEWEST_POSITIONS, MOST_POSITIONS);
    }

    private void run(Score... results) throws IOException {
        for (TensorSpec types : Arrays.asList(read.inputs().types(), score.inputs().types())) {
            if (types != null) {
                session.write(types, new int[batch * piece]);
            }
        }
        int[] order = new int[batch];
        Arrays.setAll(order, b -> b);
        LogitsProgram.Last last = read.requireLast();
        session.write(last.slots(), order);
        session.write(last.rows(), 0);
        session.write(last.keys(), new int[4]);
        session.write(last.settings(), new float[2]);
        session.write(score.slots(), order);
        while (true) {
            int busy = 0;
            int reading = 0;
            for (Slot slot : slots) {
                if (slot.next()) {
                    busy++;
                    reading += slot.isReading() ? 1 : 0;
                }
            }
            if (busy == 0) {
                return;
            }
            step(2 * reading >= busy && reading > 0, results);
        }
    }

    /// Reads a piece of every slot, or of those alone that have some context left.
    private void step(boolean contextOnly, Score... results) throws IOException {
        for (int b = 0; b < batch; b++) {
            fill(slots[b], b * piece, contextOnly);
        }
        session.write(contextOnly ? read.tokens() : score.inputs().tokens(), tokens);
        session.write(contextOnly ? read.positions() : score.inputs().positions(), positions);
        if (contextOnly) {
            session.run(read.program().name());
        } else {
            session.write(score.targets(), targets);
            session.run(score.program().name());
            session.read(score.losses(), 0, MemorySegment.ofArray(losses));
            session.read(score.best(), 0, MemorySegment.ofArray(best));
        }
        for (int b = 0; b < batch; b++) {
            for (int i = b * piece; i < (b + 1) * piece && positions[i] >= 0; i++) {
                requireFinite(targets[i] < 0 ? 0 : losses[i]);
                slots[b].take(targets[i], losses[i], best[i]);
            }
            slots[b].finish(results);
        }
    }

    private void fill(Slot slot, int from, boolean contextOnly) {
        boolean takesPart = slot.isBusy() && (!contextOnly || slot.isReading());
        for (int i = 0; i < piece; i++) {
            int at = slot.position + i;
            boolean there = takesPart && at < slot.end(contextOnly);
            tokens[from + i] = there ? slot.token(at) : 0;
            positions[from + i] = there ? at : -1;
            targets[from + i] = there && !contextOnly ? slot.target(at) : -1;
        }
    }

    private void requireFinite(float loss) throws ModelFileException {
        if (!Float.isFinite(loss)) {
            throw new ModelFileException(
                    stored.path(),
                    "the model",
                    "gives a token the loss %s: its weights are damaged or its training diverged"
                            .formatted(loss),
                    "use another checkpoint");
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
