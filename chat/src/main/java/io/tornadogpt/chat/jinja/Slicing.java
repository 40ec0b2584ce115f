package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// `value[from:to:step]` and `value[index]` as Python counts, from the end where negative.
final class Slicing {

    private Slicing() {}

    /// A start or end as an index from 0 to `length`; what is absent or none is `absent`.
    static int clampedIndex(@Nullable Value value, int absent, int length) {
        if (value == null || value instanceof Value.None) {
            return absent;
        }
        long index = Operators.clamped(value);
        if (index < 0) {
            index += length;
        }
        // Not above the length for what is cut; a start behind the end is how `find` tells nothing.
        return (int) Math.max(0, Math.min(index, length + 1L));
    }

    static Value slice(
            Value of,
            @Nullable Value from,
            @Nullable Value to,
            @Nullable Value step,
            Budget budget) {
        int length =
                switch (of) {
                    case Value.Items items -> items.items().size();
                    case Value.Text text -> PythonText.length(text.value());
                    case Value.Range range -> range.length();
                    case Value.Undefined(String hint) -> throw Fault.value(hint);
                    default ->
                            throw Fault.value(
                                    "a value of type '"
                                            + PythonText.type(of)
                                            + "' cannot be sliced");
                };
        int stride = step == null || step instanceof Value.None ? 1 : Operators.clamped(step);
        if (stride == 0) {
            throw Fault.value("the step of a slice cannot be zero");
        }
        int start = bound(from, stride > 0 ? 0 : length - 1, stride, length);
        int stop = bound(to, stride > 0 ? length : -1, stride, length);
        Value.Range indices = new Value.Range(start, stop, stride);
        return switch (of) {
            case Value.Text text ->
                    new Value.Text(text(text.value(), length, indices, budget), text.markup());
            case Value.Items items -> items(items, indices, budget);
            case Value.Range range ->
                    new Value.Range(
                            range.start() + start * range.step(),
                            range.start() + stop * range.step(),
                            range.step() * stride);
            default -> of;
        };
    }

    private static int bound(@Nullable Value value, int absent, int step, int length) {
        if (value == null || value instanceof Value.None) {
            return absent;
        }
        long index = Operators.clamped(value);
        if (index < 0) {
            index += length;
        }
        long lowest = step > 0 ? 0 : -1;
        long highest = step > 0 ? length : length - 1L;
        return (int) Math.max(lowest, Math.min(index, highest));
    }

    private static String text(String text, int length, Value.Range indices, Budget budget) {
        int count = indices.length();
        budget.steps(1 + text.length() / 16);
        if (count == 0) {
            return "";
        }
        if (indices.step() == 1) {
            int from = PythonText.offset(text, (int) indices.start());
            int to = text.offsetByCodePoints(from, count);
            budget.text(to - from);
            return text.substring(from, to);
        }
        budget.text(text.length() + (long) count);
        boolean basic = length == text.length();
        int[] codePoints = basic ? new int[0] : text.codePoints().toArray();
        StringBuilder out = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            int index = (int) (indices.start() + i * indices.step());
            out.appendCodePoint(basic ? text.charAt(index) : codePoints[index]);
        }
        return out.toString();
    }

    private static Value items(Value.Items items, Value.Range indices, Budget budget) {
        int count = indices.length();
        budget.elements(count);
        List<Value> cut = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            cut.add(items.items().get((int) (indices.start() + i * indices.step())));
        }
        return new Value.Items(Collections.unmodifiableList(cut), items.tuple());
    }

    /// `value[index]` of a sequence, or null where there is none.
    static @Nullable Value item(Value of, Value index, Budget budget) {
        if (!Operators.isInteger(index)) {
            return null;
        }
        long position = Operators.clamped(index);
        int length =
                switch (of) {
                    case Value.Items items -> items.items().size();
                    case Value.Range range -> range.length();
                    case Value.Text text -> {
                        budget.steps(1 + text.value().length() / 64);
                        yield PythonText.length(text.value());
                    }
                    default -> 0;
                };
        position += position < 0 ? length : 0;
        if (position < 0 || position >= length) {
            return null;
        }
        int at = (int) position;
        return switch (of) {
            case Value.Items items -> items.items().get(at);
            case Value.Range range -> Value.integer(range.start() + range.step() * at);
            case Value.Text text -> {
                int offset = PythonText.offset(text.value(), at);
                yield new Value.Text(
                        Character.toString(text.value().codePointAt(offset)), text.markup());
            }
            default -> null;
        };
    }
}
