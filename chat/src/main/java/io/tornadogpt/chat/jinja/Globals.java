package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/// The functions that every template finds.
final class Globals {

    /// Jinja's sandbox has the same.
    private static final long LONGEST_RANGE = 100_000;

    private static final int LONGEST_REFUSAL = 300;

    private static final Map<String, Value> FUNCTIONS =
            Map.of(
                    "range", new Value.Function("range", Globals::range),
                    "dict", new Value.Function("dict", Globals::dict),
                    "namespace", new Value.Function("namespace", Globals::namespace),
                    "cycler", new Value.Function("cycler class", Globals::cycler),
                    "joiner", new Value.Function("joiner class", Globals::joiner),
                    "raise_exception", new Value.Function("raise_exception", Globals::raise),
                    "strftime_now", new Value.Function("strftime_now", Globals::strftimeNow));

    private Globals() {}

    static @Nullable Value find(String name) {
        if (name.equals("lipsum")) {
            throw Fault.unsupported("the function 'lipsum' is not supported: its text is random");
        }
        if (name.equals("self")) {
            throw Fault.unsupported("'self' is not supported: there are no blocks to name");
        }
        return FUNCTIONS.get(name);
    }

    private static Value range(Interpreter in, Args args) {
        @Nullable Value[] bound = args.bind("range", "start/", "stop/", "step/");
        if (bound[0] == null) {
            throw Fault.value("range() needs a number");
        }
        long first = Operators.clamped(bound[0]);
        long start = bound[1] == null ? 0 : first;
        long stop = bound[1] == null ? first : Operators.clamped(bound[1]);
        long step = bound[2] == null ? 1 : Operators.clamped(bound[2]);
        if (step == 0) {
            throw Fault.value("the step of range() cannot be zero");
        }
        long span = step > 0 ? stop - start : start - stop;
        if (span > 0 && (span - 1) / Math.abs(step) + 1 > LONGEST_RANGE) {
            throw Fault.limit("a range has more than " + LONGEST_RANGE + " numbers");
        }
        return new Value.Range(start, stop, step);
    }

    private static Dict pairs(Interpreter in, String name, Args args) {
        @Nullable Value[] bound = new Args(args.positional(), Map.of()).bind(name, "from/");
        Dict dict = new Dict();
        if (bound[0] instanceof Dict from) {
            in.budget().elements(from.size());
            from.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
        } else if (bound[0] != null) {
            for (Value pair : in.iteration().elements(bound[0])) {
                List<Value> parts = in.iteration().elements(pair);
                if (parts.size() != 2) {
                    throw Fault.value(name + "() needs pairs of a key and a value");
                }
                in.budget().elements(1);
                dict.put(parts.get(0), parts.get(1));
            }
        }
        in.budget().elements(args.named().size());
        args.named().forEach(dict::put);
        return dict;
    }

    private static Value dict(Interpreter in, Args args) {
        return pairs(in, "dict", args);
    }

    private static Value namespace(Interpreter in, Args args) {
        Namespace namespace = new Namespace();
        for (Dict.Entry entry : pairs(in, "namespace", args).entries()) {
            namespace.variables().put(TextMethods.text(entry.key(), "namespace"), entry.value());
        }
        return namespace;
    }

    private static Value cycler(Interpreter in, Args args) {
        if (args.positional().isEmpty()) {
            throw Fault.value("cycler() needs at least one item");
        }
        return new Value.Function("cycler", new Cycler(args.positional()));
    }

    private static Value joiner(Interpreter in, Args args) {
        @Nullable Value separator = args.bind("joiner", "sep")[0];
        boolean[] used = {false};
        return new Value.Function(
                "joiner",
                (_, none) -> {
                    none.bind("joiner");
                    if (used[0]) {
                        return separator == null ? Value.text(", ") : separator;
                    }
                    used[0] = true;
                    return Value.text("");
                });
    }

    private static Value raise(Interpreter in, Args args) {
        @Nullable Value message = args.bind("raise_exception", "message")[0];
        if (message == null) {
            throw Fault.value("raise_exception() needs a message");
        }
        String shown = PythonText.shown(message, in.budget());
        throw Fault.raised(Quoting.shortened(shown, LONGEST_REFUSAL));
    }

    private static Value strftimeNow(Interpreter in, Args args) {
        @Nullable Value format = args.bind("strftime_now", "format")[0];
        String pattern = TextMethods.text(format, "strftime_now");
        in.budget().text(16L * pattern.length());
        return Value.text(Strftime.format(pattern, in.now()));
    }
}
