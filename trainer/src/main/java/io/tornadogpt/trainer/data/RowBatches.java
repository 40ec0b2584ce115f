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
    private static final int NONE = -1;

    /// Sets these random numbers apart from those of other draws with the same seed.
    private static final int PLACE = -2;

    private final List<Row> rows;
    private final List<BatchForm> forms;
    private final boolean packed;
    private final int microBatches;
    private final long seed;
    private Epoch latest;

    /// The micro-batches of one epoch.
    ///
    /// @param number counts from 0
    /// @param start how many micro-batches come before it
    /// @param bins for each micro-batch and each of its rows, the sequences in it
    private record Epoch(int number, long start, List<List<List<Row>>> bins) {
        long end() {
            return start + bins.size();
        }
    }

    private RowBatches(
            List<Row> rows, List<BatchForm> forms, boolean packed, int microBatches, long seed) {
        this.rows = List.copyOf(rows);
        this.forms = List.copyOf(forms);
        this.packed = packed;
        this.microBatches = microBatches;
        this.seed = seed;
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(
                    "there are no rows to train on; give data that holds at least one");
        }
        int longest = forms.getLast().positions();
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).length() > longest) {
                throw new IllegalArgumentException(
                        "row %d has %d positions, but batches have %d; cut it, leave it out, or raise train.blockSize"
                                .formatted(i + 1, rows.get(i).length(), longest));
            }
        }
        this.latest = epoch(0, 0);
    }

    /// One sequence a row of a batch.
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
        return new RowBatches(rows, forms, false, microBatches, seed);
    }

    /// As many sequences a row of a batch as fit.
    ///
    /// @param sequences rows of a batch
    /// @param length of every batch
    /// @param microBatches of a step, over all processes
    public static RowBatches packed(
            List<Row> rows, int sequences, int length, int microBatches, long seed) {
        List<BatchForm> forms = List.of(BatchForm.padded(sequences, length));
        return new RowBatches(rows, forms, true, microBatches, seed);
    }

    /// A few lengths that rows of data are padded to with little waste: powers of two and the
    /// numbers half-way between them, from 16 to the longest row, and that itself.
    ///
    /// @param most the longest batch
    public static SortedSet<Integer> lengths(List<Row> rows, int most) {
        int longest = rows.stream().mapToInt(Row::length).max().orElse(1);
        var lengths = new TreeSet<Integer>();
        for (int length = 16; length < Math.min(longest, most); length *= 2) {
            lengths.add(length);
            lengths.add(length + length / 2);
        }
        lengths.removeIf(length -> length >= Math.min(longest, most));
        lengths.add(Math.min(longest, most));
        return lengths;
    }

    /// The forms that batches come in, the shortest first; programs are written down for each.
    public List<BatchForm> forms() {
        return forms;
    }

    /// Micro-batches of the first epoch; later ones may have one more or less where rows are
    /// packed.
    public int batchesInEpoch() {
        return epoch(0, 0).bins.size();
    }

    @Override
    public int form(int step, int microBatch) {
        int longest =
                batch(step, microBatch).stream()
                        .mapToInt(bin -> bin.stream().mapToInt(Row::length).sum())
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
        List<List<Row>> bins = batch(step, microBatch);
        int length = batch.length();
        int[] targets = batch.integers("targets");
        Arrays.fill(batch.tokens(), 0);
        Arrays.fill(batch.positions(), 0);
        Arrays.fill(batch.spans(), 0);
        Arrays.fill(targets, NONE);
        if (batch.reads("weights")) {
            Arrays.fill(batch.numbers("weights"), 1);
        }
        for (int bin = 0; bin < bins.size(); bin++) {
            int at = bin * length;
            for (Row row : bins.get(bin)) {
                put(row, batch, targets, at, bin * length);
                at += row.length();
            }
        }
        return Arrays.stream(targets).filter(target -> target >= 0).count();
    }

    private static void put(Row row, Batch batch, int[] targets, int at, int lineStart) {
        System.arraycopy(row.tokens(), 0, batch.tokens(), at, row.length());
        System.arraycopy(row.targets(), 0, targets, at, row.length());
        int first = at - lineStart;
        for (int i = 0; i < row.length(); i++) {
            batch.positions()[at + i] = i;
            batch.spans()[2 * (at + i)] = first;
            batch.spans()[2 * (at + i) + 1] = first + row.length();
        }
    }

    private List<List<Row>> batch(int step, int microBatch) {
        long wanted = (long) step * microBatches + microBatch;
        Epoch epoch = latest.start <= wanted ? latest : epoch(0, 0);
        while (epoch.end() <= wanted) {
            epoch = epoch(epoch.number + 1, epoch.end());
        }
        latest = epoch;
        return epoch.bins.get((int) (wanted - epoch.start));
    }

    private Epoch epoch(int number, long start) {
        List<Row> order = shuffled(number);
        List<List<Row>> bins = new ArrayList<>();
        if (packed) {
            pack(order, bins);
        } else {
            order.forEach(row -> bins.add(List.of(row)));
        }
        int sequences = forms.getFirst().sequences();
        List<List<List<Row>>> batches = new ArrayList<>();
        for (int from = 0; from < bins.size(); from += sequences) {
            batches.add(List.copyOf(bins.subList(from, Math.min(from + sequences, bins.size()))));
        }
        return new Epoch(number, start, List.copyOf(batches));
    }

    /// Puts each sequence into the row that is being filled, or begins a new one.
    private void pack(List<Row> order, List<List<Row>> bins) {
        int length = forms.getFirst().positions();
        var bin = new ArrayList<Row>();
        int filled = 0;
        for (Row row : order) {
            if (filled + row.length() > length) {
                bins.add(List.copyOf(bin));
                bin.clear();
                filled = 0;
            }
            bin.add(row);
            filled += row.length();
        }
        bins.add(List.copyOf(bin));
    }

    /// All rows, ordered by a random word each.
    private List<Row> shuffled(int epoch) {
        var random = Threefry.of(seed, epoch, 0);
        return IntStream.range(0, rows.size())
                .boxed()
                .sorted(
                        Comparator.comparingInt((Integer i) -> random.word(i, 0, PLACE, 0))
                                .thenComparing(i -> i))
                .map(rows::get)
                .toList();
    }
}
