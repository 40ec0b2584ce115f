package io.tornadogpt.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Hands a call's arguments to a macro's parameters.
final class MacroCall {

    private final Stmt.MacroBody body;
    private final Args args;
    private final Scope scope;

    MacroCall(Macro macro, Args args) {
        body = macro.body();
        this.args = args;
        scope = new Scope(macro.scope());
    }

    Scope scope() {
        return scope;
    }

    /// Sets the parameters in the call's scope; defaults see those before them.
    void bind(Scope scope, Function<Expr, Value> evaluate) {
        List<String> parameters = body.parameters();
        int given = Math.min(args.positional().size(), parameters.size());
        Map<String, Value> named = new LinkedHashMap<>(args.named());
        for (int i = 0; i < given; i++) {
            scope.set(parameters.get(i), args.positional().get(i));
        }
        Map<String, Value> byName = new LinkedHashMap<>();
        for (String parameter : parameters.subList(given, parameters.size())) {
            Value value = named.remove(parameter);
            if (value != null) {
                byName.put(parameter, value);
            }
        }
        bindSpecial(named);
        for (int i = given; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            Value value = byName.get(parameter);
            scope.set(parameter, value != null ? value : byDefault(i, evaluate));
        }
    }

    private Value byDefault(int parameter, Function<Expr, Value> evaluate) {
        int index = parameter - (body.parameters().size() - body.defaults().size());
        return index >= 0
                ? evaluate.apply(body.defaults().get(index))
                : new Value.Undefined(
                        "the parameter '"
                                + body.parameters().get(parameter)
                                + "' of the macro '"
                                + body.name()
                                + "' is not given");
    }

    private void bindSpecial(Map<String, Value> named) {
        if (body.caller() && !body.parameters().contains("caller")) {
            Value caller = named.remove("caller");
            scope.set(
                    "caller",
                    caller == null || caller instanceof Value.None
                            ? new Value.Undefined("no caller is defined")
                            : caller);
        }
        if (body.kwargs()) {
            Dict rest = new Dict();
            named.forEach(rest::put);
            scope.set("kwargs", rest);
        } else if (!named.isEmpty()) {
            throw Fault.value(
                    "the macro '"
                            + body.name()
                            + "' has no argument '"
                            + named.keySet().iterator().next()
                            + "'");
        }
        int count = body.parameters().size();
        if (body.varargs()) {
            scope.set("varargs", new Value.Items(args.without(count).positional(), true));
        } else if (args.positional().size() > count) {
            throw Fault.value(
                    "the macro '" + body.name() + "' takes not more than " + count + " arguments");
        }
    }
}
