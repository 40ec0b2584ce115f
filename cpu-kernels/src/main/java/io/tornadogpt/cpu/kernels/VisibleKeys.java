package io.tornadogpt.cpu.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Which keys each query of a sequence sees: those of one interval. Without spans a query sees
/// itself at least, and neither border falls from one query to the next.
///
/// @param causal whether a query sees none behind its position
/// @param window a query sees keys that are less than so many positions away; 0 for all
/// @param firstPosition of query 0
/// @param keys how many there are
/// @param spans the first key that query i may see and the one behind the last, I32, at byte
///   `spansOffset + 8 * i`; null for all
record VisibleKeys(
        boolean causal,
        int window,
        int firstPosition,
        int keys,
        @Nullable MemorySegment spans,
        long spansOffset) {
    int first(int query) {
        int first = window == 0 ? 0 : Math.max(0, firstPosition + query - window + 1);
        return spans == null ? first : Math.max(first, span(query, 0));
    }

    int end(int query) {
        int position = firstPosition + query;
        int end = causal ? Math.min(keys, position + 1) : keys;
        if (window > 0) {
            end = (int) Math.min(end, (long) position + window);
        }
        return spans == null ? end : Math.min(end, span(query, 4));
    }

    @SuppressWarnings("NullAway") // asked only where there are spans
    private int span(int query, int border) {
        return spans.get(ValueLayout.JAVA_INT, spansOffset + 8L * query + border);
    }

    /// The first key that any of some queries sees.
    int first(int from, int to) {
        if (spans == null) {
            return first(from);
        }
        int first = keys;
        for (int i = from; i < to; i++) {
            if (first(i) < end(i)) {
                first = Math.min(first, first(i));
            }
        }
        return first;
    }

    /// The key behind the last that any of some queries sees; 0 if they see none.
    int end(int from, int to) {
        if (spans == null) {
            return end(to - 1);
        }
        int end = 0;
        for (int i = from; i < to; i++) {
            if (first(i) < end(i)) {
                end = Math.max(end, end(i));
            }
        }
        return end;
    }
}
