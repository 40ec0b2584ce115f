package io.tornadogpt.core.model;

import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/// How a kind of file names a model's weights and how their matrices lie in it.
///
/// GPT-2's files hold the matrices of linear layers as `[in, out]`, as they are computed with here;
/// GPT-Neo's and llm.c's hold them as `[out, in]`. GPT-Neo's also have the projections to queries,
/// keys and values as three tensors.
enum WeightLayout {
    /// Hugging Face's GPT-2.
    GPT2,
    /// Hugging Face's GPT-Neo.
    GPT_NEO,
    /// llm.c's checkpoints.
    LLMC;

    static final String PREFIX = "transformer.";
    static final String EMBEDDING = PREFIX + "wte.weight";
    static final String HEAD = "lm_head.weight";

    private static final String QKV = ".attn.c_attn.";

    /// The layout of a model directory.
    static WeightLayout of(GptConfig.Family family) {
        return switch (family) {
            case GPT2 -> GPT2;
            case GPT_NEO -> GPT_NEO;
        };
    }

    /// The stored tensors that a slice of a weight is made of.
    ///
    /// @param name from a name with the prefix to the name in the file
    List<Piece> pieces(TensorSpec spec, int slice, UnaryOperator<String> name) {
        String own = spec.sliceName(slice);
        boolean matrix = spec.stacked() && spec.shape().rank() == 2;
        int rows = spec.shape().rows();
        int width = spec.shape().columns();
        if (this != GPT_NEO) {
            boolean transposed = matrix && this == LLMC;
            return List.of(new Piece(name.apply(own), rows, width, 0, width, transposed));
        }
        if (own.contains(QKV)) {
            int c = width / 3;
            return List.of(
                    neoProjection(name, own, "q_proj", rows, width, 0, c),
                    neoProjection(name, own, "k_proj", rows, width, c, c),
                    neoProjection(name, own, "v_proj", rows, width, 2 * c, c));
        }
        String neo = own.replace(".attn.c_proj.", ".attn.attention.out_proj.");
        return List.of(new Piece(name.apply(neo), rows, width, 0, width, matrix));
    }

    private static Piece neoProjection(
            UnaryOperator<String> name,
            String own,
            String projection,
            int rows,
            int width,
            int first,
            int columns) {
        String neo = own.replace(QKV, ".attn.attention." + projection + ".");
        return new Piece(name.apply(neo), rows, width, first, columns, true);
    }

    /// A stored tensor that holds some columns of a slice of a weight.
    ///
    /// @param name in the file
    /// @param rows of the slice
    /// @param width columns of the slice
    /// @param first column of the slice
    /// @param columns how many
    /// @param transposed whether it is stored as `[columns, rows]`
    record Piece(String name, int rows, int width, int first, int columns, boolean transposed) {
        /// Floats of a block in which a transposed tensor is read: it fits the first-level cache.
        private static final int BLOCK = 4096;

        List<Long> storedShape(TensorSpec spec) {
            if (!transposed) {
                return spec.shape().dimensions().stream().map(Integer::longValue).toList();
            }
            return List.of((long) columns, (long) rows);
        }

        /// Copies the stored tensor to its columns of the slice.
        void read(TensorSource source, float[] slice) throws ModelFileException {
            if (!transposed) {
                source.readFloats(name, MemorySegment.ofArray(slice));
                return;
            }
            int together = Math.clamp(BLOCK / rows, 1, columns);
            var block = new float[together * rows];
            for (int column = 0; column < columns; column += together) {
                int count = Math.min(together, columns - column);
                MemorySegment part = MemorySegment.ofArray(block).asSlice(0, 4L * count * rows);
                source.readFloats(name, (long) column * rows, part);
                for (int row = 0; row < rows; row++) {
                    int to = row * width + first + column;
                    for (int i = 0; i < count; i++) {
                        slice[to + i] = block[i * rows + row];
                    }
                }
            }
        }

        /// The stored tensor, from the slice as it is when the first element is asked for.
        FloatSource from(WeightReader weights, TensorSpec spec, int number) {
            return new FloatSource() {
                private float[] slice = {};

                @Override
                public void read(long from, float[] block, int count) throws IOException {
                    if (from == 0) {
                        slice = weights.read(spec, number);
                    }
                    if (transposed) {
                        transpose(slice, Math.toIntExact(from), block, count);
                    } else {
                        System.arraycopy(slice, Math.toIntExact(from), block, 0, count);
                    }
                    if (from + count == (long) rows * columns) {
                        slice = new float[0];
                    }
                }
            };
        }

        private void transpose(float[] slice, int from, float[] block, int count) {
            int column = from / rows;
            int row = from % rows;
            for (int i = 0; i < count; i++) {
                block[i] = slice[row * width + first + column];
                if (++row == rows) {
                    row = 0;
                    column++;
                }
            }
        }
    }
}
