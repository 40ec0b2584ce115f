package io.tornadogpt.core.files;

import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The checked header of a safetensors file.
///
/// Layout: eight bytes with the header's length N (unsigned, little-endian), N bytes of JSON that
/// begin with a brace and may end in white space, then the tensors' bytes up to the end of the
/// file, every one of them belonging to exactly one tensor.
///
/// @param metadata the free text under `__metadata__`, in the file's order
/// @param tensors in the order of their bytes
/// @param dataStart where the tensors' bytes begin in the file
record SafetensorsHeader(Map<String, String> metadata, List<StoredTensor> tensors, long dataStart) {
    /// The key of the header that is no tensor.
    static final String METADATA = "__metadata__";

    static final int LENGTH_BYTES = Long.BYTES;

    /// The reference implementation's limit too.
    static final long LONGEST = 100_000_000;

    /// As many dimensions as NumPy and PyTorch have.
    private static final int MOST_DIMENSIONS = 64;

    /// Eight for each of as many tensors as a file may have.
    private static final int MOST_DIMENSIONS_IN_ALL = 8 * StrictJson.MOST_TENSORS;

    /// Reads and checks the header; the channel stands somewhere behind its start afterwards.
    static SafetensorsHeader read(Path file, SeekableByteChannel channel) throws IOException {
        long size = channel.size();
        long length = length(file, channel, size);
        var in = new FirstBytes(Channels.newInputStream(channel), length);
        try (var json = new StrictJson(file, "the header", in)) {
            var entries = new Entries(json);
            entries.read();
            long dataStart = LENGTH_BYTES + length;
            List<StoredTensor> tensors = inOrder(file, entries.tensors, size - dataStart);
            return new SafetensorsHeader(entries.metadata, tensors, dataStart);
        }
    }

    private static long length(Path file, SeekableByteChannel channel, long size)
            throws IOException {
        if (size < LENGTH_BYTES + 2) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "has %d bytes, too few for a safetensors header".formatted(size),
                    ModelFiles.FETCH_AGAIN);
        }
        var start = ByteBuffer.allocate(LENGTH_BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
        channel.position(0);
        while (start.hasRemaining() && channel.read(start) >= 0) {}
        long length = start.getLong(0);
        String problem = null;
        if (length < 0 || length > LONGEST) {
            problem =
                    "is %s bytes, more than the %d that a header may have"
                            .formatted(Long.toUnsignedString(length), LONGEST);
        } else if (length > size - LENGTH_BYTES) {
            problem = "is %d bytes, but only %d follow".formatted(length, size - LENGTH_BYTES);
        } else if (length < 2 || start.get(LENGTH_BYTES) != '{') {
            problem = "is %d bytes, but no JSON object follows".formatted(length);
        }
        if (problem != null) {
            throw new ModelFileException(
                    file, "the header's length", problem, ModelFiles.FETCH_AGAIN);
        }
        channel.position(LENGTH_BYTES);
        return length;
    }

    /// Orders tensors by their bytes, and checks that these cover the data without gap or overlap.
    private static List<StoredTensor> inOrder(Path file, List<StoredTensor> tensors, long dataSize)
            throws ModelFileException {
        tensors.sort(
                Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end));
        long covered = 0;
        for (StoredTensor tensor : tensors) {
            String problem = null;
            if (tensor.end() > dataSize) {
                problem =
                        "ends at byte %d, but the file's data has only %d"
                                .formatted(tensor.end(), dataSize);
            } else if (tensor.begin() > covered) {
                problem =
                        "begins at byte %d and leaves a hole from byte %d on"
                                .formatted(tensor.begin(), covered);
            } else if (tensor.begin() < covered) {
                problem =
                        "begins at byte %d and overlaps a tensor that ends at byte %d"
                                .formatted(tensor.begin(), covered);
            }
            if (problem != null) {
                throw new ModelFileException(
                        file,
                        "tensor " + BadFileException.quote(tensor.name()),
                        problem,
                        ModelFiles.FETCH_AGAIN);
            }
            covered = tensor.end();
        }
        if (covered != dataSize) {
            throw new ModelFileException(
                    file,
                    "the data",
                    "has %d bytes, but the tensors end at byte %d".formatted(dataSize, covered),
                    ModelFiles.FETCH_AGAIN);
        }
        return List.copyOf(tensors);
    }

    /// Reads the JSON object of the header.
    private static final class Entries {
        private final StrictJson json;
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private final List<StoredTensor> tensors = new ArrayList<>();
        private final Set<String> names = new HashSet<>();
        private int dimensions;

        Entries(StrictJson json) {
            this.json = json;
        }

        void read() throws IOException {
            json.expect(JsonToken.START_OBJECT);
            while (json.next() != JsonToken.END_OBJECT) {
                String name = json.name();
                json.enter("tensor", name);
                if (!names.add(name)) {
                    throw json.bad("stands twice in the header");
                }
                if (name.equals(METADATA)) {
                    readMetadata();
                } else if (tensors.size() == StrictJson.MOST_TENSORS) {
                    throw json.bad(
                            "is one more than the %d that are read from one file"
                                    .formatted(StrictJson.MOST_TENSORS));
                } else {
                    tensors.add(readTensor(name));
                }
            }
            json.expectEnd();
        }

        private void readMetadata() throws IOException {
            json.enter(METADATA, null);
            json.expect(JsonToken.START_OBJECT);
            long characters = 0;
            while (json.next() != JsonToken.END_OBJECT) {
                String key = json.name();
                json.enter(METADATA, key);
                String value = json.string();
                characters += key.length() + value.length();
                if (characters > StrictJson.LONGEST_METADATA) {
                    throw json.bad(
                            "goes beyond the %d characters of metadata that are read"
                                    .formatted(StrictJson.LONGEST_METADATA));
                }
                if (metadata.put(key, value) != null) {
                    throw json.bad("stands twice");
                }
            }
        }

        private StoredTensor readTensor(String name) throws IOException {
            StorageType type = null;
            List<Long> shape = null;
            List<Long> offsets = null;
            json.expect(JsonToken.START_OBJECT);
            while (json.next() != JsonToken.END_OBJECT) {
                String key = json.name();
                switch (key) {
                    case "dtype" -> {
                        requireFirst(type, key);
                        type = readType();
                    }
                    case "shape" -> {
                        requireFirst(shape, key);
                        shape = readShape();
                    }
                    case "data_offsets" -> {
                        requireFirst(offsets, key);
                        offsets = readCounts(key, 2);
                    }
                    // A key we do not know could change what the bytes mean, as strides would.
                    default -> throw json.bad("has the unknown key " + BadFileException.quote(key));
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw json.bad("lacks one of dtype, shape and data_offsets");
            }
            if (offsets.size() != 2) {
                throw json.bad("needs two data_offsets, but has " + offsets);
            }
            return checked(new StoredTensor(name, type, shape, offsets.get(0), offsets.get(1)));
        }

        private void requireFirst(@Nullable Object value, String key) throws ModelFileException {
            if (value != null) {
                throw json.bad("has the key %s twice".formatted(key));
            }
        }

        private StorageType readType() throws IOException {
            String dtype = json.string();
            StorageType type = StorageType.named(dtype);
            if (type == null) {
                throw json.bad("has the unknown dtype " + BadFileException.quote(dtype));
            }
            return type;
        }

        private List<Long> readShape() throws IOException {
            List<Long> shape = readCounts("shape", MOST_DIMENSIONS);
            dimensions += shape.size();
            if (dimensions > MOST_DIMENSIONS_IN_ALL) {
                throw json.bad(
                        "goes beyond the %d dimensions that are read from one file"
                                .formatted(MOST_DIMENSIONS_IN_ALL));
            }
            return shape;
        }

        private List<Long> readCounts(String key, int most) throws IOException {
            List<Long> counts = new ArrayList<>(2);
            json.expect(JsonToken.START_ARRAY);
            for (JsonToken t = json.next(); t != JsonToken.END_ARRAY; t = json.next()) {
                if (counts.size() == most) {
                    throw json.bad("has more than %d numbers in %s".formatted(most, key));
                }
                counts.add(json.count(t));
            }
            return counts;
        }

        private StoredTensor checked(StoredTensor tensor) throws ModelFileException {
            long bytes;
            try {
                bytes = tensor.type().bytes(tensor.elements());
            } catch (ArithmeticException e) {
                throw json.bad(
                        "has no whole number of bytes below 2^63: shape %s of %s"
                                .formatted(tensor.shape(), tensor.type()));
            }
            if (tensor.end() < tensor.begin() || tensor.byteSize() != bytes) {
                throw json.bad(
                        "has data_offsets [%d, %d], but shape %s of %s takes %d bytes"
                                .formatted(
                                        tensor.begin(),
                                        tensor.end(),
                                        tensor.shape(),
                                        tensor.type(),
                                        bytes));
            }
            return tensor;
        }
    }

    /// The first bytes of a stream, and its end behind them.
    private static final class FirstBytes extends InputStream {
        private final InputStream in;
        private long left;

        FirstBytes(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                return -1;
            }
            left--;
            return in.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            left -= Math.max(read, 0);
            return read;
        }
    }
}
