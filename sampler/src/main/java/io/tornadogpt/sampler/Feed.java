package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;

/// Feeds slots of a [Predictor] to one of its programs.
final class Feed {
    private final Session session;
    private final LogitsProgram program;
    private final LogitsProgram.Last last;
    private final int number;
    private final int batch; // B
    private final int piece; // T
    private final int asked; // R
    private final int vocabulary; // V
    private final int[] tokens; // [B, T]
    private final int[] positions; // [B, T]
    private final int[] slots; // [B]
    private final int[] counts; // [B], tokens that are read
    private final int[] rows; // [R]
    private final int[] keys; // [R, 4]
    private final float[] settings; // [R, 2]
    private final int[] ids; // [R]
    private float[] logits = {}; // [R, V], once they are asked for

    Feed(Session session, LogitsProgram program, int number) {
        this.session = session;
        this.program = program;
        this.number = number;
        last = program.requireLast();
        batch = program.inputs().batch();
        piece = program.inputs().length();
        asked = Math.toIntExact(last.rows().elements());
        vocabulary = program.logits().shape().columns();
        tokens = new int[batch * piece];
        positions = new int[batch * piece];
        slots = new int[batch];
        counts = new int[batch];
        rows = new int[asked];
        keys = new int[4 * asked];
        settings = new float[2 * asked];
        ids = new int[asked];
        TensorSpec types = program.inputs().types();
        if (types != null) {
            session.write(types, new int[batch * piece]);
        }
    }

    /// T, the most tokens that it reads of a sequence.
    int piece() {
        return piece;
    }

    /// Runs the program for slots that follow one another, one for each sequence of the program.
    ///
    /// @param all the slots
    /// @param first the first of them that is fed
    /// @param readers of each slot, the program that is to read its next tokens; the slots of other
    ///   programs are left as they are
    void run(Slot[] all, int first, int... readers) {
        for (int b = 0; b < batch; b++) {
            ContextWindow window = all[first + b].window();
            slots[b] = first + b;
            counts[b] = readers[b] == number ? Math.min(window.pending(), piece) : 0;
            window.feed(tokens, positions, b * piece, piece, counts[b]);
            int row = row(b);
            rows[row] = b * piece + Math.max(0, counts[b] - 1);
            all[first + b].writeDraw(keys, settings, row);
        }
        askForAll();
        session.write(program.tokens(), tokens);
        session.write(program.positions(), positions);
        session.write(last.slots(), slots);
        session.write(last.rows(), rows);
        session.write(last.keys(), keys);
        session.write(last.settings(), settings);
        session.run(program.program().name());
        session.read(last.ids(), 0, MemorySegment.ofArray(ids));
        boolean read = false;
        for (int b = 0; b < batch; b++) {
            read |= counts[b] > 0 && take(all[first + b], b, read);
        }
    }

    /// The row of what is asked for that holds what follows a sequence.
    private int row(int b) {
        return asksForAll() ? Math.max(0, counts[b] - 1) : b;
    }

    private boolean asksForAll() {
        return asked == batch * piece && batch == 1;
    }

    private void askForAll() {
        if (asksForAll()) {
            for (int i = 0; i < asked; i++) {
                rows[i] = i;
            }
        }
    }

    /// Hands a slot what came out for it.
    ///
    /// @param read whether the logits of this run were read from the device before
    /// @return whether they were read now
    private boolean take(Slot slot, int b, boolean read) {
        int before = slot.window().cached();
        slot.window().read(new ContextWindow.Read(number, counts[b]));
        boolean finished = slot.window().pending() == 0;
        boolean wanted = slot.scores() || (finished && slot.wantsLogits(ids[row(b)]));
        if (wanted && !read) {
            readLogits();
        }
        if (slot.scores()) {
            for (int i = 0; i < counts[b]; i++) {
                slot.score(before + i, logits, i * vocabulary);
            }
        }
        if (finished) {
            slot.finish(ids[row(b)], wanted ? logits : null, row(b) * vocabulary);
        }
        return wanted;
    }

    private void readLogits() {
        if (logits.length == 0) {
            logits = new float[asked * vocabulary];
        }
        session.read(program.logits(), 0, MemorySegment.ofArray(logits));
    }
}
