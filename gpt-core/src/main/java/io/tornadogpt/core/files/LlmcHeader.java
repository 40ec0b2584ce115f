package io.tornadogpt.core.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The header of an llm.c checkpoint, and the layout that follows from it.
///
/// A file begins with 256 little-endian int32: the magic number 20240326, the version (3: all
/// weights F32, 5: all BF16), then the sizes below, then zeros. The weights follow without names,
/// one kind after the other, the layers of a kind together; matrices of linear layers lie as `[out,
/// in]`. The token embedding is padded with rows of no meaning.
///
/// Source: `train_gpt2.py` and `train_gpt2.cu` of Karpathy's llm.c.
///
/// @param type F32 or BF16
/// @param positions longest sequence
/// @param vocabulary tokens
/// @param layers blocks
/// @param heads of a block
/// @param channels C
/// @param paddedVocabulary rows of the token embedding as stored
public record LlmcHeader(
        StorageType type,
        int positions,
        int vocabulary,
        int layers,
        int heads,
        int channels,
        int paddedVocabulary) {
    static final int BYTES = 1024;

    /// llm.c pads the vocabulary to a multiple of this, for the sake of its matrix products.
    private static final int PADDING = 128;

    private static final int MAGIC = 20240326;
    private static final int VERSION_F32 = 3;
    private static final int VERSION_BF16 = 5;

    private static final int MOST_LAYERS = 1024;
    private static final int MOST_CHANNELS = 1 << 15;
    private static final int MOST_ROWS = 1 << 30;

    /// For a file that is to be written: the vocabulary is padded as llm.c does.
    ///
    /// @throws IllegalArgumentException for a type that the format does not have
    public LlmcHeader(
            StorageType type, int positions, int vocabulary, int layers, int heads, int channels) {
        this(
                type,
                positions,
                vocabulary,
                layers,
                heads,
                channels,
                Math.ceilDiv(vocabulary, PADDING) * PADDING);
        if (type != StorageType.F32 && type != StorageType.BF16) {
            throw new IllegalArgumentException(
                    "llm.c checkpoints hold F32 or BF16, not %s; choose one of them"
                            .formatted(type));
        }
    }

    /// Reads and checks a header.
    ///
    /// @param header the first [#BYTES] bytes of the file
    /// @throws ModelFileException naming the field that is out of range
    static LlmcHeader read(Path file, ByteBuffer header) throws ModelFileException {
        var fields = header.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        requireEqual(file, "the magic number", fields.get(0), MAGIC);
        StorageType type =
                switch (fields.get(1)) {
                    case VERSION_F32 -> StorageType.F32;
                    case VERSION_BF16 -> StorageType.BF16;
                    default ->
                            throw new ModelFileException(
                                    file,
                                    "the version",
                                    "is %d; supported: %d (F32), %d (BF16)"
                                            .formatted(fields.get(1), VERSION_F32, VERSION_BF16),
                                    "export the checkpoint again with a current llm.c");
                };
        int vocabulary = size(file, "the vocabulary", fields.get(3), 1, MOST_ROWS);
        return new LlmcHeader(
                type,
                size(file, "the number of positions", fields.get(2), 1, MOST_ROWS),
                vocabulary,
                size(file, "the number of layers", fields.get(4), 1, MOST_LAYERS),
                size(file, "the number of heads", fields.get(5), 1, MOST_CHANNELS),
                size(file, "the number of channels", fields.get(6), 1, MOST_CHANNELS),
                size(file, "the padded vocabulary", fields.get(7), vocabulary, MOST_ROWS));
    }

    private static void requireEqual(Path file, String field, int actual, int expected)
            throws ModelFileException {
        if (actual != expected) {
            throw new ModelFileException(
                    file,
                    field,
                    "is %d; expected %d".formatted(actual, expected),
                    "name a model directory or a checkpoint of llm.c");
        }
    }

    private static int size(Path file, String field, int value, int least, int most)
            throws ModelFileException {
        if (value < least || value > most) {
            throw new ModelFileException(
                    file,
                    field,
                    "is %d; expected %d to %d".formatted(value, least, most),
                    ModelFiles.FETCH_AGAIN);
        }
        return value;
    }

    /// The header's bytes.
    byte[] bytes() {
        var buffer = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int version = type == StorageType.F32 ? VERSION_F32 : VERSION_BF16;
        for (int field :
                new int[] {
                    MAGIC, version, positions, vocabulary, layers, heads, channels, paddedVocabulary
                }) {
            buffer.putInt(field);
        }
        return buffer.array();
    }

    /// Bytes of all weights. Sizes are bounded so that this does not overflow.
    long dataBytes() {
        long c = channels;
        long block = 12 * c * c + 13 * c;
        long elements = (paddedVocabulary + (long) positions) * c + layers * block + 2 * c;
        return elements * type.bits() / Byte.SIZE;
    }

    /// The weights under Hugging Face's names for GPT-2, in the order of their bytes; of the token
    /// embedding the rows that mean something.
    List<StoredTensor> tensors() {
        var layout = new Layout();
        long c = channels;
        layout.add("wte.weight", (long) vocabulary, c);
        layout.skip((paddedVocabulary - (long) vocabulary) * c);
        layout.add("wpe.weight", (long) positions, c);
        layout.addLayers("ln_1.weight", c);
        layout.addLayers("ln_1.bias", c);
        layout.addLayers("attn.c_attn.weight", 3 * c, c);
        layout.addLayers("attn.c_attn.bias", 3 * c);
        layout.addLayers("attn.c_proj.weight", c, c);
        layout.addLayers("attn.c_proj.bias", c);
        layout.addLayers("ln_2.weight", c);
        layout.addLayers("ln_2.bias", c);
        layout.addLayers("mlp.c_fc.weight", 4 * c, c);
        layout.addLayers("mlp.c_fc.bias", 4 * c);
        layout.addLayers("mlp.c_proj.weight", c, 4 * c);
        layout.addLayers("mlp.c_proj.bias", c);
        layout.add("ln_f.weight", c);
        layout.add("ln_f.bias", c);
        return layout.tensors;
    }

    /// Tensors put one behind the other.
    private final class Layout {
        private final List<StoredTensor> tensors = new ArrayList<>();
        private long end;

        void add(String name, Long... shape) {
            long begin = end;
            List<Long> dimensions = List.of(shape);
            skip(StorageType.elements(dimensions));
            tensors.add(new StoredTensor("transformer." + name, type, dimensions, begin, end));
        }

        void addLayers(String name, Long... shape) {
            for (int layer = 0; layer < layers; layer++) {
                add("h." + layer + "." + name, shape);
            }
        }

        void skip(long elements) {
            end += elements * type.bits() / Byte.SIZE;
        }
    }
}
