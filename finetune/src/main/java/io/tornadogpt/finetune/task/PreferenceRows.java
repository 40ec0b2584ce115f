package io.tornadogpt.finetune.task;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.Row;
import io.tornadogpt.trainer.data.Rows;

import java.util.Arrays;
import java.util.List;

/// Pairs of answers. A batch holds the chosen ones of its pairs in its first half, the rejected
/// ones in the second.
final class PreferenceRows implements Rows {
    private static final int NONE = -1;

    private final List<Pair> pairs;
    private final boolean mean;
    private final float[] reference; // chosen and rejected of each pair

    /// An answer that is preferred to another.
    record Pair(Row chosen, Row rejected) {}

    /// @param mean whether log-probabilities of an answer are averaged over its tokens, or added up
    PreferenceRows(List<Pair> pairs, boolean mean) {
        this.pairs = List.copyOf(pairs);
        this.mean = mean;
        this.reference = new float[2 * pairs.size()];
    }

    @Override
    public int count() {
        return pairs.size();
    }

    @Override
    public int length(int row) {
        Pair pair = pairs.get(row);
        return Math.max(pair.chosen.length(), pair.rejected.length());
    }

    @Override
    public int lines(BatchForm form) {
        return form.sequences() / 2;
    }

    /// The chosen answers of the first pairs.
    List<Row> chosen(int count) {
        return pairs.subList(0, count).stream().map(Pair::chosen).toList();
    }

    /// What the reference model's losses of each pair are: chosen and rejected, pair by pair.
    float[] reference() {
        return reference;
    }

    @Override
    public double fill(List<int[]> lines, Batch batch) {
        int most = batch.sequences() / 2;
        float[] counts = batch.numbers("pairs");
        float[] references = batch.numbers("reference");
        batch.clearRows();
        Arrays.fill(batch.integers("targets"), NONE);
        Arrays.fill(batch.numbers("weights"), 0);
        Arrays.fill(references, 0);
        Arrays.fill(counts, 0);
        for (int line = 0; line < lines.size(); line++) {
            int number = lines.get(line)[0];
            Pair pair = pairs.get(number);
            put(pair.chosen, batch, line);
            put(pair.rejected, batch, most + line);
            references[line] = reference[2 * number];
            references[most + line] = reference[2 * number + 1];
            counts[line] = 1;
        }
        return lines.size();
    }

    private void put(Row row, Batch batch, int line) {
        int at = line * batch.length();
        batch.putRow(row.tokens(), at);
        System.arraycopy(row.targets(), 0, batch.integers("targets"), at, row.length());
        float[] weights = batch.numbers("weights");
        int count = 0;
        for (int target : row.targets()) {
            count += target >= 0 ? 1 : 0;
        }
        for (int i = 0; i < row.length(); i++) {
            weights[at + i] = row.targets()[i] < 0 ? 0 : mean ? 1f / count : 1;
        }
    }
}
