package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a call hands over, evaluated.
record Args(List<Value> positional, Map<String, Value> named) {

    static final Args NONE = new Args(List.of(), Map.of());

    static Args of(Value... positional) {
        return new Args(List.of(positional), Map.of());
    }

    /// The arguments of `callee` in the order of its parameters, null where one is not given. A
    /// parameter written `name/` cannot be given by name.
    @Nullable Value[] bind(String callee, String... parameters) {
        @Nullable Value[] bound = new Value[parameters.length];
        if (positional.size() > parameters.length) {
            throw Fault.value(
                    callee
                            + "() takes at most "
                            + parameters.length
                            + " arguments, but "
                            + positional.size()
                            + " are given");
        }
        for (int i = 0; i < positional.size(); i++) {
            bound[i] = positional.get(i);
        }
        named.forEach(
                (name, value) -> {
                    int index = List.of(parameters).indexOf(name);
                    if (index < 0) {
                        throw Fault.value(
                                callee + "() has no argument '" + Quoting.shortened(name) + "'");
                    }
                    if (bound[index] != null) {
                        throw Fault.value(callee + "() gets '" + name + "' twice");
                    }
                    bound[index] = value;
                });
        return bound;
    }

    /// The same without the first positional arguments.
    Args without(int count) {
        return new Args(
                positional.size() <= count
                        ? List.of()
                        : positional.subList(count, positional.size()),
                named);
    }

    Args withNamed(String name, Value value) {
        Map<String, Value> more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Args(positional, more);
    }

    Args withFirst(Value value) {
        List<Value> more = new ArrayList<>(positional.size() + 1);
        more.add(value);
        more.addAll(positional);
        return new Args(more, named);
    }
}
