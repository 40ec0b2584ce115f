package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Picks rows of a table: `out[i] = table[ids[i]]`. Serves tokens, positions, and picking the rows
/// of an activation.
///
/// @param ids I32, any shape; each at least 0 and below the rows of `table`
/// @param table `[.., C]`, seen as a matrix; F32 or BF16
/// @param out one row of C for each id
public record Embedding(Tensor ids, Tensor table, Tensor out) implements Op {
    public Embedding {
        Expect.type("Embedding", "ids", ids, DType.I32);
        Expect.weights("Embedding", "table", table);
        Expect.matrix("Embedding", "out", out, Math.toIntExact(ids.elements()), table.columns());
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
        return new Embedding(f.apply(ids), f.apply(table), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut == null || !gradients.wanted(table)) {
            return;
        }
        Expect.accumulated("Embedding", "table", table, gradients);
        gradients.append(new Backward(ids, dOut, gradients.part(table)));
    }

    /// `dTable[ids[i]] += dOut[i]`, for each row of the table in ascending i.
    ///
    /// @param dTable accumulated
    public record Backward(Tensor ids, Tensor dOut, Tensor dTable) implements Op {
        public Backward {
            Expect.type("Embedding.Backward", "ids", ids, DType.I32);
            Expect.matrix(
                    "Embedding.Backward",
                    "dOut",
                    dOut,
                    Math.toIntExact(ids.elements()),
                    dTable.columns());
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(ids, dOut, dTable);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dTable);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(ids), f.apply(dOut), f.apply(dTable));
        }

        @Override
        public long flops() {
            return dOut.elements();
        }
    }
}
