package io.tornadogpt.chat.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;

/// What a template computes with: Python's values, as far as templates reach them. All but
/// [Namespace] and what iterates are immutable.
sealed interface Value
        permits Dict,
                Namespace,
                Value.Bool,
                Value.Callable,
                Value.Generator,
                Value.Int,
                Value.Items,
                Value.None,
                Value.Range,
                Value.Real,
                Value.Text,
                Value.Undefined,
                Value.View {

    /// What a name means that nothing was assigned to. It prints as nothing; most else that is done
    /// with it fails with the hint.
    record Undefined(String hint) implements Value {}

    enum None implements Value {
        NONE
    }

    record Bool(boolean value) implements Value {
        static final Bool TRUE = new Bool(true);
        static final Bool FALSE = new Bool(false);

        static Bool of(boolean value) {
            return value ? TRUE : FALSE;
        }
    }

    record Int(BigInteger value) implements Value {}

    record Real(double value) implements Value {}

    /// A string.
    ///
    /// @param markup whether the filter `safe` or `escape` made it: joined with `+`, such a string
    ///   escapes what it is joined with
    record Text(String value, boolean markup) implements Value {}

    /// A list or a tuple.
    record Items(List<Value> items, boolean tuple) implements Value {}

    /// What `keys()`, `values()` and `items()` of a mapping give.
    record View(Dict of, Part part) implements Value {

        enum Part {
            KEYS,
            VALUES,
            ITEMS
        }
    }

    record Range(long start, long stop, long step) implements Value {

        int length() {
            long span = step > 0 ? stop - start : start - stop;
            return span <= 0 ? 0 : (int) ((span - 1) / Math.abs(step) + 1);
        }
    }

    /// What can be iterated over once: the result of `map`, `select` and the like.
    record Generator(String name, Iterator<Value> iterator) implements Value {}

    /// What can be called.
    sealed interface Callable extends Value permits Method, Function, Macro, Loop {}

    /// A method of a value of Python's.
    record Method(Value of, String name) implements Callable {}

    record Function(String name, Body body) implements Callable {

        @FunctionalInterface
        interface Body {
            Value call(Interpreter in, Args args);
        }
    }

    static Text text(String value) {
        return new Text(value, false);
    }

    static Int integer(long value) {
        return new Int(BigInteger.valueOf(value));
    }

    static Int integer(BigInteger value) {
        return new Int(value);
    }

    static Items list(List<Value> items) {
        return new Items(items, false);
    }

    static Items tuple(Value... items) {
        return new Items(List.of(items), true);
    }
}
