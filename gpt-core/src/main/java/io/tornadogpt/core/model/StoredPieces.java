package io.tornadogpt.core.model;

import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Moves the pieces of a parameter between a file and its rows in memory.
final class StoredPieces {
    /// Floats of a block in which a turned tensor is read: it fits the first-level cache.
    private static final int BLOCK = 4096;

    private StoredPieces() {}

    /// The shape that the stored tensor of a piece must have.
    ///
    /// @param spec of the parameter
    static List<Long> shape(TensorSpec spec, Piece piece) {
        if (spec.shape().rank() == 1) {
            return List.of((long) piece.storedRows());
        }
        long rows = piece.storedRows();
        long columns = piece.columns();
        return piece.turned() ? List.of(columns, rows) : List.of(rows, columns);
    }

    /// Reads a slice of a parameter.
    ///
    /// @param slice written
    static void read(TensorSource source, List<Piece> pieces, float[] slice)
            throws ModelFileException {
        int row = 0;
        for (Piece piece : pieces) {
            if (piece.turned()) {
                readTurned(source, piece, slice, row);
            } else if (piece.order() == null) {
                long from = (long) piece.first() * piece.columns();
                var part =
                        MemorySegment.ofArray(slice)
                                .asSlice(
                                        4L * row * piece.columns(),
                                        4L * piece.rows() * piece.columns());
                source.readFloats(piece.name(), from, part);
            } else {
                readRows(source, piece, slice, row);
            }
            for (int i = 0; piece.added() != 0 && i < piece.rows() * piece.columns(); i++) {
                slice[row * piece.columns() + i] -= piece.added();
            }
            row += piece.rows();
        }
    }

    private static void readRows(TensorSource source, Piece piece, float[] slice, int row)
            throws ModelFileException {
        for (int i = 0; i < piece.rows(); i++) {
            long from = (long) (piece.first() + storedRow(piece, i)) * piece.columns();
            var part =
                    MemorySegment.ofArray(slice)
                            .asSlice(4L * (row + i) * piece.columns(), 4L * piece.columns());
            source.readFloats(piece.name(), from, part);
        }
    }

    private static int storedRow(Piece piece, int row) {
        var order = piece.order();
        return order == null ? row : order.applyAsInt(row);
    }

    /// Of a tensor that is stored as `[in, out]`, some inputs at a time.
    private static void readTurned(TensorSource source, Piece piece, float[] slice, int row)
            throws ModelFileException {
        int inputs = piece.columns();
        int outputs = piece.storedRows();
        int together = Math.clamp(BLOCK / outputs, 1, inputs);
        var block = new float[together * outputs];
        for (int input = 0; input < inputs; input += together) {
            int count = Math.min(together, inputs - input);
            var part = MemorySegment.ofArray(block).asSlice(0, 4L * count * outputs);
            source.readFloats(piece.name(), (long) input * outputs, part);
            for (int out = 0; out < piece.rows(); out++) {
                int stored = piece.first() + storedRow(piece, out);
                int to = (row + out) * inputs + input;
                for (int i = 0; i < count; i++) {
                    slice[to + i] = block[i * outputs + stored];
                }
            }
        }
    }

    /// A stored tensor, and the rows of parameters that it is made of.
    ///
    /// @param name in the file
    /// @param shape in the file
    /// @param parts of it
    record Assembled(String name, List<Long> shape, List<Part> parts) {
        /// Some rows of a stored tensor.
        ///
        /// @param spec of the parameter they lie in
        /// @param slice of that parameter
        /// @param row of the slice at which they begin
        record Part(WeightReader weights, TensorSpec spec, int slice, int row, Piece piece) {}

        /// The elements of the stored tensor, from the parameters as they are when the first is
        /// asked for.
        FloatSource elements() {
            return new FloatSource() {
                private float[] values = {};

                @Override
                public void read(long from, float[] block, int count) throws IOException {
                    if (from == 0) {
                        values = assemble();
                    }
                    System.arraycopy(values, Math.toIntExact(from), block, 0, count);
                    if (from + count == values.length) {
                        values = new float[0];
                    }
                }
            };
        }

        private float[] assemble() throws IOException {
            long size = shape.stream().reduce(1L, (a, b) -> a * b);
            Part only = parts.getFirst();
            if (parts.size() == 1 && only.piece.contiguous() && only.piece.whole()) {
                float[] slice = only.weights.read(only.spec, only.slice);
                int from = only.row * only.piece.columns();
                return from == 0 && slice.length == size
                        ? slice
                        : Arrays.copyOfRange(slice, from, from + (int) size);
            }
            var values = new float[Math.toIntExact(size)];
            for (Part part : parts) {
                copy(part, part.weights.read(part.spec, part.slice), values);
            }
            return values;
        }

        private static void copy(Part part, float[] slice, float[] values) {
            Piece piece = part.piece;
            int columns = piece.columns();
            int outputs = piece.storedRows();
            for (int i = 0; i < piece.rows(); i++) {
                int stored = piece.first() + storedRow(piece, i);
                int from = (part.row + i) * columns;
                if (piece.turned()) {
                    for (int c = 0; c < columns; c++) {
                        values[c * outputs + stored] = slice[from + c];
                    }
                } else {
                    System.arraycopy(slice, from, values, stored * columns, columns);
                }
                for (int c = 0; piece.added() != 0 && c < columns; c++) {
                    values[stored * columns + c] += piece.added();
                }
            }
        }
    }

    /// Whether a stored tensor has the shape that a piece of it is taken from.
    static boolean fits(StoredTensor stored, TensorSpec spec, Piece piece) {
        return stored.shape().equals(shape(spec, piece)) && stored.type().isFloat();
    }
}
