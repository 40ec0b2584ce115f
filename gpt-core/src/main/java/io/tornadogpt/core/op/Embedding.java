package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Picks rows of a table: `out[i] = table[ids[i] + offset]`. Serves tokens, positions, and picking
/// the rows of an activation.
///
/// @param ids I32, any shape; each at least 0 and, with the offset, below the rows of `table`
/// @param table `[.., C]`, seen as a matrix; F32, BF16, Q8_0 or Q4_0
/// @param out one row of C for each id
/// @param offset added to ids, at least 0: OPT's positions begin at row 2
/// @param optional whether an id may be -1, which gives a row of zeros; no offset is added to it
public record Embedding(Tensor ids, Tensor table, Tensor out, int offset, boolean optional)
        implements Op {
    public Embedding {
        Expect.type("Embedding", "ids", ids, DType.I32);
        Expect.weights("Embedding", "table", table);
        Expect.matrix("Embedding", "out", out, Math.toIntExact(ids.elements()), table.columns());
        check("Embedding", table, offset);
    }

    /// Without an offset, every id with a row.
    public Embedding(Tensor ids, Tensor table, Tensor out) {
        this(ids, table, out, 0, false);
    }

    private static void check(String op, Tensor table, int offset) {
        Expect.that(
                offset >= 0 && offset < table.rows(),
                "%s: offset is %d, but the table is %s; expected 0 to %d",
                op,
                offset,
                table,
                table.rows() - 1);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(ids, table);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public Embedding map(UnaryOperator<Tensor> f) {
        return new Embedding(f.apply(ids), f.apply(table), f.apply(out), offset, optional);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut == null || !gradients.wanted(table)) {
            return;
        }
        boolean add = gradients.accumulated(table);
        gradients.append(new Backward(ids, dOut, gradients.part(table), offset, optional, add));
    }

    /// `dTable[ids[i] + offset] += dOut[i]`, for each row of the table in ascending i.
    ///
    /// @param dTable accumulated, or assigned: rows that no id names are then zeros
    /// @param accumulate whether `dTable` is added to, as the gradient of a parameter is
    public record Backward(
            Tensor ids,
            Tensor dOut,
            Tensor dTable,
            int offset,
            boolean optional,
            boolean accumulate)
            implements Op {
        public Backward {
            Expect.type("Embedding.Backward", "ids", ids, DType.I32);
            Expect.matrix(
                    "Embedding.Backward",
                    "dOut",
                    dOut,
                    Math.toIntExact(ids.elements()),
                    dTable.columns());
            check("Embedding.Backward", dTable, offset);
        }

        @Override
        public List<Tensor> inputs() {
            return accumulate ? List.of(ids, dOut, dTable) : List.of(ids, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dTable);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(ids), f.apply(dOut), f.apply(dTable), offset, optional, accumulate);
        }

        @Override
        public long flops() {
            return dOut.elements();
        }
    }
}
