package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A mapping in the order of insertion. As in Python, 1, 1.0 and true are one key.
final class Dict implements Value {

    /// A key and its value.
    record Entry(Value key, Value value) {}

    private enum SingleKey {
        UNDEFINED
    }

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /// Only while it is being built.
    void put(Value key, Value value) {
        entries.merge(
                identity(key), new Entry(key, value), (old, now) -> new Entry(old.key, value));
    }

    void put(String key, Value value) {
        put(Value.text(key), value);
    }

    @Nullable Value get(Value key) {
        Entry entry = entries.get(identity(key));
        return entry == null ? null : entry.value;
    }

    @Nullable Value get(String key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.value;
    }

    int size() {
        return entries.size();
    }

    Collection<Entry> entries() {
        return entries.values();
    }

    /// What keys are compared by. Lists and mappings cannot be keys.
    static Object identity(Value key) {
        return switch (key) {
            case Text text -> text.value();
            case Int number -> number.value();
            case Bool bool -> java.math.BigInteger.valueOf(bool.value() ? 1 : 0);
            case Real number -> {
                double value = number.value();
                yield !Double.isInfinite(value) && Math.rint(value) == value
                        ? new BigDecimal(value).toBigInteger()
                        : (Object) value;
            }
            case Items items when items.tuple() -> {
                List<Object> parts = new ArrayList<>(items.items().size());
                items.items().forEach(item -> parts.add(identity(item)));
                yield parts;
            }
            case Undefined _ -> SingleKey.UNDEFINED;
            case Items _, Dict _, View _ ->
                    throw Fault.value("unhashable type: '" + PythonText.type(key) + "'");
            default -> key;
        };
    }
}
