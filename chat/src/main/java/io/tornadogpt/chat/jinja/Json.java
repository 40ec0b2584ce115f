package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;

/// Writes values as Python's `json.dumps` does, for the filter `tojson`.
final class Json {

    private final Operators operators;
    private final Budget budget;
    private final boolean ascii;
    private final boolean sortKeys;
    private final @Nullable String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final TextBuilder out;

    Json(
            Operators operators,
            Budget budget,
            boolean ascii,
            boolean sortKeys,
            @Nullable String indent,
            @Nullable String itemSeparator,
            @Nullable String keySeparator) {
        this.operators = operators;
        this.budget = budget;
        this.ascii = ascii;
        this.sortKeys = sortKeys;
        this.indent = indent;
        this.itemSeparator = itemSeparator != null ? itemSeparator : indent == null ? ", " : ",";
        this.keySeparator = keySeparator != null ? keySeparator : ": ";
        out = new TextBuilder(budget);
    }

    String written(Value value) {
        write(value, 0);
        return out.toString();
    }

    private void write(Value value, int depth) {
        budget.step();
        budget.enter();
        switch (value) {
            case Value.None _ -> out.add("null");
            case Value.Bool bool -> out.add(bool.value() ? "true" : "false");
            case Value.Int number -> out.add(PythonNumbers.shown(number.value()));
            case Value.Real number -> out.add(real(number.value()));
            case Value.Text text -> quote(text.value());
            case Value.Items items -> items(items.items(), depth);
            case Dict dict -> dict(dict, depth);
            default ->
                    throw Fault.value(
                            "a value of type '"
                                    + PythonText.type(value)
                                    + "' cannot be written as JSON");
        }
        budget.leave();
    }

    private static String real(double value) {
        return Double.isNaN(value)
                ? "NaN"
                : Double.isInfinite(value)
                        ? value > 0 ? "Infinity" : "-Infinity"
                        : PythonNumbers.shown(value);
    }

    private void items(List<Value> items, int depth) {
        if (items.isEmpty()) {
            out.add("[]");
            return;
        }
        out.add('[');
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                out.add(itemSeparator);
            }
            newLine(depth + 1);
            write(items.get(i), depth + 1);
        }
        newLine(depth);
        out.add(']');
    }

    private void dict(Dict dict, int depth) {
        if (dict.size() == 0) {
            out.add("{}");
            return;
        }
        out.add('{');
        Iterator<Dict.Entry> entries = ordered(dict.entries()).iterator();
        boolean first = true;
        while (entries.hasNext()) {
            Dict.Entry entry = entries.next();
            if (!first) {
                out.add(itemSeparator);
            }
            first = false;
            newLine(depth + 1);
            quote(key(entry.key()));
            out.add(keySeparator);
            write(entry.value(), depth + 1);
        }
        newLine(depth);
        out.add('}');
    }

    private Collection<Dict.Entry> ordered(Collection<Dict.Entry> entries) {
        if (!sortKeys) {
            return entries;
        }
        List<Dict.Entry> sorted = new ArrayList<>(entries);
        sorted.sort((a, b) -> operators.compare(a.key(), b.key(), "<"));
        return sorted;
    }

    private static String key(Value key) {
        return switch (key) {
            case Value.Text text -> text.value();
            case Value.Bool bool -> bool.value() ? "true" : "false";
            case Value.None _ -> "null";
            case Value.Int number -> PythonNumbers.shown(number.value());
            case Value.Real number -> real(number.value());
            default ->
                    throw Fault.value(
                            "a key of type '"
                                    + PythonText.type(key)
                                    + "' cannot be written as JSON");
        };
    }

    private void newLine(int depth) {
        if (indent != null) {
            out.add('\n').repeat(indent, depth);
        }
    }

    private void quote(String text) {
        StringBuilder quoted = new StringBuilder().append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted.length() > PythonText.CHUNK) {
                out.add(quoted.toString());
                quoted.setLength(0);
            }
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (c < ' ' || ascii && c > '~') {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        out.add(quoted.append('"').toString());
    }
}
