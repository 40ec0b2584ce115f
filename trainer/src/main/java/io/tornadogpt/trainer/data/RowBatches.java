package io.tornadogpt.trainer.data;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.random.Threefry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Rows of unequal length, each once an epoch, in an order that is a function of seed and epoch.
///
/// *Padded*, every row of a batch holds one sequence, and the batch is as long as the shortest of a
/// few lengths that its longest sequence fits. *Packed*, every row of a batch holds as many whole
/// sequences as fit one behind the other; they do not see each other. Both give each sequence the
/// gradients that it has alone.
///
/// Used by one thread at a time.
public final class RowBatches implements BatchSource {
    /// Sets these random numbers apart from those of other draws with the same seed.
    private static final int PLACE = -2;

    private static final int BATCH_PLACE = -3;

    /// Batches whose rows are ordered by length together.
    private static final int TOGETHER = 32;

    private final Rows rows;
    private final List<BatchForm> forms;
    private final Batching batching;
    private final int microBatches;
    private final Order order;
    private final long seed;
    private Epoch latest;

    /// The micro-batches of one epoch.
    ///
    /// @param number counts from 0
    /// @param start how many micro-batches come before it
    /// @param batches for each micro-batch and each of its lines, the numbers of the rows in it
    private record Epoch(int number, long start, List<List<int[]>> batches) {
        long end() {
            return start + batches.size();
        }
    }

    /// @param batching how rows come together
    /// @param microBatches of a step, over all processes
    /// @param order of the rows of each epoch
    /// @throws IllegalArgumentException where there are no rows, or one is longer than all forms
    public RowBatches(
            Rows rows,
            List<BatchForm> forms,
            Batching batching,
            int microBatches,
            Order order,
            long seed) {
        this.rows = rows;
        this.forms = List.copyOf(forms);
        this.batching = batching;
        this.microBatches = microBatches;
        this.order = order;
        this.seed = seed;
        if (rows.count() == 0) {
            throw new IllegalArgumentException(
                    "there are no rows to train on; give data that holds at least one");
        }
        int longest = forms.getLast().positions();
        for (int i = 0; i < rows.count(); i++) {
            if (rows.length(i) > longest) {
                throw new IllegalArgumentException(
                        "row %d has %d positions, but batches have %d; cut it, leave it out, or raise train.blockSize"
                                .formatted(i + 1, rows.length(i), longest));
            }
        }
        this.latest = epoch(0, 0);
    }

    /// One sequence a row of a batch, in random order.
    ///
    /// @param sequences rows of a batch
    /// @param lengths of batches; a batch has the shortest that fits
    /// @param microBatches of a step, over all processes
    public static RowBatches padded(
            List<Row> rows,
            int sequences,
            SortedSet<Integer> lengths,
            int microBatches,
            long seed) {
        List<BatchForm> forms =
                lengths.stream().map(length -> BatchForm.padded(sequences, length)).toList();
        return new RowBatches(
                new TokenRows(rows), forms, Batching.PADDED, microBatches, Order.RANDOM, seed);
    }

    /// As many sequences a row of a batch as fit, in random order.
    ///
    /// @param sequences rows of a batch
    /// @param length of every batch
    /// @param microBatches of a step, over all processes
    public static RowBatches packed(
            List<Row> rows, int sequences, int length, int microBatches, long seed) {
        List<BatchForm> forms = List.of(BatchForm.padded(sequences, length));
        return new RowBatches(
                new TokenRows(rows), forms, Batching.PACKED, microBatches, Order.RANDOM, seed);
    }

    /// A few lengths that rows of data are padded to with little waste: powers of two and the
    /// numbers half-way between them, from 16 to the longest row, and that itself.
    ///
    /// @param most the longest batch
    public static SortedSet<Integer> lengths(List<Row> rows, int most) {
        return lengths(Math.min(most, new TokenRows(rows).longest()));
    }

    /// As above, for rows of any kind.
    ///
    /// @param longest row, or the longest batch where rows are packed
    public static SortedSet<Integer> lengths(int longest) {
        var lengths = new TreeSet<Integer>();
        for (int length = 16; length < longest; length *= 2) {
            lengths.add(length);
            lengths.add(length + length / 2);
        }
        lengths.removeIf(length -> length >= longest);
        lengths.add(longest);
        return lengths;
    }

    /// The forms that batches come in, the shortest first; programs are written down for each.
    public List<BatchForm> forms() {
        return forms;
    }

    /// Micro-batches of the first epoch; later ones may have one more or less where rows are
    /// packed.
    public int batchesInEpoch() {
        return epoch(0, 0).batches.size();
    }

    @Override
    public int form(int step, int microBatch) {
        return form(rows, forms, batch(step, microBatch));
    }

    /// The first form that the longest line fits.
    static int form(Rows rows, List<BatchForm> forms, List<int[]> lines) {
        int longest =
                lines.stream()
                        .mapToInt(line -> Arrays.stream(line).map(rows::length).sum())
                        .max()
                        .orElse(0);
        int form = 0;
        while (forms.get(form).positions() < longest) {
            form++;
        }
        return form;
    }

    @Override
    public double fill(int step, int microBatch, Batch batch) {
        return rows.fill(batch(step, microBatch), batch);
    }

    private List<int[]> batch(int step, int microBatch) {
        long wanted = (long) step * microBatches + microBatch;
        Epoch epoch = latest.start <= wanted ? latest : epoch(0, 0);
        while (epoch.end() <= wanted) {
            epoch = epoch(epoch.number + 1, epoch.end());
        }
        latest = epoch;
        return epoch.batches.get((int) (wanted - epoch.start));
    }

    private Epoch epoch(int number, long start) {
        int[] ordered =
                switch (order) {
                    case RANDOM -> shuffled(rows.count(), number, PLACE);
                    case SEQUENTIAL -> IntStream.range(0, rows.count()).toArray();
                };
        int size = rows.lines(forms.getFirst());
        List<List<int[]>> batches =
                switch (batching) {
                    case PADDED -> grouped(alone(ordered), size);
                    case GROUPED ->
                            order == Order.RANDOM
                                    ? byLength(ordered, size, number)
                                    : grouped(alone(ordered), size);
                    case PACKED -> grouped(packed(ordered), size);
                };
        return new Epoch(number, start, batches);
    }

    /// Batches of rows of about the same length: some batches' rows at a time are ordered by
    /// length, and all batches by a random word each.
    private List<List<int[]>> byLength(int[] ordered, int size, int epoch) {
        int[] sorted = ordered.clone();
        int together = TOGETHER * size;
        for (int from = 0; from < sorted.length; from += together) {
            int to = Math.min(sorted.length, from + together);
            int[] part =
                    Arrays.stream(sorted, from, to)
                            .boxed()
                            .sorted(Comparator.comparingInt(rows::length))
                            .mapToInt(Integer::intValue)
                            .toArray();
            System.arraycopy(part, 0, sorted, from, part.length);
        }
        List<List<int[]>> batches = grouped(alone(sorted), size);
        return Arrays.stream(shuffled(batches.size(), epoch, BATCH_PLACE))
                .mapToObj(batches::get)
                .toList();
    }

    /// One row a line.
    static List<int[]> alone(int... ordered) {
        return Arrays.stream(ordered).mapToObj(row -> new int[] {row}).toList();
    }

    /// So many lines a batch; the last may have fewer.
    static List<List<int[]>> grouped(List<int[]> lines, int size) {
        List<List<int[]>> batches = new ArrayList<>();
        for (int from = 0; from < lines.size(); from += size) {
            batches.add(List.copyOf(lines.subList(from, Math.min(from + size, lines.size()))));
        }
        return List.copyOf(batches);
    }

    /// Puts each sequence into the line that is being filled, or begins a new one.
    private List<int[]> packed(int... ordered) {
        int length = forms.getFirst().positions();
        var lines = new ArrayList<int[]>();
        int begin = 0;
        int filled = 0;
        for (int i = 0; i < ordered.length; i++) {
            int more = rows.length(ordered[i]);
            if (filled + more > length) {
                lines.add(Arrays.copyOfRange(ordered, begin, i));
                begin = i;
                filled = 0;
            }
            filled += more;
        }
        lines.add(Arrays.copyOfRange(ordered, begin, ordered.length));
        return lines;
    }

    /// The numbers below a count, ordered by a random word each.
    private int[] shuffled(int count, int epoch, int place) {
        return shuffled(count, Threefry.of(seed, epoch, 0), place);
    }

    /// The numbers below a count, ordered by a random word each, which is drawn once.
    ///
    /// @param place sets these words apart from others of the same seed
    public static int[] shuffled(int count, Threefry random, int place) {
        return IntStream.range(0, count)
                .mapToLong(i -> ((long) random.word(i, 0, place, 0) << Integer.SIZE) | i)
                .sorted()
                .mapToInt(wordAndNumber -> (int) wordAndNumber)
                .toArray();
    }
}
