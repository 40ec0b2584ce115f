package io.tornadogpt.chat.jinja;

import io.tornadogpt.chat.jinja.Stmt.Target;

import org.jspecify.annotations.Nullable;

import java.time.LocalDateTime;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Runs a template's statements once. Expressions are computed by an [Evaluator].
final class Interpreter {

    /// How a list of statements ended.
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    /// What a macro's call and a loop's turn cost beyond what they compute.
    private static final int CALL_STEPS = 10;

    private static final int TURN_STEPS = 3;

    private final Budget budget;
    private final Iteration iteration;
    private final Operators operators;
    private final Evaluator evaluator;
    private final Supplier<LocalDateTime> clock;
    private final Output rendered;
    private Output out;

    /// Where a fault is said to be.
    private Position at = new Position(1, 1);

    Interpreter(Limits limits, Supplier<LocalDateTime> clock) {
        budget = new Budget(limits);
        iteration = new Iteration(budget);
        operators = new Operators(budget, iteration);
        evaluator = new Evaluator(this);
        this.clock = clock;
        rendered = new Output(budget);
        out = rendered;
    }

    Budget budget() {
        return budget;
    }

    Operators operators() {
        return operators;
    }

    Iteration iteration() {
        return iteration;
    }

    Iterator<Value> iterate(Value value) {
        return iteration.over(value);
    }

    int lengthOrMinusOne(Value value) {
        return iteration.lengthOrMinusOne(value);
    }

    LocalDateTime now() {
        return clock.get();
    }

    void at(Position position) {
        at = position;
    }

    Position position() {
        return at;
    }

    Output run(List<Stmt> body, Map<String, Value> variables) {
        Scope context = new Scope(null);
        variables.forEach(context::set);
        execute(body, new Scope(context));
        return rendered;
    }

    private Flow execute(List<Stmt> body, Scope scope) {
        budget.enter();
        for (Stmt statement : body) {
            budget.step();
            Flow flow = execute(statement, scope);
            if (flow != Flow.NEXT) {
                budget.leave();
                return flow;
            }
        }
        budget.leave();
        return Flow.NEXT;
    }

    private Flow execute(Stmt statement, Scope scope) {
        switch (statement) {
            case Stmt.Data(String text) -> out.add(text);
            case Stmt.Print(Expr of) ->
                    out.add(PythonText.shown(evaluator.evaluate(of, scope), budget));
            case Stmt.If choice -> {
                return choose(choice, scope);
            }
            case Stmt.For loop -> loop(loop, evaluator.evaluate(loop.in(), scope), scope, 0);
            case Stmt.Assign(Target target, Expr value, Position position) -> {
                Value assigned = evaluator.evaluate(value, scope);
                at(position);
                assign(target, assigned, scope);
            }
            case Stmt.AssignBlock block -> {
                return assignBlock(block, scope);
            }
            case Stmt.DefineMacro(Stmt.MacroBody macro) ->
                    scope.set(macro.name(), new Macro(macro, scope));
            case Stmt.CallBlock(Expr.Call call, Stmt.MacroBody caller) ->
                    out.add(
                            PythonText.shown(
                                    evaluator.call(call, scope, new Macro(caller, scope)), budget));
            case Stmt.FilterBlock(Expr.Filter filter, List<Stmt> body) -> {
                return filterBlock(filter, body, scope);
            }
            case Stmt.With with -> {
                return with(with, scope);
            }
            case Stmt.Generation(List<Stmt> body, Position position) -> {
                at(position);
                String text = buffered(() -> execute(body, new Scope(scope)));
                rendered.addGenerated(text.length());
                out.add(text);
            }
            case Stmt.Break() -> {
                return Flow.BREAK;
            }
            case Stmt.Continue() -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Flow choose(Stmt.If choice, Scope scope) {
        for (Stmt.Branch branch : choice.branches()) {
            if (operators.truth(evaluator.evaluate(branch.condition(), scope))) {
                return execute(branch.body(), scope);
            }
        }
        return execute(choice.otherwise(), scope);
    }

    private void loop(Stmt.For statement, Value items, Scope scope, int depth) {
        at(statement.at());
        Loop.@Nullable Recursion recursion =
                statement.recursive()
                        ? (inner, deeper) ->
                                Value.text(buffered(() -> loop(statement, inner, scope, deeper)))
                        : null;
        Loop loop = new Loop(this, filtered(statement, items, scope), recursion, depth);
        boolean completed = false;
        while (loop.hasNext()) {
            budget.steps(TURN_STEPS);
            Scope turn = new Scope(scope);
            at(statement.at());
            assign(statement.target(), loop.next(), turn);
            turn.set("loop", loop);
            Flow flow = execute(statement.body(), turn);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.NEXT;
        }
        // As in Jinja, a loop of which no turn came to its end counts as one that had none.
        if (!completed) {
            execute(statement.otherwise(), new Scope(scope));
        }
    }

    private Value filtered(Stmt.For statement, Value items, Scope scope) {
        Expr filter = statement.filter();
        if (filter == null) {
            return items;
        }
        return new Value.Generator(
                "filtered",
                SequenceFilters.filtered(
                        iterate(items),
                        item -> {
                            budget.steps(TURN_STEPS);
                            Scope turn = new Scope(scope);
                            at(statement.at());
                            assign(statement.target(), item, turn);
                            return operators.truth(evaluator.evaluate(filter, turn));
                        }));
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.NamespaceAttribute(String namespace, String name) -> {
                if (!(scope.find(namespace) instanceof Namespace variables)) {
                    throw Fault.value(
                            "the attribute of '" + namespace + "' is set, which is no namespace");
                }
                budget.elements(1);
                variables.variables().put(name, value);
            }
            case Target.Unpacked(List<Target> targets) -> {
                List<Value> values = iteration.elements(value);
                if (values.size() != targets.size()) {
                    throw Fault.value(
                            targets.size()
                                    + " names are assigned "
                                    + values.size()
                                    + " values at once");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    /// What the action writes, as a string.
    private String buffered(Runnable action) {
        Output outer = out;
        Output buffer = new Output(budget);
        out = buffer;
        budget.enter();
        action.run();
        budget.leave();
        out = outer;
        return buffer.text();
    }

    private Flow assignBlock(Stmt.AssignBlock block, Scope scope) {
        Flow[] flow = {Flow.NEXT};
        String text = buffered(() -> flow[0] = execute(block.body(), new Scope(scope)));
        if (flow[0] != Flow.NEXT) {
            return flow[0];
        }
        Expr.Filter filter = block.filter();
        Value value = Value.text(text);
        Value assigned = filter == null ? value : evaluator.blockFilter(filter, value, scope);
        at(block.at());
        assign(block.target(), assigned, scope);
        return Flow.NEXT;
    }

    private Flow filterBlock(Expr.Filter filter, List<Stmt> body, Scope scope) {
        Flow[] flow = {Flow.NEXT};
        Scope inner = new Scope(scope);
        String text = buffered(() -> flow[0] = execute(body, inner));
        if (flow[0] != Flow.NEXT) {
            return flow[0];
        }
        Value filtered = evaluator.blockFilter(filter, Value.text(text), inner);
        out.add(PythonText.shown(filtered, budget));
        return Flow.NEXT;
    }

    private Flow with(Stmt.With with, Scope scope) {
        Scope inner = new Scope(scope);
        for (int i = 0; i < with.targets().size(); i++) {
            Value value = evaluator.evaluate(with.values().get(i), scope);
            at(with.at());
            assign(with.targets().get(i), value, inner);
        }
        return execute(with.body(), inner);
    }

    /// Calls a macro as Jinja does: parameters by place, then by name, then their defaults.
    Value invoke(Macro macro, Args args) {
        budget.steps(CALL_STEPS);
        budget.enter();
        MacroCall call = new MacroCall(macro, args);
        Scope scope = call.scope();
        call.bind(scope, expression -> evaluator.evaluate(expression, scope));
        String text = buffered(() -> execute(macro.body().body(), scope));
        budget.leave();
        return Value.text(text);
    }
}
