package io.tornadogpt.chat.jinja;

import io.tornadogpt.chat.jinja.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Reads expressions, with Jinja's precedence: `if else`, `or`, `and`, `not`, comparisons, `+ -`,
/// `~`, `* / // %`, `**`, signs, then attributes, calls, filters and tests.
final class ExpressionParser {

    /// A longer chain of operators or of attributes would nest the tree too deep.
    private static final int LONGEST_CHAIN = 500;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> MACRO_NAMES = Set.of("caller", "kwargs", "varargs");

    private final TokenStream in;

    ExpressionParser(TokenStream in) {
        this.in = in;
    }

    /// An expression, or a tuple without parentheses.
    Expr tupleOrExpression(boolean conditionals, String... endNames) {
        return tuple(conditionals, false, endNames);
    }

    Expr expression() {
        return conditional();
    }

    private Expr tuple(boolean conditionals, boolean parentheses, String... endNames) {
        Position at = in.current().at();
        List<Expr> items = new ArrayList<>();
        boolean comma = false;
        while (!tupleEnds(endNames)) {
            items.add(conditionals ? conditional() : or());
            if (!in.atOperator(",")) {
                break;
            }
            comma = true;
            in.take();
        }
        if (!comma && items.size() == 1) {
            return items.getFirst();
        }
        if (items.isEmpty() && !parentheses) {
            throw in.unexpected("an expression is");
        }
        return new Expr.ListOf(List.copyOf(items), true, at);
    }

    private boolean tupleEnds(String... endNames) {
        if (in.at(Kind.VARIABLE_END) || in.at(Kind.BLOCK_END) || in.atOperator(")")) {
            return true;
        }
        for (String name : endNames) {
            if (in.atName(name)) {
                return true;
            }
        }
        return false;
    }

    private Expr conditional() {
        in.enter();
        int refusals = in.refusals();
        Expr value = or();
        int chain = 0;
        while (in.atName("if")) {
            chain = longer(chain);
            Position at = in.take().at();
            Expr condition = or();
            Expr otherwise = in.skipName("else") ? conditional() : null;
            value = new Expr.Conditional(condition, value, otherwise, at);
            in.forgetRefusals(refusals);
        }
        in.leave();
        return value;
    }

    private int longer(int chain) {
        if (chain >= LONGEST_CHAIN) {
            throw Fault.syntax(
                    in.current().at(),
                    "an expression chains more than " + LONGEST_CHAIN + " operators");
        }
        return chain + 1;
    }

    private Expr or() {
        Expr left = and();
        for (int chain = 0; in.atName("or"); chain = longer(chain)) {
            Position at = in.take().at();
            left = new Expr.Or(left, and(), at);
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        for (int chain = 0; in.atName("and"); chain = longer(chain)) {
            Position at = in.take().at();
            left = new Expr.And(left, not(), at);
        }
        return left;
    }

    private Expr not() {
        if (!in.atName("not")) {
            return comparison();
        }
        in.enter();
        Position at = in.take().at();
        Expr of = not();
        in.leave();
        return new Expr.Not(of, at);
    }

    private Expr comparison() {
        Position at = in.current().at();
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        while (true) {
            if (in.at(Kind.OPERATOR) && COMPARISONS.contains(in.current().text())) {
                operators.add(in.take().text());
            } else if (in.atName("in")) {
                in.take();
                operators.add("in");
            } else if (in.atName("not") && in.following().isName("in")) {
                in.take();
                in.take();
                operators.add("not in");
            } else {
                break;
            }
            others.add(sum());
        }
        return operators.isEmpty() ? first : new Expr.Comparison(first, operators, others, at);
    }

    private Expr sum() {
        Expr left = concatenation();
        for (int chain = 0; in.atOperator("+") || in.atOperator("-"); chain = longer(chain)) {
            Token operator = in.take();
            left = new Expr.Binary(operator.text(), left, concatenation(), operator.at());
        }
        return left;
    }

    private Expr concatenation() {
        Expr first = product();
        if (!in.atOperator("~")) {
            return first;
        }
        Position at = in.current().at();
        List<Expr> parts = new ArrayList<>(List.of(first));
        while (in.skipOperator("~")) {
            parts.add(product());
        }
        return new Expr.Concatenation(List.copyOf(parts), at);
    }

    private Expr product() {
        Expr left = power();
        int chain = 0;
        while (in.atOperator("*")
                || in.atOperator("/")
                || in.atOperator("//")
                || in.atOperator("%")) {
            chain = longer(chain);
            Token operator = in.take();
            left = new Expr.Binary(operator.text(), left, power(), operator.at());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        for (int chain = 0; in.atOperator("**"); chain = longer(chain)) {
            Token operator = in.take();
            left = new Expr.Binary("**", left, unary(true), operator.at());
        }
        return left;
    }

    private Expr unary(boolean filters) {
        Expr value;
        if (in.atOperator("-") || in.atOperator("+")) {
            in.enter();
            Token sign = in.take();
            value = new Expr.Unary(sign.text().charAt(0), unary(false), sign.at());
            in.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return filters ? filtersAndTests(value) : value;
    }

    private Expr primary() {
        Token token = in.current();
        return switch (token.kind()) {
            case NAME -> name(in.take());
            case STRING -> string();
            case INTEGER -> new Expr.Constant(integer(in.take()), token.at());
            case FLOAT -> {
                in.take();
                double value = Double.parseDouble(token.text().replace("_", ""));
                yield new Expr.Constant(new Value.Real(value), token.at());
            }
            case OPERATOR -> enclosed(token);
            default -> throw in.unexpected("an expression is");
        };
    }

    private Expr name(Token token) {
        if (MACRO_NAMES.contains(token.text())) {
            in.macroNames.add(token.text());
        }
        return switch (token.text()) {
            case "true", "True" -> new Expr.Constant(Value.Bool.TRUE, token.at());
            case "false", "False" -> new Expr.Constant(Value.Bool.FALSE, token.at());
            case "none", "None" -> new Expr.Constant(Value.None.NONE, token.at());
            default -> new Expr.Name(token.text(), token.at());
        };
    }

    private Expr string() {
        Position at = in.current().at();
        StringBuilder text = new StringBuilder();
        while (in.at(Kind.STRING)) {
            text.append(in.take().text());
        }
        return new Expr.Constant(Value.text(text.toString()), at);
    }

    static Value integer(Token token) {
        String digits = token.text().replace("_", "").toLowerCase(Locale.ROOT);
        int radix =
                digits.startsWith("0x")
                        ? 16
                        : digits.startsWith("0o") ? 8 : digits.startsWith("0b") ? 2 : 10;
        if (digits.length() > PythonNumbers.MOST_DIGITS) {
            throw Fault.syntax(
                    token.at(),
                    "the number has more than " + PythonNumbers.MOST_DIGITS + " digits");
        }
        return Value.integer(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
    }

    private Expr enclosed(Token token) {
        in.enter();
        Expr value =
                switch (token.text()) {
                    case "(" -> {
                        in.take();
                        Expr tuple = tuple(true, true);
                        in.expectOperator(")");
                        yield tuple;
                    }
                    case "[" -> list();
                    case "{" -> dict();
                    default -> throw in.unexpected("an expression is");
                };
        in.leave();
        return value;
    }

    private Expr list() {
        Position at = in.take().at();
        List<Expr> items = new ArrayList<>();
        while (!in.atOperator("]")) {
            if (!items.isEmpty()) {
                in.expectOperator(",");
                if (in.atOperator("]")) {
                    break;
                }
            }
            items.add(conditional());
        }
        in.expectOperator("]");
        return new Expr.ListOf(List.copyOf(items), false, at);
    }

    private Expr dict() {
        Position at = in.take().at();
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (!in.atOperator("}")) {
            if (!keys.isEmpty()) {
                in.expectOperator(",");
                if (in.atOperator("}")) {
                    break;
                }
            }
            keys.add(conditional());
            in.expectOperator(":");
            values.add(conditional());
        }
        in.expectOperator("}");
        return new Expr.DictOf(List.copyOf(keys), List.copyOf(values), at);
    }

    private Expr postfix(Expr start) {
        Expr value = start;
        for (int chain = 0; ; chain = longer(chain)) {
            if (in.atOperator(".")) {
                value = attribute(value);
            } else if (in.atOperator("[")) {
                value = subscript(value);
            } else if (in.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    private Expr attribute(Expr of) {
        in.take();
        Token token = in.current();
        if (token.kind() == Kind.NAME) {
            return new Expr.Attribute(of, in.take().text(), token.at());
        }
        if (token.kind() == Kind.INTEGER) {
            Value index = integer(in.take());
            return new Expr.Item(of, new Expr.Constant(index, token.at()), token.at());
        }
        throw in.unexpected("a name or number is");
    }

    private Expr subscript(Expr of) {
        in.enter();
        Position at = in.take().at();
        Expr from = in.atOperator(":") ? null : conditional();
        Expr value;
        if (in.atOperator(":")) {
            value = slice(of, from, at);
        } else if (from != null && in.atOperator(",")) {
            List<Expr> items = new ArrayList<>(List.of(from));
            while (in.skipOperator(",")) {
                if (in.atOperator(":")) {
                    throw Fault.unsupported(in.current().at(), "a slice in a tuple of indices");
                }
                items.add(conditional());
            }
            value = new Expr.Item(of, new Expr.ListOf(List.copyOf(items), true, at), at);
        } else if (from != null) {
            value = new Expr.Item(of, from, at);
        } else {
            throw in.unexpected("an index is");
        }
        in.expectOperator("]");
        in.leave();
        return value;
    }

    private Expr slice(Expr of, @Nullable Expr from, Position at) {
        in.take();
        Expr to = in.atOperator(":") || in.atOperator("]") ? null : conditional();
        Expr step = null;
        if (in.skipOperator(":") && !in.atOperator("]")) {
            step = conditional();
        }
        return new Expr.Slice(of, from, to, step, at);
    }

    Expr.Call call(Expr function) {
        Position at = in.current().at();
        return new Expr.Call(function, arguments(), at);
    }

    private Expr.Arguments arguments() {
        in.enter();
        in.expectOperator("(");
        List<Expr> positional = new ArrayList<>();
        List<Expr.Named> named = new ArrayList<>();
        Expr spread = null;
        Expr spreadNamed = null;
        boolean first = true;
        while (!in.atOperator(")")) {
            if (!first) {
                in.expectOperator(",");
                if (in.atOperator(")")) {
                    break;
                }
            }
            first = false;
            if (in.atOperator("**") && spreadNamed == null) {
                in.take();
                spreadNamed = conditional();
            } else if (in.atOperator("*") && spread == null && spreadNamed == null) {
                in.take();
                spread = conditional();
            } else if (spreadNamed == null && in.at(Kind.NAME) && in.following().isOperator("=")) {
                named.add(named(named));
            } else if (spread == null && spreadNamed == null && named.isEmpty()) {
                positional.add(conditional());
            } else {
                throw in.unexpected("a named argument is");
            }
        }
        in.expectOperator(")");
        in.leave();
        return new Expr.Arguments(List.copyOf(positional), spread, List.copyOf(named), spreadNamed);
    }

    private Expr.Named named(List<Expr.Named> others) {
        Token name = in.take();
        if (others.stream().anyMatch(other -> other.name().equals(name.text()))) {
            throw Fault.syntax(name.at(), "the argument '" + name.text() + "' is given twice");
        }
        in.expectOperator("=");
        return new Expr.Named(name.text(), conditional());
    }

    private Expr filtersAndTests(Expr start) {
        Expr value = start;
        for (int chain = 0; ; chain = longer(chain)) {
            if (in.atOperator("|")) {
                value = filter(value);
            } else if (in.atName("is")) {
                value = test(value);
            } else if (in.atOperator("(")) {
                value = call(value);
            } else {
                return value;
            }
        }
    }

    /// The filters of a block: `upper | trim` in `{% filter upper | trim %}`.
    Expr.Filter blockFilters() {
        Expr.Filter value = namedFilter(null);
        for (int chain = 0; in.skipOperator("|"); chain = longer(chain)) {
            value = namedFilter(value);
        }
        return value;
    }

    private Expr.Filter filter(Expr of) {
        in.take();
        return namedFilter(of);
    }

    private Expr.Filter namedFilter(@Nullable Expr of) {
        Position at = in.current().at();
        String name = dottedName("a filter's name is");
        if (!Filters.isKnown(name)) {
            in.refuse(at, "the filter '" + Quoting.shortened(name) + "' is not supported");
        }
        Expr.Arguments arguments = in.atOperator("(") ? arguments() : Expr.Arguments.NONE;
        return new Expr.Filter(of, name, arguments, at);
    }

    private String dottedName(String expected) {
        StringBuilder name = new StringBuilder(in.expect(Kind.NAME, expected).text());
        while (in.skipOperator(".")) {
            name.append('.').append(in.expect(Kind.NAME, expected).text());
        }
        return name.toString();
    }

    private Expr test(Expr of) {
        in.take();
        Position at = in.current().at();
        boolean negated = in.skipName("not");
        String name = dottedName("a test's name is");
        if (!Tests.isKnown(name)) {
            in.refuse(at, "the test '" + Quoting.shortened(name) + "' is not supported");
        }
        Expr test = new Expr.Test(of, name, testArguments(), at);
        return negated ? new Expr.Not(test, at) : test;
    }

    private Expr.Arguments testArguments() {
        Token token = in.current();
        if (token.isOperator("(")) {
            return arguments();
        }
        boolean begins =
                switch (token.kind()) {
                    case STRING, INTEGER, FLOAT -> true;
                    case NAME -> !Set.of("else", "or", "and").contains(token.text());
                    case OPERATOR -> token.text().equals("[") || token.text().equals("{");
                    default -> false;
                };
        if (!begins) {
            return Expr.Arguments.NONE;
        }
        if (token.isName("is")) {
            throw Fault.syntax(token.at(), "tests cannot be chained with 'is'");
        }
        Expr argument = postfix(primary());
        return new Expr.Arguments(List.of(argument), null, List.of(), null);
    }
}
