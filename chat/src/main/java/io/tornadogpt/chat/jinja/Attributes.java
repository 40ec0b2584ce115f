package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/// `value.name` and `value[index]`. There is nothing here but a fixed set of names: no value has a
/// class, a module or a file behind it.
final class Attributes {

    private static final Set<String> DICT = Set.of("get", "items", "keys", "values", "copy");
    private static final Set<String> DICT_CHANGES =
            Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> LIST = Set.of("count", "index", "copy");
    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
    private static final Set<String> NUMBER =
            Set.of(
                    "as_integer_ratio",
                    "bit_count",
                    "bit_length",
                    "conjugate",
                    "denominator",
                    "from_bytes",
                    "fromhex",
                    "hex",
                    "imag",
                    "is_integer",
                    "numerator",
                    "real",
                    "to_bytes");

    private Attributes() {}

    /// `of.name`: an attribute, else an item, else undefined.
    static Value attribute(Value of, String name) {
        Value own = own(of, name);
        if (own != null) {
            return own;
        }
        Value item = of instanceof Dict dict ? dict.get(name) : null;
        return item != null ? item : missing(of, name);
    }

    /// `of[index]`: an item, else an attribute of that name, else undefined.
    static Value item(Value of, Value index, Budget budget) {
        if (of instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        Value item =
                switch (of) {
                    case Dict dict -> isHashable(index) ? dict.get(index) : null;
                    case Value.Items _, Value.Text _, Value.Range _ ->
                            Slicing.item(of, index, budget);
                    default -> null;
                };
        if (item != null) {
            return item;
        }
        if (index instanceof Value.Text(String name, boolean _)) {
            Value own = own(of, name);
            return own != null ? own : missing(of, name);
        }
        return new Value.Undefined(
                "a value of type '" + PythonText.type(of) + "' has no item of that index");
    }

    private static boolean isHashable(Value key) {
        return !(key instanceof Dict
                || key instanceof Value.View
                || key instanceof Value.Items(var items, boolean tuple)
                        && !(tuple && items.stream().allMatch(Attributes::isHashable)));
    }

    private static Value missing(Value of, String name) {
        return new Value.Undefined(
                "a value of type '"
                        + PythonText.type(of)
                        + "' has no attribute '"
                        + Quoting.shortened(name)
                        + "'");
    }

    /// The attribute that Python gives to values of this type, or null.
    static @Nullable Value own(Value of, String name) {
        if (name.startsWith("__") && name.endsWith("__") && name.length() > 4) {
            throw Fault.value(
                    "the attribute '" + Quoting.shortened(name) + "' is unsafe, so it is refused");
        }
        return switch (of) {
            case Value.Undefined(String hint) -> throw Fault.value(hint);
            case Value.Text _ -> textAttribute(of, name);
            case Dict _ -> method(of, name, DICT, DICT_CHANGES);
            case Value.Items(var _, boolean tuple) ->
                    tuple
                            ? method(of, name, Set.of("count", "index"), Set.of())
                            : method(of, name, LIST, LIST_CHANGES);
            case Value.Int _, Value.Real _, Value.Bool _ -> {
                if (NUMBER.contains(name)) {
                    throw leftOut(of, name);
                }
                yield null;
            }
            case Namespace namespace -> namespace.variables().get(name);
            case Loop loop -> loop.attribute(name);
            case Macro macro -> macroAttribute(macro, name);
            case Value.View _, Value.Range _, Value.Generator _ -> {
                if (Set.of(
                                "isdisjoint",
                                "mapping",
                                "start",
                                "stop",
                                "step",
                                "count",
                                "index",
                                "send")
                        .contains(name)) {
                    throw leftOut(of, name);
                }
                yield null;
            }
            case Value.Function function when function.name().equals("cycler") ->
                    function.body() instanceof Cycler cycler ? cycler.attribute(name) : null;
            case Value.None _, Value.Method _, Value.Function _ -> null;
        };
    }

    private static @Nullable Value textAttribute(Value of, String name) {
        if (TextMethods.leavesOut(name)) {
            throw leftOut(of, name);
        }
        return TextMethods.has(name) ? new Value.Method(of, name) : null;
    }

    private static @Nullable Value method(
            Value of, String name, Set<String> methods, Set<String> changes) {
        if (methods.contains(name)) {
            return new Value.Method(of, name);
        }
        return changes.contains(name)
                ? new Value.Undefined(
                        "'"
                                + name
                                + "' would change a "
                                + PythonText.type(of)
                                + ", which templates may not")
                : null;
    }

    private static @Nullable Value macroAttribute(Macro macro, String name) {
        return switch (name) {
            case "name" -> Value.text(macro.body().name());
            case "arguments" ->
                    new Value.Items(
                            macro.body().parameters().stream().<Value>map(Value::text).toList(),
                            true);
            case "catch_kwargs" -> Value.Bool.of(macro.body().kwargs());
            case "catch_varargs" -> Value.Bool.of(macro.body().varargs());
            case "caller" -> Value.Bool.of(macro.body().caller());
            default -> null;
        };
    }

    private static Fault leftOut(Value of, String name) {
        return Fault.unsupported(
                "the attribute '"
                        + name
                        + "' of a value of type '"
                        + PythonText.type(of)
                        + "' is not supported");
    }

    /// Calls a method of a list or mapping.
    static Value call(Interpreter in, Value.Method method, Args args) {
        return switch (method.of()) {
            case Value.Text text -> TextMethods.call(in, text, method.name(), args);
            case Dict dict -> callDict(dict, method.name(), args);
            case Value.Items items -> callItems(in, items, method.name(), args);
            default -> throw Fault.value("a value of this type has no methods");
        };
    }

    private static Value callDict(Dict dict, String name, Args args) {
        if (name.equals("get")) {
            @Nullable Value[] bound = args.bind(name, "key/", "default/");
            if (bound[0] == null) {
                throw Fault.value("get() needs a key");
            }
            Value value = dict.get(bound[0]);
            return value != null ? value : bound[1] != null ? bound[1] : Value.None.NONE;
        }
        args.bind(name);
        return switch (name) {
            case "items" -> new Value.View(dict, Value.View.Part.ITEMS);
            case "keys" -> new Value.View(dict, Value.View.Part.KEYS);
            case "values" -> new Value.View(dict, Value.View.Part.VALUES);
            default -> dict;
        };
    }

    private static Value callItems(Interpreter in, Value.Items items, String name, Args args) {
        if (name.equals("copy")) {
            args.bind(name);
            return items;
        }
        @Nullable Value sought = args.bind(name, "value/")[0];
        if (sought == null) {
            throw Fault.value(name + "() needs a value");
        }
        int count = 0;
        int first = -1;
        for (int i = 0; i < items.items().size(); i++) {
            if (in.operators().equal(items.items().get(i), sought)) {
                first = first < 0 ? i : first;
                count++;
            }
        }
        if (name.equals("index") && first < 0) {
            throw Fault.value("the value is not in the list");
        }
        return Value.integer(name.equals("index") ? first : count);
    }
}
