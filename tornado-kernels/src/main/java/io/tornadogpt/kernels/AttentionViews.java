package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// What positions see, gathered for the kernels of attention in one array of integers, because a
/// TornadoVM task takes no more than 20 arguments. Attention that has neither window nor dropout
/// nor spans does without: an array that starts with 0 says that there is no window.
///
/// | elements of `seen` | what |
/// | --- | --- |
/// | 0 | the window, 0 for none |
/// | 1 to 4 | the key of the dropout |
/// | B T pairs from [#ROWS] on | with spans: the first position that a row sees, and the one behind the last |
/// | B T pairs behind | with spans, in the gradient: the first row that sees a position, and the one behind the last |
public final class AttentionViews {
    /// Where the key of the dropout begins.
    static final int KEY = 1;

    /// Where pairs begin.
    static final int ROWS = 5;

    private AttentionViews() {}

    /// The launches that write `seen`, if any.
    ///
    /// @param columns whether it is told of positions by which rows they are seen
    static OpKernels of(
            Attention.View view,
            Dropout.@Nullable Mask dropout,
            int batch,
            int positions,
            boolean columns) {
        Tensor rng = DropoutKernels.rng(dropout);
        Tensor window = view.window();
        Tensor spans = view.spans();
        int rows = batch * positions;
        OpKernels kernels = OpKernels.none();
        if (window != null || rng != null) {
            kernels =
                    kernels.then(
                                    "gatherSettings",
                                    (t, g, name) ->
                                            g.task(
                                                    name,
                                                    AttentionViews::gatherSettings,
                                                    t.layer(),
                                                    t.integersOrZero(window),
                                                    t.placeOrWhole(window),
                                                    t.integersOrZero(rng),
                                                    t.placeOrWhole(rng),
                                                    t.integerScratch(),
                                                    rng == null ? 0 : 1))
                            .withIntegerScratch(ROWS);
        }
        if (spans != null) {
            kernels =
                    kernels.then(
                                    "gatherRows",
                                    (t, g, name) ->
                                            g.task(
                                                    name,
                                                    AttentionViews::gatherRows,
                                                    t.layer(),
                                                    t.integers(spans),
                                                    t.place(spans),
                                                    t.integersOrZero(window),
                                                    t.placeOrWhole(window),
                                                    t.integerScratch(),
                                                    rows,
                                                    positions,
                                                    view.causal() ? 1 : 0))
                            .withIntegerScratch(ROWS + 2 * rows);
        }
        if (spans != null && columns) {
            kernels =
                    kernels.then(
                                    "gatherColumns",
                                    (t, g, name) ->
                                            g.task(
                                                    name,
                                                    AttentionViews::gatherColumns,
                                                    t.integerScratch(),
                                                    rows,
                                                    positions))
                            .withIntegerScratch(ROWS + 4 * rows);
        }
        return kernels;
    }

    /// The array that [#of] writes, or one that stands for no window where it writes none.
    static IntArray seen(
            DeviceTensors tensors, Attention.View view, Dropout.@Nullable Mask dropout) {
        return view.window() == null && view.spans() == null && dropout == null
                ? tensors.zero()
                : tensors.integerScratch();
    }

    /// Window and key.
    ///
    /// @param window `[1]`; an array that starts with 0 for none
    /// @param rng `[4]`; any `IntArray` if `hasKey` is 0
    /// @param seen elements 0 to 4 are written
    /// @param hasKey 1 or 0
    public static void gatherSettings(
            IntArray layer,
            IntArray window,
            long windowPlace,
            IntArray rng,
            long rngPlace,
            IntArray seen,
            int hasKey) {
        for (@Parallel int i = 0; i < ROWS; i++) {
            int value = 0;
            if (i == 0) {
                value = window.get(Place.start(windowPlace, layer));
            }
            if (hasKey != 0) {
                if (i >= KEY) {
                    value = rng.get(Place.start(rngPlace, layer) + i - KEY);
                }
            }
            seen.set(i, value);
        }
    }

    /// What each row sees: the common part of its span, the window and what is not later than it.
    /// One work-item a row.
    ///
    /// @param spans `[B, T, 2]`
    /// @param window `[1]`; an array that starts with 0 for none
    /// @param seen the first B T pairs are written
    /// @param rows B x T
    /// @param causal 1 or 0
    public static void gatherRows(
            IntArray layer,
            IntArray spans,
            long spansPlace,
            IntArray window,
            long windowPlace,
            IntArray seen,
            int rows,
            int positions,
            int causal) {
        for (@Parallel int row = 0; row < rows; row++) {
            int i = row % positions;
            int width = window.get(Place.start(windowPlace, layer));
            int span = Place.start(spansPlace, layer) + 2 * row;
            int first = spans.get(span);
            int end = spans.get(span + 1);
            if (causal != 0) {
                end = TornadoMath.min(end, i + 1);
            }
            if (width > 0) {
                first = TornadoMath.max(first, i - width + 1);
                if (width < end - i) { // subtracted where an addition could overflow
                    end = i + width;
                }
            }
            seen.set(ROWS + 2 * row, first);
            seen.set(ROWS + 2 * row + 1, end);
        }
    }

    /// By which rows each position is seen. Rows in between need not see it: a row of padding sees
    /// nothing. One work-item a position, which looks at all rows of its sequence.
    ///
    /// @param seen the first B T pairs are read, the next are written
    /// @param rows B x T
    public static void gatherColumns(IntArray seen, int rows, int positions) {
        for (@Parallel int row = 0; row < rows; row++) {
            int j = row % positions;
            int start = row - j;
            int first = positions;
            int end = 0;
            for (int i = 0; i < positions; i++) {
                int pair = ROWS + 2 * (start + i);
                if (seen.get(pair) <= j && j < seen.get(pair + 1)) {
                    first = TornadoMath.min(first, i);
                    end = i + 1;
                }
            }
            seen.set(ROWS + 2 * (rows + row), first);
            seen.set(ROWS + 2 * (rows + row) + 1, end);
        }
    }

    /// The first position that row i of a sequence sees.
    static int firstOfRow(IntArray seen, long sizes, int batch, int i) {
        int positions = AttentionSizes.positions(sizes);
        int first = 0;
        if (AttentionSizes.spans(sizes)) {
            if (i < positions) {
                first = seen.get(ROWS + 2 * (batch * positions + i));
            }
        } else {
            int width = seen.get(0);
            if (width > 0) {
                first = TornadoMath.max(0, i - width + 1);
            }
        }
        return first;
    }

    /// The position behind the last that row i of a sequence sees.
    static int endOfRow(IntArray seen, long sizes, int batch, int i) {
        int positions = AttentionSizes.positions(sizes);
        int end = positions;
        if (AttentionSizes.spans(sizes)) {
            end = 0;
            if (i < positions) {
                end = seen.get(ROWS + 2 * (batch * positions + i) + 1);
            }
        } else {
            if (AttentionSizes.causal(sizes)) {
                end = i + 1;
            }
            int width = seen.get(0);
            if (width > 0) {
                if (width < end - i) { // subtracted where an addition could overflow
                    end = i + width;
                }
            }
        }
        return end;
    }

    /// The first position that any of `tile` rows from i0 on sees.
    static int firstOfTile(IntArray seen, long sizes, int batch, int i0, int tile) {
        int positions = AttentionSizes.positions(sizes);
        int first = 0;
        if (AttentionSizes.spans(sizes)) {
            first = positions;
            for (int i = i0; i < TornadoMath.min(positions, i0 + tile); i++) {
                int pair = ROWS + 2 * (batch * positions + i);
                if (seen.get(pair) < seen.get(pair + 1)) {
                    first = TornadoMath.min(first, seen.get(pair));
                }
            }
        } else {
            first = firstOfRow(seen, sizes, batch, i0);
        }
        return first;
    }

    /// The position behind the last that any of `tile` rows from i0 on sees; 0 if they see nothing.
    static int endOfTile(IntArray seen, long sizes, int batch, int i0, int tile) {
        int positions = AttentionSizes.positions(sizes);
        int end = 0;
        if (AttentionSizes.spans(sizes)) {
            for (int i = i0; i < TornadoMath.min(positions, i0 + tile); i++) {
                int pair = ROWS + 2 * (batch * positions + i);
                if (seen.get(pair) < seen.get(pair + 1)) {
                    end = TornadoMath.max(end, seen.get(pair + 1));
                }
            }
        } else {
            int last = TornadoMath.min(positions, i0 + tile) - 1;
            end = TornadoMath.min(positions, endOfRow(seen, sizes, batch, last));
        }
        return end;
    }

    /// The first row that sees any of `tile` positions from j0 on.
    ///
    /// @param batches B
    static int firstRow(IntArray seen, long sizes, int batch, int batches, int j0, int tile) {
        int positions = AttentionSizes.positions(sizes);
        int first = 0;
        if (AttentionSizes.spans(sizes)) {
            first = positions;
            for (int j = j0; j < TornadoMath.min(positions, j0 + tile); j++) {
                int pair = ROWS + 2 * ((batches + batch) * positions + j);
                first = TornadoMath.min(first, seen.get(pair));
            }
        } else {
            int width = seen.get(0);
            if (width > 0) {
                first = TornadoMath.max(0, j0 - width + 1);
            }
            if (AttentionSizes.causal(sizes)) {
                first = j0;
            }
        }
        return first;
    }

    /// The row behind the last that sees any of `tile` positions from j0 on; 0 if none does.
    ///
    /// @param batches B
    static int endOfRows(IntArray seen, long sizes, int batch, int batches, int j0, int tile) {
        int positions = AttentionSizes.positions(sizes);
        int last = TornadoMath.min(positions, j0 + tile) - 1;
        int end = positions;
        if (AttentionSizes.spans(sizes)) {
            end = 0;
            for (int j = j0; j <= last; j++) {
                int pair = ROWS + 2 * ((batches + batch) * positions + j);
                end = TornadoMath.max(end, seen.get(pair + 1));
            }
        } else {
            int width = seen.get(0);
            if (width > 0) {
                if (width < positions - last) { // subtracted where an addition could overflow
                    end = last + width;
                }
            }
        }
        return end;
    }

    /// 1 if row i of a sequence sees position j, else 0.
    static int sees(IntArray seen, long sizes, int batch, int i, int j) {
        int positions = AttentionSizes.positions(sizes);
        int sees = 0;
        if (i < positions && j < positions) {
            int first = firstOfRow(seen, sizes, batch, i);
            int end = endOfRow(seen, sizes, batch, i);
            sees = between(j, first, end);
        }
        return sees;
    }

    /// 1 if a number is at least `first` and less than `end`, else 0; none of them is below -1. By
    /// their signs: TornadoVM 5.2 compiles no condition of two for SPIR-V whose value is kept.
    static int between(int number, int first, int end) {
        return 1 - ((((number - first) | (end - 1 - number)) >> 31) & 1);
    }
}
