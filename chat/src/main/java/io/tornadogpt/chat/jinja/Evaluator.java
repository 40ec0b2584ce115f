package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Computes expressions.
final class Evaluator {

    private final Interpreter in;
    private final Budget budget;
    private final Operators operators;

    Evaluator(Interpreter in) {
        this.in = in;
        budget = in.budget();
        operators = in.operators();
    }

    Value evaluate(Expr expression, Scope scope) {
        budget.step();
        budget.enter();
        Value value =
                switch (expression) {
                    case Expr.Constant(Value constant, Position _) -> constant;
                    case Expr.Name(String name, Position at) -> name(name, at, scope);
                    case Expr.ListOf list -> list(list, scope);
                    case Expr.DictOf dict -> dict(dict, scope);
                    case Expr.Attribute(Expr of, String name, Position at) -> {
                        Value owner = evaluate(of, scope);
                        in.at(at);
                        yield Attributes.attribute(owner, name);
                    }
                    case Expr.Item(Expr of, Expr index, Position at) -> {
                        Value owner = evaluate(of, scope);
                        Value key = evaluate(index, scope);
                        in.at(at);
                        yield Attributes.item(owner, key, budget);
                    }
                    case Expr.Slice slice -> slice(slice, scope);
                    case Expr.Call call -> call(call, scope, null);
                    case Expr.Filter filter -> filter(filter, null, scope);
                    case Expr.Test test -> Value.Bool.of(test(test, scope));
                    case Expr.Unary(char operator, Expr of, Position at) -> {
                        Value operand = evaluate(of, scope);
                        in.at(at);
                        yield operators.signed(operator, operand);
                    }
                    case Expr.Binary(String operator, Expr left, Expr right, Position at) -> {
                        Value first = evaluate(left, scope);
                        Value second = evaluate(right, scope);
                        in.at(at);
                        yield operators.apply(operator, first, second);
                    }
                    case Expr.Concatenation concatenation -> concatenation(concatenation, scope);
                    case Expr.Comparison comparison -> comparison(comparison, scope);
                    case Expr.Not(Expr of, Position _) ->
                            Value.Bool.of(!operators.truth(evaluate(of, scope)));
                    case Expr.And(Expr left, Expr right, Position _) -> {
                        Value first = evaluate(left, scope);
                        yield operators.truth(first) ? evaluate(right, scope) : first;
                    }
                    case Expr.Or(Expr left, Expr right, Position _) -> {
                        Value first = evaluate(left, scope);
                        yield operators.truth(first) ? first : evaluate(right, scope);
                    }
                    case Expr.Conditional conditional -> conditional(conditional, scope);
                };
        budget.leave();
        return value;
    }

    private Value name(String name, Position at, Scope scope) {
        in.at(at);
        Value value = scope.find(name);
        if (value == null) {
            value = Globals.find(name);
        }
        return value != null
                ? value
                : new Value.Undefined("'" + Quoting.shortened(name) + "' is undefined");
    }

    private Value list(Expr.ListOf list, Scope scope) {
        budget.elements(list.items().size());
        return new Value.Items(all(list.items(), scope), list.tuple());
    }

    private List<Value> all(List<Expr> expressions, Scope scope) {
        List<Value> values = new ArrayList<>(expressions.size());
        for (Expr expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return Collections.unmodifiableList(values);
    }

    private Value dict(Expr.DictOf literal, Scope scope) {
        budget.elements(literal.keys().size());
        Dict dict = new Dict();
        for (int i = 0; i < literal.keys().size(); i++) {
            Value key = evaluate(literal.keys().get(i), scope);
            Value value = evaluate(literal.values().get(i), scope);
            in.at(literal.at());
            dict.put(key, value);
        }
        return dict;
    }

    private Value slice(Expr.Slice slice, Scope scope) {
        Value of = evaluate(slice.of(), scope);
        Value from = optional(slice.from(), scope);
        Value to = optional(slice.to(), scope);
        Value step = optional(slice.step(), scope);
        in.at(slice.at());
        return Slicing.slice(of, from, to, step, budget);
    }

    private @Nullable Value optional(@Nullable Expr expression, Scope scope) {
        return expression == null ? null : evaluate(expression, scope);
    }

    private Value concatenation(Expr.Concatenation concatenation, Scope scope) {
        List<Value> parts = all(concatenation.parts(), scope);
        in.at(concatenation.at());
        TextBuilder text = new TextBuilder(budget);
        parts.forEach(part -> text.add(PythonText.shown(part, budget)));
        return Value.text(text.toString());
    }

    private Value comparison(Expr.Comparison comparison, Scope scope) {
        Value left = evaluate(comparison.first(), scope);
        for (int i = 0; i < comparison.operators().size(); i++) {
            Value right = evaluate(comparison.others().get(i), scope);
            in.at(comparison.at());
            if (!operators.compares(comparison.operators().get(i), left, right)) {
                return Value.Bool.FALSE;
            }
            left = right;
        }
        return Value.Bool.TRUE;
    }

    private Value conditional(Expr.Conditional conditional, Scope scope) {
        if (operators.truth(evaluate(conditional.condition(), scope))) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise() != null
                ? evaluate(conditional.otherwise(), scope)
                : new Value.Undefined(
                        "the conditional expression at "
                                + conditional.at()
                                + " has no else, and its condition does not hold");
    }

    private boolean test(Expr.Test test, Scope scope) {
        Value of = evaluate(test.of(), scope);
        Args args = arguments(test.arguments(), scope);
        in.at(test.at());
        return Tests.apply(in, test.name(), of, args);
    }

    Value blockFilter(Expr.Filter filter, Value text, Scope scope) {
        return filter(filter, text, scope);
    }

    /// @param block what the filters' block encloses, for the innermost filter, which has no
    ///   operand
    private Value filter(Expr.Filter filter, @Nullable Value block, Scope scope) {
        Value of =
                switch (filter.of()) {
                    case null -> block == null ? Value.None.NONE : block;
                    case Expr.Filter inner when block != null -> filter(inner, block, scope);
                    case Expr operand -> evaluate(operand, scope);
                };
        Args args = arguments(filter.arguments(), scope);
        in.at(filter.at());
        return Filters.apply(in, filter.name(), of, args);
    }

    /// @param caller the block that a call hands over, if it does
    Value call(Expr.Call call, Scope scope, @Nullable Macro caller) {
        Value function = evaluate(call.function(), scope);
        Args args = arguments(call.arguments(), scope);
        in.at(call.at());
        return call(function, caller == null ? args : args.withNamed("caller", caller));
    }

    private Value call(Value function, Args args) {
        return switch (function) {
            case Macro macro -> in.invoke(macro, args);
            case Value.Function(String _, Value.Function.Body body) -> body.call(in, args);
            case Value.Method method -> Attributes.call(in, method, args);
            case Loop loop -> loop.recurse(args);
            case Value.Undefined(String hint) -> throw Fault.value(hint);
            default ->
                    throw Fault.value(
                            "a value of type '" + PythonText.type(function) + "' cannot be called");
        };
    }

    private Args arguments(Expr.Arguments arguments, Scope scope) {
        if (arguments == Expr.Arguments.NONE) {
            return Args.NONE;
        }
        List<Value> positional = new ArrayList<>(all(arguments.positional(), scope));
        if (arguments.spread() != null) {
            positional.addAll(in.iteration().elements(evaluate(arguments.spread(), scope)));
            budget.elements(positional.size());
        }
        Map<String, Value> named = new LinkedHashMap<>();
        for (Expr.Named each : arguments.named()) {
            named.put(each.name(), evaluate(each.value(), scope));
        }
        if (arguments.spreadNamed() != null) {
            Value spread = evaluate(arguments.spreadNamed(), scope);
            if (!(spread instanceof Dict dict)) {
                throw Fault.value("what follows ** in a call is no mapping");
            }
            budget.elements(dict.size());
            dict.entries()
                    .forEach(each -> named.put(TextMethods.text(each.key(), "**"), each.value()));
        }
        return new Args(positional, named);
    }
}
