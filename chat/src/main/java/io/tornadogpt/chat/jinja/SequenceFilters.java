package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Jinja's filters on sequences. What gives a generator there gives one here: it works as it is
/// asked, and only once.
final class SequenceFilters {

    static final Map<String, Filters.Filter> ALL =
            Map.ofEntries(
                    Map.entry("batch", SequenceFilters::batch),
                    Map.entry("dictsort", SequenceFilters::dictSort),
                    Map.entry("first", SequenceFilters::first),
                    Map.entry("items", SequenceFilters::items),
                    Map.entry("join", SequenceFilters::join),
                    Map.entry("last", SequenceFilters::last),
                    Map.entry("list", SequenceFilters::list),
                    Map.entry("map", SequenceFilters::map),
                    Map.entry("max", (in, of, args) -> extreme(in, of, args, "max")),
                    Map.entry("min", (in, of, args) -> extreme(in, of, args, "min")),
                    Map.entry("reject", (in, of, args) -> select(in, of, args, false, false)),
                    Map.entry("rejectattr", (in, of, args) -> select(in, of, args, false, true)),
                    Map.entry("reverse", SequenceFilters::reverse),
                    Map.entry("select", (in, of, args) -> select(in, of, args, true, false)),
                    Map.entry("selectattr", (in, of, args) -> select(in, of, args, true, true)),
                    Map.entry("slice", SequenceFilters::slice),
                    Map.entry("sort", SequenceFilters::sort),
                    Map.entry("sum", SequenceFilters::sum),
                    Map.entry("unique", SequenceFilters::unique));

    private SequenceFilters() {}

    private static Value ofList(List<Value> items) {
        return Value.list(Collections.unmodifiableList(items));
    }

    /// What looks up `a.b.0` in a value; the value itself if there is no path.
    private static UnaryOperator<Value> path(
            Interpreter in, @Nullable Value path, @Nullable Value fallback) {
        if (path == null || path instanceof Value.None) {
            return value -> value;
        }
        List<Value> parts = new ArrayList<>();
        if (path instanceof Value.Text(String text, boolean _)) {
            in.budget().elements(text.length());
            for (String part : text.split("\\.", -1)) {
                boolean number =
                        !part.isEmpty()
                                && part.length() < 10
                                && part.chars().allMatch(Character::isDigit);
                parts.add(number ? Value.integer(Integer.parseInt(part)) : Value.text(part));
            }
        } else {
            parts.add(path);
        }
        Value instead = fallback instanceof Value.None ? null : fallback;
        return value -> {
            Value found = value;
            for (Value part : parts) {
                in.budget().step();
                found = Attributes.item(found, part, in.budget());
                if (instead != null && found instanceof Value.Undefined) {
                    found = instead;
                }
            }
            return found;
        };
    }

    private static Value map(Interpreter in, Value of, Args args) {
        UnaryOperator<Value> function;
        if (args.positional().isEmpty() && args.named().containsKey("attribute")) {
            @Nullable Value[] bound = args.bind("map", "attribute", "default");
            function = path(in, bound[0], bound[1]);
        } else if (args.positional().isEmpty()) {
            throw Fault.value("map needs a filter's name or an attribute");
        } else {
            String filter = TextMethods.text(args.positional().getFirst(), "map");
            Args rest = args.without(1);
            function = value -> Filters.apply(in, filter, value, rest);
        }
        if (!in.operators().truth(of)) {
            return new Value.Generator("map", Collections.emptyIterator());
        }
        return new Value.Generator("map", Iteration.mapped(in.iterate(of), function));
    }

    private static Value select(
            Interpreter in, Value of, Args args, boolean wanted, boolean byAttribute) {
        int used = byAttribute ? 1 : 0;
        if (args.positional().size() < used) {
            throw Fault.value("selectattr and rejectattr need an attribute's name");
        }
        UnaryOperator<Value> part =
                byAttribute ? path(in, args.positional().getFirst(), null) : value -> value;
        Predicate<Value> test;
        if (args.positional().size() > used) {
            String name = TextMethods.text(args.positional().get(used), "select");
            Args rest = args.without(used + 1);
            test = value -> Tests.apply(in, name, value, rest);
        } else {
            test = in.operators()::truth;
        }
        if (!in.operators().truth(of)) {
            return new Value.Generator("select", Collections.emptyIterator());
        }
        return new Value.Generator(
                "select",
                filtered(in.iterate(of), value -> test.test(part.apply(value)) == wanted));
    }

    /// Looks for the next item only when asked for it.
    static Iterator<Value> filtered(Iterator<Value> items, Predicate<Value> wanted) {
        return new Iterator<>() {
            private @Nullable Value next;

            @Override
            public boolean hasNext() {
                while (next == null && items.hasNext()) {
                    Value item = items.next();
                    if (wanted.test(item)) {
                        next = item;
                    }
                }
                return next != null;
            }

            @Override
            public Value next() {
                if (!hasNext() || next == null) {
                    throw new NoSuchElementException();
                }
                Value item = next;
                next = null;
                return item;
            }
        };
    }

    private static Value list(Interpreter in, Value of, Args args) {
        args.bind("list");
        return of instanceof Value.Items items && !items.tuple()
                ? of
                : ofList(in.iteration().elements(of));
    }

    private static Value items(Interpreter in, Value of, Args args) {
        args.bind("items");
        return switch (of) {
            case Value.Undefined _ -> new Value.Generator("items", Collections.emptyIterator());
            case Dict dict ->
                    new Value.Generator(
                            "items", in.iterate(new Value.View(dict, Value.View.Part.ITEMS)));
            default ->
                    throw Fault.value("items needs a mapping, not '" + PythonText.type(of) + "'");
        };
    }

    private static Value join(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("join", "d", "attribute");
        String separator = bound[0] == null ? "" : PythonText.shown(bound[0], in.budget());
        UnaryOperator<Value> part = path(in, bound[1], null);
        TextBuilder out = new TextBuilder(in.budget());
        boolean first = true;
        Iterator<Value> items = in.iterate(of);
        while (items.hasNext()) {
            out.add(first ? "" : separator);
            first = false;
            out.add(PythonText.shown(part.apply(items.next()), in.budget()));
        }
        return Value.text(out.toString());
    }

    private static Value first(Interpreter in, Value of, Args args) {
        args.bind("first");
        Iterator<Value> items = in.iterate(of);
        return items.hasNext()
                ? items.next()
                : new Value.Undefined("there is no first item in an empty sequence");
    }

    private static Value last(Interpreter in, Value of, Args args) {
        args.bind("last");
        if (of instanceof Value.Generator) {
            throw Fault.value("a generator has no last item; make it a list first");
        }
        if (of instanceof Value.Text text) {
            @Nullable Value item = Slicing.item(text, Value.integer(-1), in.budget());
            return item != null ? item : new Value.Undefined("there is no last character");
        }
        List<Value> items = in.iteration().elements(of);
        return items.isEmpty()
                ? new Value.Undefined("there is no last item in an empty sequence")
                : items.getLast();
    }

    private static Value reverse(Interpreter in, Value of, Args args) {
        args.bind("reverse");
        if (of instanceof Value.Text) {
            return Slicing.slice(of, null, null, Value.integer(-1), in.budget());
        }
        List<Value> items = new ArrayList<>(in.iteration().elements(of));
        in.budget().elements(items.size());
        Collections.reverse(items);
        return of instanceof Value.Generator
                ? ofList(items)
                : new Value.Generator("reverse", in.iterate(ofList(items)));
    }

    private static UnaryOperator<Value> caseless(Interpreter in, @Nullable Value caseSensitive) {
        if (Filters.flag(in, caseSensitive)) {
            return value -> value;
        }
        return value -> {
            if (!(value instanceof Value.Text text)) {
                return value;
            }
            in.budget().text(text.value().length());
            return Value.text(TextMethods.lower(text.value()));
        };
    }

    private record Keyed(Value key, Value value) {}

    private static List<Value> sorted(
            Interpreter in, Iterator<Value> items, UnaryOperator<Value> key, boolean reversed) {
        List<Keyed> keyed = new ArrayList<>();
        while (items.hasNext()) {
            Value item = items.next();
            in.budget().elements(2);
            keyed.add(new Keyed(key.apply(item), item));
        }
        keyed.sort(
                (a, b) -> {
                    int order = in.operators().compare(a.key, b.key, "<");
                    return reversed ? -order : order;
                });
        List<Value> sorted = new ArrayList<>(keyed.size());
        keyed.forEach(each -> sorted.add(each.value));
        return sorted;
    }

    private static Value sort(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("sort", "reverse", "case_sensitive", "attribute");
        UnaryOperator<Value> caseless = caseless(in, bound[1]);
        List<UnaryOperator<Value>> paths = new ArrayList<>();
        if (bound[2] instanceof Value.Text(String text, boolean _)) {
            in.budget().elements(text.length());
            for (String path : text.split(",", -1)) {
                paths.add(path(in, Value.text(path), null));
            }
        } else {
            paths.add(path(in, bound[2], null));
        }
        return ofList(
                sorted(
                        in,
                        in.iterate(of),
                        value -> {
                            List<Value> keys = new ArrayList<>(paths.size());
                            paths.forEach(path -> keys.add(caseless.apply(path.apply(value))));
                            return Value.list(keys);
                        },
                        Filters.flag(in, bound[0])));
    }

    private static Value dictSort(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("dictsort", "case_sensitive", "by", "reverse");
        String by = bound[1] == null ? "key" : TextMethods.text(bound[1], "dictsort");
        if (!by.equals("key") && !by.equals("value")) {
            throw Fault.value("dictsort goes by 'key' or by 'value'");
        }
        if (!(of instanceof Dict dict)) {
            throw Fault.value("dictsort needs a mapping, not '" + PythonText.type(of) + "'");
        }
        UnaryOperator<Value> caseless = caseless(in, bound[0]);
        int part = by.equals("key") ? 0 : 1;
        return ofList(
                sorted(
                        in,
                        in.iterate(new Value.View(dict, Value.View.Part.ITEMS)),
                        pair ->
                                pair instanceof Value.Items both
                                        ? caseless.apply(both.items().get(part))
                                        : pair,
                        Filters.flag(in, bound[2])));
    }

    private static Value unique(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("unique", "case_sensitive", "attribute");
        UnaryOperator<Value> caseless = caseless(in, bound[0]);
        UnaryOperator<Value> path = path(in, bound[1], null);
        Set<Object> seen = new HashSet<>();
        return new Value.Generator(
                "unique",
                filtered(
                        in.iterate(of),
                        value -> {
                            in.budget().elements(1);
                            return seen.add(Dict.identity(caseless.apply(path.apply(value))));
                        }));
    }

    private static Value extreme(Interpreter in, Value of, Args args, String name) {
        @Nullable Value[] bound = args.bind(name, "case_sensitive", "attribute");
        UnaryOperator<Value> caseless = caseless(in, bound[0]);
        UnaryOperator<Value> path = path(in, bound[1], null);
        Iterator<Value> items = in.iterate(of);
        if (!items.hasNext()) {
            return new Value.Undefined("there is no " + name + " of an empty sequence");
        }
        Value best = items.next();
        Value bestKey = caseless.apply(path.apply(best));
        while (items.hasNext()) {
            Value item = items.next();
            Value key = caseless.apply(path.apply(item));
            int order = in.operators().compare(key, bestKey, name.equals("max") ? ">" : "<");
            if (name.equals("max") ? order > 0 : order < 0) {
                best = item;
                bestKey = key;
            }
        }
        return best;
    }

    private static Value sum(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("sum", "attribute", "start");
        UnaryOperator<Value> path = path(in, bound[0], null);
        Value sum = bound[1] == null ? Value.integer(0) : bound[1];
        if (sum instanceof Value.Text) {
            throw Fault.value("sum cannot join strings; the filter join can");
        }
        Iterator<Value> items = in.iterate(of);
        while (items.hasNext()) {
            sum = in.operators().apply("+", sum, path.apply(items.next()));
        }
        return sum;
    }

    private static Value batch(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("batch", "linecount", "fill_with");
        if (bound[0] == null) {
            throw Fault.value("batch needs how many items a line has");
        }
        int count = Operators.clamped(bound[0]);
        List<Value> lines = new ArrayList<>();
        List<Value> line = new ArrayList<>();
        for (Value item : in.iteration().elements(of)) {
            if (line.size() == count) {
                lines.add(ofList(line));
                line = new ArrayList<>();
            }
            in.budget().elements(1);
            line.add(item);
        }
        if (!line.isEmpty()) {
            if (!Filters.isAbsent(bound[1]) && bound[1] != null && line.size() < count) {
                in.budget().elements(count - line.size());
                line.addAll(Collections.nCopies(count - line.size(), bound[1]));
            }
            lines.add(ofList(line));
        }
        return new Value.Generator("batch", lines.iterator());
    }

    private static Value slice(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("slice", "slices", "fill_with");
        int slices = bound[0] == null ? 0 : Operators.clamped(bound[0]);
        if (slices == 0) {
            throw Fault.value("slice needs a number of slices that is not zero");
        }
        List<Value> items = in.iteration().elements(of);
        in.budget().elements(items.size() + 2L * Math.max(0, slices));
        int size = Math.floorDiv(items.size(), slices);
        int longer = Math.floorMod(items.size(), slices);
        List<Value> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < slices; i++) {
            int end = start + size + (i < longer ? 1 : 0);
            List<Value> part = new ArrayList<>(items.subList(start, end));
            if (!Filters.isAbsent(bound[1]) && bound[1] != null && i >= longer) {
                part.add(bound[1]);
            }
            parts.add(ofList(part));
            start = end;
        }
        return new Value.Generator("slice", parts.iterator());
    }
}
