package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LogitsProgram;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The model as a function from sequences to what comes next in each, with a key-value cache behind
/// it. [Generator] and [io.tornadogpt.sampler.engine.Engine] are made of it; it is for those who
/// write a loop of their own.
///
/// Sequences have slots, 0 to B - 1, and come and go independently. While [#isReading], a sequence
/// has a piece of its prompt read by each [#read]; [#decode] reads one token of all others that
/// have one left to read. A sequence that [#isReady] has its next token drawn, or its logits at
/// hand; [#append] gives it a token to read.
///
/// The way of a sequence through the programs depends on that sequence alone, never on its
/// neighbours.
///
/// Used by one thread at a time.
public final class Predictor {
    /// A program of T rows computes all of them, so it is left to tokens that would take the next
    /// shorter program longer: more than two runs of that one, or, where that one is `decode` of B
    /// sequences, more than T / 2B runs. (Once all loops are compiled T / 4B would do; a short
    /// prompt is mostly the first thing that a process reads, and the loops of `decode` it needs
    /// anyway.)
    private static final int WORTH_RUNS = 2;

    private static final int WORTH_TOKENS = 2;

    private final int context;
    private final Feed[] feeds;
    private final int[] few; // of each prefill, how many tokens are left to the shorter ones
    private final int decode;
    private final boolean hasScore;
    private final Slot[] slots;
    private final int[] readers;
    private long now;

    /// @param session has the programs, and the model's weights
    public Predictor(Session session, GenerationPrograms programs) {
        List<LogitsProgram> all = programs.readers();
        feeds = new Feed[all.size()];
        Arrays.setAll(feeds, i -> new Feed(session, all.get(i), i));
        decode = programs.prefill().size();
        hasScore = programs.score() != null;
        context = programs.model().context();
        few = new int[decode];
        Arrays.setAll(few, i -> few(i, programs.slots()));
        slots = new Slot[programs.slots()];
        int vocabulary = programs.model().config().vocabulary();
        Arrays.setAll(slots, slot -> new Slot(context, vocabulary));
        readers = new int[slots.length];
    }

    private int few(int reader, int slotCount) {
        return reader + 1 == decode
                ? Math.max(1, feeds[reader].piece() / (WORTH_TOKENS * slotCount))
                : WORTH_RUNS * feeds[reader + 1].piece();
    }

    /// B, the number of slots.
    public int slots() {
        return slots.length;
    }

    /// The most tokens of a sequence that the model sees.
    public int context() {
        return context;
    }

    /// Ends all sequences and forgets what the cache holds of them, as when weights change.
    public void clear() {
        for (Slot slot : slots) {
            slot.clear();
        }
    }

    /// A slot without a sequence: the one whose cache has most to save of a prompt, or else the one
    /// that was left alone longest.
    ///
    /// @return -1 if all have one
    public int freeSlot(int... prompt) {
        int best = -1;
        int oldest = -1;
        int most = 0;
        int[] seen = seen(prompt);
        List<ContextWindow.Read> plan = plan(seen.length);
        for (int slot = 0; slot < slots.length; slot++) {
            if (slots[slot].isBusy()) {
                continue;
            }
            ContextWindow window = slots[slot].window();
            int kept = window.common(seen, plan);
            int lost = window.cached() - kept;
            if (kept - lost > most) {
                most = kept - lost;
                best = slot;
            }
            if (oldest < 0 || slots[slot].begun() < slots[oldest].begun()) {
                oldest = slot;
            }
        }
        return best < 0 ? oldest : best;
    }

    /// Starts a sequence; of a prompt longer than the context the model sees the end. What the
    /// slot's cache holds of it is not read again, as far as this changes no bit of the result.
    ///
    /// The sequence has its logits brought to the host until [#choose] says otherwise.
    ///
    /// @return how many tokens are not read again
    public int begin(int slot, int... prompt) {
        int[] seen = seen(prompt);
        int kept = slots[slot].window().common(seen, plan(seen.length));
        slots[slot].begin(seen, kept, ++now, null);
        return kept;
    }

    /// Starts a sequence whose prompt has all its logits brought to the host.
    ///
    /// @param prompt not longer than the context
    /// @throws IllegalStateException without the program for it, see [GenerationPrograms#withScore]
    public void beginScored(int slot, LogitsListener listener, int... prompt) {
        if (!hasScore) {
            throw new IllegalStateException(
                    "the session has no program that scores prompts; open it with"
                            + " GenerationPrograms.withScore()");
        }
        if (prompt.length > context) {
            throw new IllegalArgumentException(
                    "a prompt of %d tokens is to be scored, but the context has %d positions"
                            .formatted(prompt.length, context));
        }
        slots[slot].begin(prompt.clone(), 0, ++now, listener);
    }

    /// Lets the device draw the next tokens of a slot, where it can make such draws.
    ///
    /// @param sequence its number, which sets it apart from others of the same seed
    /// @param logitsToo whether logits are wanted beside the token
    public void choose(int slot, SamplingChain chain, long seed, int sequence, boolean logitsToo) {
        slots[slot].choose(DeviceDraw.of(chain), seed, sequence, logitsToo);
    }

    /// Appends a token to the sequence of a slot.
    public void append(int slot, int token) {
        slots[slot].append(token);
    }

    /// Leaves a slot without a sequence.
    public void end(int slot) {
        slots[slot].end();
    }

    /// Whether so much of a sequence is left to read that this is done in pieces, by [#read].
    public boolean isReading(int slot) {
        return isPending(slot) && reader(slot) != decode;
    }

    /// Whether something of a sequence is left to read, by [#read] or [#decode].
    public boolean isPending(int slot) {
        return slots[slot].window().pending() > 0;
    }

    /// Whether all of a sequence is read.
    public boolean isReady(int slot) {
        return slots[slot].isBusy() && slots[slot].window().pending() == 0;
    }

    /// Reads the next piece of a sequence that [#isReading].
    ///
    /// @return how many tokens it has
    public int read(int slot) {
        int before = slots[slot].window().pending();
        int reader = reader(slot);
        run(feeds[reader], slot, reader);
        return before - slots[slot].window().pending();
    }

    /// Reads the next token of every sequence that has one to read and is not [#isReading].
    public void decode() {
        boolean any = false;
        for (int slot = 0; slot < slots.length; slot++) {
            readers[slot] = isPending(slot) ? reader(slot) : -1;
            any |= readers[slot] == decode;
        }
        if (any) {
            run(feeds[decode], 0, readers);
        }
    }

    private void run(Feed feed, int first, int... of) {
        try {
            feed.run(slots, first, of);
        } catch (RuntimeException | Error failure) {
            clear(); // what the caches hold now, nobody knows
            throw failure;
        }
    }

    /// The token that the device drew for a slot; -1 where the device was not asked to, or the
    /// logits are such that none can be drawn: then they are in [#logits].
    public int drawn(int slot) {
        return slots[slot].drawn();
    }

    /// The logits of what follows the sequence of a slot, `[V]`; valid until the slot reads more.
    /// Where the device draws, only those that it could not draw from, unless they were asked for.
    public float[] logits(int slot) {
        return slots[slot].logits();
    }

    private int[] seen(int... prompt) {
        int from = Math.max(0, prompt.length - context);
        return Arrays.copyOfRange(prompt, from, prompt.length);
    }

    /// The number of the program that reads the next tokens of a slot.
    private int reader(int slot) {
        return slots[slot].scores() ? feeds.length - 1 : readerOf(slots[slot].window().pending());
    }

    /// The number of the program that reads next where so many tokens are left.
    private int readerOf(int pending) {
        int reader = 0;
        while (reader < decode && pending <= few[reader]) {
            reader++;
        }
        return reader;
    }

    /// The pieces in which a sequence of so many tokens is read.
    private List<ContextWindow.Read> plan(int length) {
        var plan = new ArrayList<ContextWindow.Read>();
        int left = length;
        while (left > 0) {
            int reader = readerOf(left);
            int count = Math.min(left, feeds[reader].piece());
            plan.add(new ContextWindow.Read(reader, count));
            left -= count;
        }
        return plan;
    }
}
