package io.tornadogpt.tokenizer.normalizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Compiles rules from strings to strings into the form of [CharsMap], which SentencePiece reads: a
/// double array in Darts-clone's units. A unit at `p` has its label in bits 0 to 7, in bit 8
/// whether a key ends there, and from bit 10 on the offset that leads to its children: the one with
/// the label `c` is at `p ^ offset ^ c`, the value of a key at `p ^ offset`, with bit 31 set. Equal
/// ends of keys are stored once.
final class CharsMapBuilder {

    private static final int VALUE = 1 << 31;
    private static final int HAS_VALUE = 1 << 8;
    private static final int OFFSET_SHIFT = 10;
    private static final int LARGEST_OFFSET = 1 << 21;
    private static final int BLOCK = 256;
    private static final int NO_VALUE = -1;

    /// A place in the keys, told by what may follow.
    private record Node(int value, List<Integer> labels, List<Integer> children) {}

    /// Children are placed here first; nearly all places before are taken.
    private int firstFree = 1;

    private int[] units = new int[BLOCK];
    private final BitSet used = new BitSet();
    private final BitSet bases = new BitSet();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Node, Integer> ids = new HashMap<>();
    private final Map<Integer, Integer> baseOfNode = new HashMap<>();
    private final byte[][] keys;
    private final int[] values;

    private CharsMapBuilder(byte[][] keys, int[] values) {
        this.keys = keys;
        this.values = values;
        // A unit that no key reaches must not look like a child; a value never does.
        Arrays.fill(units, VALUE);
        used.set(0);
    }

    /// @param rules neither empty nor from an empty string; no string holds U+0000
    static CharsMap build(Map<String, String> rules) {
        ByteArrayOutputStream replacements = new ByteArrayOutputStream();
        Map<String, Integer> starts = new HashMap<>();
        List<Map.Entry<String, String>> ordered =
                rules.entrySet().stream()
                        .sorted(
                                Comparator.comparing(
                                        each -> utf8(each.getKey()), Arrays::compareUnsigned))
                        .toList();
        byte[][] keys = new byte[ordered.size()][];
        int[] values = new int[ordered.size()];
        for (int i = 0; i < keys.length; i++) {
            String to = ordered.get(i).getValue();
            keys[i] = utf8(ordered.get(i).getKey());
            values[i] =
                    starts.computeIfAbsent(
                            to,
                            _ -> {
                                int start = replacements.size();
                                replacements.writeBytes(utf8(to));
                                replacements.write(0);
                                return start;
                            });
        }
        CharsMapBuilder builder = new CharsMapBuilder(keys, values);
        builder.units[0] = 0;
        builder.place(0, builder.node(0, keys.length, 0));
        ByteBuffer blob =
                ByteBuffer.allocate(4 + 4 * builder.units.length + replacements.size())
                        .order(ByteOrder.LITTLE_ENDIAN);
        blob.putInt(4 * builder.units.length);
        for (int unit : builder.units) {
            blob.putInt(unit);
        }
        return CharsMap.read(blob.put(replacements.toByteArray()).array());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// What follows the keys at `[from, to)`, which agree up to `depth`; equal ends are one node.
    private int node(int from, int to, int depth) {
        int value = NO_VALUE;
        int begin = from;
        if (keys[from].length == depth) {
            value = values[from];
            begin++;
        }
        List<Integer> labels = new ArrayList<>();
        List<Integer> children = new ArrayList<>();
        for (int end; begin < to; begin = end) {
            byte label = keys[begin][depth];
            end = begin + 1;
            while (end < to && keys[end][depth] == label) {
                end++;
            }
            labels.add(label & 0xFF);
            children.add(node(begin, end, depth + 1));
        }
        return ids.computeIfAbsent(
                new Node(value, labels, children),
                added -> {
                    nodes.add(added);
                    return nodes.size() - 1;
                });
    }

    /// Makes a unit lead to the children of a node, which are placed when the first unit does.
    private void place(int unit, int id) {
        Node node = nodes.get(id);
        Integer known = baseOfNode.get(id);
        if (known != null && unit != known && (unit ^ known) < LARGEST_OFFSET) {
            lead(unit, node, known);
            return;
        }
        int[] labels =
                IntStream.concat(
                                node.value() == NO_VALUE ? IntStream.empty() : IntStream.of(0),
                                node.labels().stream().mapToInt(Integer::intValue))
                        .toArray();
        int base = freeBase(unit, labels);
        bases.set(base);
        baseOfNode.put(id, base);
        lead(unit, node, base);
        for (int label : labels) {
            used.set(base ^ label);
            units[base ^ label] = label;
        }
        firstFree = used.nextClearBit(firstFree);
        if (node.value() != NO_VALUE) {
            units[base] = VALUE | node.value();
        }
        for (int i = 0; i < node.labels().size(); i++) {
            place(base ^ node.labels().get(i), node.children().get(i));
        }
    }

    private void lead(int unit, Node node, int base) {
        units[unit] =
                (units[unit] & 0xFF)
                        | (node.value() == NO_VALUE ? 0 : HAS_VALUE)
                        | (unit ^ base) << OFFSET_SHIFT;
    }

    /// A place from which all children find room, and which no other unit has.
    private int freeBase(int unit, int[] labels) {
        for (int at = firstFree; ; at = used.nextClearBit(at + 1)) {
            int base = at ^ labels[0];
            boolean free = !bases.get(base) && base != unit && (unit ^ base) < LARGEST_OFFSET;
            for (int i = 1; free && i < labels.length; i++) {
                free = !used.get(base ^ labels[i]);
            }
            if (free) {
                reserve(base | (BLOCK - 1));
                return base;
            }
        }
    }

    private void reserve(int last) {
        if (last >= LARGEST_OFFSET) {
            throw new IllegalArgumentException("the rules are too many for one trie");
        }
        int before = units.length;
        if (last >= before) {
            units = Arrays.copyOf(units, last + 1);
            Arrays.fill(units, before, units.length, VALUE);
        }
    }
}
