package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.Map;
import java.util.Set;

/// Jinja's tests: what stands after `is`.
final class Tests {

    private static final Map<String, String> COMPARISONS =
            Map.ofEntries(
                    Map.entry("==", "=="),
                    Map.entry("eq", "=="),
                    Map.entry("equalto", "=="),
                    Map.entry("!=", "!="),
                    Map.entry("ne", "!="),
                    Map.entry(">", ">"),
                    Map.entry("gt", ">"),
                    Map.entry("greaterthan", ">"),
                    Map.entry(">=", ">="),
                    Map.entry("ge", ">="),
                    Map.entry("<", "<"),
                    Map.entry("lt", "<"),
                    Map.entry("lessthan", "<"),
                    Map.entry("<=", "<="),
                    Map.entry("le", "<="),
                    Map.entry("in", "in"));

    private static final Set<String> OTHERS =
            Set.of(
                    "boolean",
                    "callable",
                    "defined",
                    "divisibleby",
                    "escaped",
                    "even",
                    "false",
                    "filter",
                    "float",
                    "integer",
                    "iterable",
                    "lower",
                    "mapping",
                    "none",
                    "number",
                    "odd",
                    "sameas",
                    "sequence",
                    "string",
                    "test",
                    "true",
                    "undefined",
                    "upper");

    private Tests() {}

    static boolean isKnown(String name) {
        return COMPARISONS.containsKey(name) || OTHERS.contains(name);
    }

    static boolean apply(Interpreter in, String name, Value value, Args args) {
        in.budget().steps(Filters.lookedThrough(value));
        String comparison = COMPARISONS.get(name);
        if (comparison != null) {
            return in.operators().compares(comparison, value, other(args, name));
        }
        if (!OTHERS.contains(name)) {
            throw Fault.unsupported("the test '" + Quoting.shortened(name) + "' is not supported");
        }
        return switch (name) {
            case "divisibleby" -> isZero(in.operators().apply("%", value, other(args, name)));
            case "sameas" -> isSame(value, other(args, name));
            default -> {
                args.bind(name);
                yield alone(in, name, value);
            }
        };
    }

    private static Value other(Args args, String name) {
        @Nullable Value other = args.bind(name, "other")[0];
        if (other == null) {
            throw Fault.value("the test '" + name + "' needs what to compare with");
        }
        return other;
    }

    private static boolean alone(Interpreter in, String name, Value value) {
        return switch (name) {
            case "defined" -> !(value instanceof Value.Undefined);
            case "undefined" -> value instanceof Value.Undefined;
            case "none" -> value instanceof Value.None;
            case "boolean" -> value instanceof Value.Bool;
            case "true" -> value instanceof Value.Bool bool && bool.value();
            case "false" -> value instanceof Value.Bool bool && !bool.value();
            case "integer" -> value instanceof Value.Int;
            case "float" -> value instanceof Value.Real;
            case "number" -> Operators.isNumber(value);
            case "string" -> value instanceof Value.Text;
            case "mapping" -> value instanceof Dict;
            case "iterable" -> Iteration.isIterable(value);
            case "sequence" -> isSequence(value);
            case "callable" -> value instanceof Value.Callable || value instanceof Value.Undefined;
            case "escaped" -> value instanceof Value.Text text && text.markup();
            case "odd" -> !isZero(remainder(in, value));
            case "even" -> isZero(remainder(in, value));
            case "lower" -> Casing.is("islower", Filters.soft(in, value).value());
            case "upper" -> Casing.is("isupper", Filters.soft(in, value).value());
            case "filter" -> value instanceof Value.Text text && Filters.isKnown(text.value());
            default -> value instanceof Value.Text text && isKnown(text.value());
        };
    }

    private static boolean isSequence(Value value) {
        return switch (value) {
            case Value.Items _, Dict _, Value.Text _, Value.Range _, Value.Undefined _ -> true;
            default -> false;
        };
    }

    private static Value remainder(Interpreter in, Value value) {
        return in.operators().apply("%", value, Value.integer(2));
    }

    private static boolean isZero(Value value) {
        return switch (value) {
            case Value.Int number -> number.value().signum() == 0;
            case Value.Real number -> number.value() == 0;
            default -> false;
        };
    }

    /// Python's `is`, as far as it means something: small integers are one object each.
    private static boolean isSame(Value a, Value b) {
        if (a instanceof Value.Int(BigInteger x) && b instanceof Value.Int(BigInteger y)) {
            return a == b || x.equals(y) && x.bitLength() < 8;
        }
        return a == b
                || a instanceof Value.Bool && a.equals(b)
                || a instanceof Value.Text x && b instanceof Value.Text y && x.equals(y);
    }
}
