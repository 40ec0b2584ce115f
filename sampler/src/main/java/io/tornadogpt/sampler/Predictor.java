package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The model as a function from B sequences to the logits of what comes next in each, with a
/// key-value cache behind it. Sequences have slots 0 to B - 1 and come and go independently.
///
/// The way of a sequence through the programs depends on that sequence alone, never on its
/// neighbours in the batch.
final class Predictor {
    /// A program of T rows computes all of them, so it is left to tokens that would take the next
    /// shorter program longer: more than two runs of that one, or, where that one is `decode`, more
    /// than T / 2 runs. (Once all loops are compiled T / 4 would do; a short prompt is mostly the
    /// first thing that a process reads, and the loops of `decode` it needs anyway.)
    private static final int WORTH_RUNS = 2;

    private static final int WORTH_TOKENS = 2;

    private final Session session;
    private final int blockSize;
    private final List<Feed> feeds;
    private final ContextWindow[] windows;
    private final float[][] logits;
    private final int[] keys;
    private final int[] drawn;
    private @Nullable DeviceDraw draw;

    Predictor(Session session, GenerationPrograms programs) {
        this.session = session;
        feeds = programs.readers().stream().map(Feed::new).toList();
        blockSize = programs.model().config().blockSize();
        windows = new ContextWindow[programs.batch()];
        Arrays.setAll(windows, slot -> new ContextWindow(blockSize));
        logits = new float[programs.batch()][programs.model().config().vocabSize()];
        keys = new int[4 * programs.batch()];
        drawn = new int[programs.batch()];
    }

    /// B, the number of slots.
    int slots() {
        return windows.length;
    }

    /// The most tokens of a sequence that the model sees.
    int blockSize() {
        return blockSize;
    }

    /// Ends all sequences.
    void clear() {
        for (int slot = 0; slot < windows.length; slot++) {
            end(slot);
        }
    }

    /// Starts a sequence; of a prompt longer than the block the model sees the end.
    void begin(int slot, int... prompt) {
        windows[slot].begin(prompt);
    }

    /// Appends a token to the sequence of a slot.
    void append(int slot, int token) {
        windows[slot].append(token);
    }

    /// Leaves a slot without a sequence.
    void end(int slot) {
        windows[slot].begin();
    }

    /// Brings the logits of all sequences up to date.
    void predict() {
        for (int i = 0; i < feeds.size(); i++) {
            int few = i + 1 == feeds.size() ? 0 : few(feeds.get(i), feeds.get(i + 1));
            boolean more = true;
            while (more) {
                more = feeds.get(i).run(few);
            }
        }
    }

    /// How many tokens are left to the shorter of two programs.
    private static int few(Feed feed, Feed shorter) {
        return shorter.piece > 1
                ? WORTH_RUNS * shorter.piece
                : Math.max(1, feed.piece / WORTH_TOKENS);
    }

    /// Lets the device draw tokens, or brings logits to the host.
    ///
    /// @param value null for logits
    void draw(@Nullable DeviceDraw value) {
        draw = value;
    }

    /// Sets the key of a slot's next draw.
    void key(int slot, int... key) {
        System.arraycopy(key, 0, keys, 4 * slot, 4);
    }

    /// The token that the device drew for a slot; -1 where the slot's logits are such that none can
    /// be drawn, and then they are in [#logits].
    int drawn(int slot) {
        return drawn[slot];
    }

    /// The logits of what follows the sequence of a slot, `[V]`; valid until the next [#predict].
    /// Where the device draws, only those that it could not draw from.
    float[] logits(int slot) {
        return logits[slot];
    }

    /// Feeds the sequences to one of the programs.
    private final class Feed {
        private final LogitsProgram program;
        private final TensorSpec lastRows;
        private final LogitsProgram.Draw outcome;
        private final int piece;
        private final int[] tokens;
        private final int[] positions;
        private final int[] rows;
        private final float[] output;
        private final int[] ids;

        Feed(LogitsProgram program) {
            this.program = program;
            lastRows = Objects.requireNonNull(program.rows(), "a program without rows");
            outcome = Objects.requireNonNull(program.draw(), "a program that draws nothing");
            int batch = program.tokens().shape().rows();
            piece = program.tokens().shape().columns();
            tokens = new int[batch * piece];
            positions = new int[batch * piece];
            rows = new int[batch];
            output = new float[Math.toIntExact(program.logits().elements())];
            ids = new int[batch];
        }

        /// Runs the program once for the sequences that have more than `few` tokens to read.
        ///
        /// @return false if there are none
        boolean run(int few) {
            boolean[] finished = new boolean[windows.length];
            boolean any = false;
            for (int slot = 0; slot < windows.length; slot++) {
                ContextWindow window = windows[slot];
                int first = slot * piece;
                if (window.pending() > few) {
                    any = true;
                    rows[slot] = window.feed(tokens, positions, first, piece);
                    finished[slot] = window.pending() == 0;
                } else {
                    rows[slot] = first;
                    window.idle(tokens, positions, first, piece);
                }
            }
            if (any) {
                run(finished);
            }
            return any;
        }

        private void run(boolean[] finished) {
            session.write(program.tokens(), tokens);
            session.write(program.positions(), positions);
            session.write(lastRows, rows);
            if (draw == null) {
                session.run(program.program().name());
            } else {
                runAndDraw(draw, finished);
            }
            boolean[] wanted = new boolean[finished.length];
            boolean any = false;
            for (int slot = 0; slot < finished.length; slot++) {
                wanted[slot] = finished[slot] && (draw == null || drawn[slot] < 0);
                any |= wanted[slot];
            }
            if (any) {
                readLogits(wanted);
            }
        }

        private void runAndDraw(DeviceDraw how, boolean[] finished) {
            session.write(outcome.settings(), how.settings());
            session.write(outcome.keys(), keys);
            session.run(program.program().name());
            session.read(outcome.ids(), 0, MemorySegment.ofArray(ids));
            for (int slot = 0; slot < finished.length; slot++) {
                if (finished[slot]) {
                    drawn[slot] = ids[slot];
                }
            }
        }

        private void readLogits(boolean[] wanted) {
            session.read(program.logits(), 0, MemorySegment.ofArray(output));
            for (int slot = 0; slot < wanted.length; slot++) {
                if (wanted[slot]) {
                    float[] own = logits[slot];
                    System.arraycopy(output, slot * own.length, own, 0, own.length);
                }
            }
        }
    }
}
