package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Zero;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Rows picked from a table by their numbers, and the gradient of the table without a scatter: no
/// two work-items add to one element, so there are no atomics and the order of additions is fixed.
///
/// [#linkEqualIds] and [#embeddingBackward] run one after the other and share the scratch array
/// `links`.
public final class EmbeddingKernels {
    private EmbeddingKernels() {}

    /// How [Embedding] is launched.
    public static OpKernels of(Embedding o) {
        if (o.table().dtype().rounds()) {
            return OpKernels.of(
                    "roundedEmbedding",
                    (t, g, name) ->
                            g.task(
                                    name,
                                    EmbeddingKernels::roundedEmbedding,
                                    t.layer(),
                                    t.integers(o.ids()),
                                    t.place(o.ids()),
                                    t.bytes(o.table()),
                                    t.place(o.table()),
                                    t.floats(o.out()),
                                    t.place(o.out()),
                                    t.elements(o.ids()),
                                    o.table().columns(),
                                    o.offset(),
                                    RoundedNumbers.number(o.table().dtype())));
        }
        return OpKernels.of(
                "embedding",
                (t, g, name) ->
                        g.task(
                                name,
                                EmbeddingKernels::embedding,
                                t.layer(),
                                t.integers(o.ids()),
                                t.place(o.ids()),
                                t.floats(o.table()),
                                t.place(o.table()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.ids()),
                                o.table().columns(),
                                o.offset()));
    }

    /// How [Embedding.Backward] is launched.
    public static OpKernels of(Embedding.Backward o) {
        int count = Math.toIntExact(o.ids().elements());
        OpKernels before = o.accumulate() ? OpKernels.none() : ZeroKernels.of(new Zero(o.dTable()));
        return before.then(
                        "linkEqualIds",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        EmbeddingKernels::linkEqualIds,
                                        t.layer(),
                                        t.integers(o.ids()),
                                        t.place(o.ids()),
                                        t.integerScratch(),
                                        count))
                .then(
                        "embeddingBackward",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        EmbeddingKernels::embeddingBackward,
                                        t.layer(),
                                        t.integers(o.ids()),
                                        t.place(o.ids()),
                                        t.integerScratch(),
                                        t.floats(o.dOut()),
                                        t.place(o.dOut()),
                                        t.floats(o.dTable()),
                                        t.place(o.dTable()),
                                        count,
                                        o.dTable().columns(),
                                        o.offset()))
                .withIntegerScratch(links(count));
    }

    /// `out[i] = table[ids[i] + offset]`, zeros where the id is negative. One work-item and 8 bytes
    /// an element of `out`.
    ///
    /// @param ids `[count]`, each with the offset below the rows of `table`
    /// @param table `[.., columns]`
    /// @param out `[count, columns]`
    public static void embedding(
            IntArray layer,
            IntArray ids,
            long idsPlace,
            FloatArray table,
            long tablePlace,
            FloatArray out,
            long outPlace,
            int count,
            int columns,
            int offset) {
        for (@Parallel int i = 0; i < count; i++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int id = ids.get(Place.start(idsPlace, layer) + i);
                float value = 0f;
                if (id >= 0) {
                    int element = (id + offset) * columns + column;
                    value = table.get(Place.start(tablePlace, layer) + element);
                }
                out.set(Place.start(outPlace, layer) + i * columns + column, value);
            }
        }
    }

    /// As [#embedding], from a table of fewer bits than a float.
    ///
    /// @param table `[.., columns]`, its place counted in bytes
    /// @param type the number of the table's type in [RoundedNumbers]
    public static void roundedEmbedding(
            IntArray layer,
            IntArray ids,
            long idsPlace,
            ByteArray table,
            long tablePlace,
            FloatArray out,
            long outPlace,
            int count,
            int columns,
            int offset,
            int type) {
        for (@Parallel int i = 0; i < count; i++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int id = ids.get(Place.start(idsPlace, layer) + i);
                float value = 0f;
                if (id >= 0) {
                    int element = (id + offset) * columns + column;
                    int start = Place.start(tablePlace, layer);
                    value = RoundedNumbers.at(table, start, element, type);
                }
                out.set(Place.start(outPlace, layer) + i * columns + column, value);
            }
        }
    }

    /// The number of elements of `links`.
    public static int links(int count) {
        return 2 * count;
    }

    /// Links the positions of equal ids: which is the first, and which comes next. One work-item a
    /// position; up to `count` comparisons each.
    ///
    /// @param ids `[count]`
    /// @param links written: for position i element i is the next position of the same id, or
    ///   `count`; element `count + i` is 1 if no position before has the same id, else 0
    public static void linkEqualIds(
            IntArray layer, IntArray ids, long idsPlace, IntArray links, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int start = Place.start(idsPlace, layer);
            int id = ids.get(start + i);
            int next = count;
            for (int j = count - 1; j > i; j--) {
                if (ids.get(start + j) == id) {
                    next = j;
                }
            }
            int first = 1;
            for (int j = 0; j < i; j++) {
                if (ids.get(start + j) == id) {
                    first = 0;
                }
            }
            links.set(i, next);
            links.set(count + i, first);
        }
    }

    /// `dTable[ids[i] + offset] += dOut[i]` where the id is not negative, the rows of one id summed
    /// in ascending i. One work-item an element of `dOut`; those of an id's first position sum for
    /// all. 4 bytes an element of `dOut`, 8 an element of the rows that are named.
    ///
    /// @param ids `[count]`
    /// @param links of [#linkEqualIds]
    /// @param dOut `[count, columns]`
    /// @param dTable `[.., columns]`, accumulated
    public static void embeddingBackward(
            IntArray layer,
            IntArray ids,
            long idsPlace,
            IntArray links,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dTable,
            long dTablePlace,
            int count,
            int columns,
            int offset) {
        for (@Parallel int i = 0; i < count; i++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int id = ids.get(Place.start(idsPlace, layer) + i);
                if (links.get(count + i) != 0 && id >= 0) {
                    int row = id + offset;
                    int dOutStart = Place.start(dOutPlace, layer) + column;
                    float sum = 0f;
                    for (int j = i; j < count; j = links.get(j)) {
                        sum += dOut.get(dOutStart + j * columns);
                    }
                    int element = Place.start(dTablePlace, layer) + row * columns + column;
                    dTable.set(element, dTable.get(element) + sum);
                }
            }
        }
    }
}
