package io.tornadogpt.curation.run;

import java.util.Arrays;

/// Numbers, as many as come.
///
/// Used by one thread at a time.
final class LongList {
    private long[] values = new long[1 << 10];
    private int count;

    void add(long value) {
        if (count == values.length) {
            values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = value;
    }

    /// Those that came more than once, in order.
    long[] repeated() {
        Arrays.sort(values, 0, count);
        int kept = 0;
        for (int i = 1; i < count; i++) {
            boolean again = values[i] == values[i - 1];
            if (again && (kept == 0 || values[kept - 1] != values[i])) {
                values[kept++] = values[i];
            }
        }
        return Arrays.copyOf(values, kept);
    }
}
