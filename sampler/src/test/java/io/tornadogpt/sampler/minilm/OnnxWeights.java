package io.tornadogpt.sampler.minilm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The initializers of an ONNX model, single precision only, with names that people gave: those of
/// matrices that a `MatMul` multiplies with are made up by the exporter, so they are called after
/// the bias that the `Add` behind it adds. Such matrices lie `[in, out]` and are turned round here.
///
/// An ONNX file is a protocol buffer: `ModelProto.graph` is field 7; of `GraphProto`, field 1 is a
/// node and 5 an initializer; of `NodeProto`, 1 an input, 2 an output and 4 the operator; of
/// `TensorProto`, 1 a dimension, 2 the type (1 for F32), 8 the name and 9 the bytes.
final class OnnxWeights {
    private static final int F32 = 1;

    private final Map<String, Matrix> matrices = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    /// @param shape one or two sizes
    record Matrix(List<Long> shape, float[] values) {
        Matrix turned() {
            int rows = Math.toIntExact(shape.get(0));
            int columns = Math.toIntExact(shape.get(1));
            var result = new float[values.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    result[column * rows + row] = values[row * columns + column];
                }
            }
            return new Matrix(shape.reversed(), result);
        }
    }

    private record Node(String operator, List<String> inputs, List<String> outputs) {}

    /// Some bytes of a field, or a number.
    @FunctionalInterface
    private interface FieldReader {
        void field(int number, long value, ByteBuffer bytes);
    }

    private OnnxWeights() {}

    static Map<String, Matrix> read(byte[] model) {
        var weights = new OnnxWeights();
        ByteBuffer bytes = ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN);
        fields(bytes, (number, value, graph) -> weights.graph(number, graph));
        return weights.named();
    }

    private void graph(int field, ByteBuffer graph) {
        if (field == 7) {
            fields(
                    graph,
                    (number, value, bytes) -> {
                        switch (number) {
                            case 1 -> node(bytes);
                            case 5 -> initializer(bytes);
                            default -> {}
                        }
                    });
        }
    }

    private void node(ByteBuffer node) {
        var operator = new StringBuilder();
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        fields(
                node,
                (number, value, bytes) -> {
                    switch (number) {
                        case 1 -> inputs.add(text(bytes));
                        case 2 -> outputs.add(text(bytes));
                        case 4 -> operator.append(text(bytes));
                        default -> {}
                    }
                });
        nodes.add(new Node(operator.toString(), inputs, outputs));
    }

    private void initializer(ByteBuffer tensor) {
        var shape = new ArrayList<Long>();
        var name = new StringBuilder();
        var type = new long[1];
        var raw = new ByteBuffer[1];
        fields(
                tensor,
                (number, value, bytes) -> {
                    switch (number) {
                        case 1 -> shape.add(value);
                        case 2 -> type[0] = value;
                        case 8 -> name.append(text(bytes));
                        case 9 -> raw[0] = bytes;
                        default -> {}
                    }
                });
        if (type[0] == F32 && raw[0] != null) {
            var values = new float[raw[0].remaining() / Float.BYTES];
            raw[0].asFloatBuffer().get(values);
            matrices.put(name.toString(), new Matrix(shape, values));
        }
    }

    private Map<String, Matrix> named() {
        Map<String, Node> adders = new HashMap<>(); // by what they add to
        for (Node node : nodes) {
            if (node.operator.equals("Add")) {
                node.inputs.forEach(input -> adders.put(input, node));
            }
        }
        var named = new LinkedHashMap<>(matrices);
        for (Node node : nodes) {
            String weight = node.operator.equals("MatMul") ? node.inputs.getLast() : "";
            Matrix matrix = matrices.get(weight);
            Node adder = adders.get(node.outputs.getFirst());
            if (matrix != null && adder != null) {
                named.remove(weight);
                String bias =
                        adder.inputs.stream()
                                .filter(matrices::containsKey)
                                .findFirst()
                                .orElseThrow();
                named.put(bias.replaceFirst("bias$", "weight"), matrix.turned());
            }
        }
        return named;
    }

    private static void fields(ByteBuffer in, FieldReader reader) {
        while (in.hasRemaining()) {
            long key = varint(in);
            int number = (int) (key >>> 3);
            switch ((int) (key & 7)) {
                case 0 -> reader.field(number, varint(in), ByteBuffer.allocate(0));
                case 1 -> reader.field(number, in.getLong(), ByteBuffer.allocate(0));
                case 2 -> {
                    int length = Math.toIntExact(varint(in));
                    ByteBuffer part = in.slice(in.position(), length).order(in.order());
                    in.position(in.position() + length);
                    reader.field(number, 0, part);
                }
                case 5 -> reader.field(number, in.getInt(), ByteBuffer.allocate(0));
                default -> throw new IllegalArgumentException("no such kind of field: " + key);
            }
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }
}
