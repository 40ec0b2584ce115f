package io.tornadogpt.sampler;

import org.jspecify.annotations.Nullable;

/// One sequence of a [Predictor]: its tokens, how its next token is drawn, and what came out.
final class Slot {
    private final ContextWindow window;
    private final int vocabulary;
    private final int[] key = new int[4];
    private @Nullable DeviceDraw draw;
    private @Nullable LogitsListener scorer;
    private boolean keepsLogits;
    private boolean busy;
    private long begun;
    private int drawn;
    private float[] logits = {};

    Slot(int context, int vocabulary) {
        window = new ContextWindow(context);
        this.vocabulary = vocabulary;
    }

    ContextWindow window() {
        return window;
    }

    boolean isBusy() {
        return busy;
    }

    /// When its last sequence began, as a number that grows; 0 for never.
    long begun() {
        return begun;
    }

    void begin(int[] sequence, int kept, long now, @Nullable LogitsListener newScorer) {
        window.begin(sequence, kept);
        busy = true;
        begun = now;
        scorer = newScorer;
        draw = null;
        keepsLogits = false;
        drawn = -1;
    }

    void append(int token) {
        window.append(token);
        key[2]++;
    }

    void end() {
        window.end();
        busy = false;
        scorer = null;
    }

    void clear() {
        end();
        window.clear();
        begun = 0;
    }

    void choose(@Nullable DeviceDraw how, long seed, int sequence, boolean logitsToo) {
        draw = how;
        keepsLogits = logitsToo;
        key[0] = (int) seed;
        key[1] = (int) (seed >>> 32);
        key[2] = 0;
        key[3] = sequence;
    }

    /// Writes how a program is to draw from a row.
    void writeDraw(int[] keys, float[] settings, int row) {
        System.arraycopy(key, 0, keys, 4 * row, 4);
        settings[2 * row] = draw == null ? 0 : (float) draw.temperature();
        settings[2 * row + 1] = draw == null ? 0 : draw.k();
    }

    /// Whether the logits of all its tokens are asked for.
    boolean scores() {
        return scorer != null;
    }

    void score(int position, float[] all, int from) {
        if (scorer != null) {
            scorer.accept(position, slice(all, from));
        }
    }

    private float[] slice(float[] all, int from) {
        if (logits.length == 0) {
            logits = new float[vocabulary];
        }
        System.arraycopy(all, from, logits, 0, vocabulary);
        return logits;
    }

    /// Whether the host needs logits, given what the device drew.
    boolean wantsLogits(int id) {
        return keepsLogits || draw == null || id < 0;
    }

    /// Takes over what follows the sequence.
    void finish(int id, float @Nullable [] all, int from) {
        drawn = draw == null ? -1 : id;
        if (all != null) {
            slice(all, from);
        }
        scorer = null;
    }

    int drawn() {
        return drawn;
    }

    float[] logits() {
        return logits;
    }
}
