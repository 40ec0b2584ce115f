package io.tornadogpt.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/// Python's operators.
final class Operators {

    private final Budget budget;
    private final Iteration iteration;

    Operators(Budget budget, Iteration iteration) {
        this.budget = budget;
        this.iteration = iteration;
    }

    boolean truth(Value value) {
        return switch (value) {
            case Value.Undefined _, Value.None _ -> false;
            case Value.Bool bool -> bool.value();
            case Value.Int number -> number.value().signum() != 0;
            case Value.Real number -> number.value() != 0;
            case Value.Text text -> !text.value().isEmpty();
            case Value.Items items -> !items.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case Value.View view -> view.of().size() > 0;
            case Value.Range range -> range.length() > 0;
            case Value.Generator _, Value.Callable _, Namespace _ -> true;
        };
    }

    static boolean isNumber(Value value) {
        return value instanceof Value.Int
                || value instanceof Value.Real
                || value instanceof Value.Bool;
    }

    static boolean isInteger(Value value) {
        return value instanceof Value.Int || value instanceof Value.Bool;
    }

    /// The integer that an int or bool is.
    static BigInteger integer(Value value) {
        return switch (value) {
            case Value.Int number -> number.value();
            case Value.Bool bool -> bool.value() ? BigInteger.ONE : BigInteger.ZERO;
            default ->
                    throw Fault.value(
                            "a value of type '"
                                    + PythonText.type(value)
                                    + "' stands where an integer is due");
        };
    }

    /// An integer as an int; what is beyond becomes the nearest one.
    static int clamped(Value value) {
        BigInteger number = integer(value);
        return number.bitLength() < 32
                ? number.intValue()
                : number.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }

    static double real(Value value) {
        if (value instanceof Value.Real number) {
            return number.value();
        }
        double real = integer(value).doubleValue();
        if (Double.isInfinite(real)) {
            throw Fault.value("an integer is too large for a float");
        }
        return real;
    }

    Value apply(String operator, Value left, Value right) {
        if (left instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        if (operator.equals("%") && left instanceof Value.Text text) {
            String formatted = new PercentFormat(budget).format(text.value(), right);
            return new Value.Text(formatted, text.markup());
        }
        if (right instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        if (isNumber(left) && isNumber(right)) {
            return Arithmetic.apply(operator, left, right);
        }
        return switch (operator) {
            case "+" -> joined(left, right);
            case "*" -> repeated(left, right);
            default -> throw mismatch(operator, left, right);
        };
    }

    private static Fault mismatch(String operator, Value left, Value right) {
        return Fault.value(
                "unsupported operand types for "
                        + operator
                        + ": '"
                        + PythonText.type(left)
                        + "' and '"
                        + PythonText.type(right)
                        + "'");
    }

    private Value joined(Value left, Value right) {
        if (left instanceof Value.Text a && right instanceof Value.Text b) {
            boolean markup = a.markup() || b.markup();
            String first = markup && !a.markup() ? escaped(a.value()) : a.value();
            String second = markup && !b.markup() ? escaped(b.value()) : b.value();
            budget.text((long) first.length() + second.length());
            return new Value.Text(first + second, markup);
        }
        if (left instanceof Value.Items a
                && right instanceof Value.Items b
                && a.tuple() == b.tuple()) {
            budget.elements((long) a.items().size() + b.items().size());
            List<Value> all = new ArrayList<>(a.items());
            all.addAll(b.items());
            return new Value.Items(Collections.unmodifiableList(all), a.tuple());
        }
        throw mismatch("+", left, right);
    }

    /// What markup does to a string that it is joined with.
    String escaped(String text) {
        budget.text(text.length());
        String escaped =
                text.replace("&", "&amp;")
                        .replace(">", "&gt;")
                        .replace("<", "&lt;")
                        .replace("'", "&#39;")
                        .replace("\"", "&#34;");
        budget.text(escaped.length());
        return escaped;
    }

    private Value repeated(Value left, Value right) {
        if (isInteger(left)) {
            if (isInteger(right)) {
                throw mismatch("*", left, right);
            }
            return repeated(right, left);
        }
        if (!isInteger(right)) {
            throw mismatch("*", left, right);
        }
        int count = Math.max(0, clamped(right));
        return switch (left) {
            case Value.Text text ->
                    new Value.Text(
                            new TextBuilder(budget).repeat(text.value(), count).toString(),
                            text.markup());
            case Value.Items items -> {
                long size = (long) count * items.items().size();
                budget.elements(size);
                List<Value> all = new ArrayList<>((int) size);
                for (int i = 0; i < count && size > 0; i++) {
                    all.addAll(items.items());
                }
                yield new Value.Items(Collections.unmodifiableList(all), items.tuple());
            }
            default -> throw mismatch("*", left, right);
        };
    }

    Value signed(char sign, Value value) {
        return switch (value) {
            case Value.Undefined(String hint) -> throw Fault.value(hint);
            case Value.Real number ->
                    new Value.Real(sign == '-' ? -number.value() : number.value());
            case Value.Int _, Value.Bool _ ->
                    Value.integer(sign == '-' ? integer(value).negate() : integer(value));
            default ->
                    throw Fault.value(
                            "bad operand type for " + sign + ": '" + PythonText.type(value) + "'");
        };
    }

    boolean compares(String operator, Value left, Value right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            default -> {
                if (isNaN(left) || isNaN(right)) {
                    compare(left, right, operator);
                    yield false;
                }
                int order = compare(left, right, operator);
                yield switch (operator) {
                    case "<" -> order < 0;
                    case "<=" -> order <= 0;
                    case ">" -> order > 0;
                    default -> order >= 0;
                };
            }
        };
    }

    private static boolean isNaN(Value value) {
        return value instanceof Value.Real number && Double.isNaN(number.value());
    }

    boolean equal(Value left, Value right) {
        budget.step();
        if (isNumber(left) && isNumber(right)) {
            return !isNaN(left) && !isNaN(right) && compareNumbers(left, right) == 0;
        }
        return switch (left) {
            case Value.Text a -> right instanceof Value.Text b && sameText(a.value(), b.value());
            case Value.Items a ->
                    right instanceof Value.Items b
                            && a.tuple() == b.tuple()
                            && sameItems(a.items(), b.items());
            case Dict a -> right instanceof Dict b && sameEntries(a, b);
            case Value.Undefined _ -> right instanceof Value.Undefined;
            case Value.Range a ->
                    right instanceof Value.Range b
                            && sameItems(iteration.elements(a), iteration.elements(b));
            case Value.View a ->
                    right instanceof Value.View b
                            && a.part() != Value.View.Part.VALUES
                            && sameSet(a, b);
            default -> left == right;
        };
    }

    private boolean sameText(String a, String b) {
        budget.steps(a.length() / 64);
        return a.equals(b);
    }

    private boolean sameItems(List<Value> a, List<Value> b) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        for (int i = 0; i < a.size(); i++) {
            if (a.get(i) != b.get(i) && !equal(a.get(i), b.get(i))) {
                return false;
            }
        }
        budget.leave();
        return true;
    }

    private boolean sameEntries(Dict a, Dict b) {
        if (a.size() != b.size()) {
            return false;
        }
        budget.enter();
        for (Dict.Entry entry : a.entries()) {
            Value other = b.get(entry.key());
            if (other == null || !equal(entry.value(), other)) {
                return false;
            }
        }
        budget.leave();
        return true;
    }

    private boolean sameSet(Value.View a, Value.View b) {
        List<Value> first = iteration.elements(a);
        List<Value> second = iteration.elements(b);
        return first.size() == second.size()
                && first.stream().allMatch(item -> second.stream().anyMatch(o -> equal(item, o)));
    }

    boolean contains(Value in, Value item) {
        return switch (in) {
            case Value.Text text -> {
                if (!(item instanceof Value.Text part)) {
                    throw Fault.value(
                            "'in' a string needs a string on its left, not '"
                                    + PythonText.type(item)
                                    + "'");
                }
                budget.steps(text.value().length() / 16);
                yield TextSearch.find(text.value(), part.value(), 0, budget) >= 0;
            }
            case Dict dict -> dict.get(item) != null;
            case Value.View view when view.part() == Value.View.Part.KEYS ->
                    view.of().get(item) != null;
            default -> {
                Iterator<Value> items = iteration.over(in);
                while (items.hasNext()) {
                    Value each = items.next();
                    if (each == item || equal(each, item)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }

    /// Negative, zero or positive as Python orders the two.
    int compare(Value left, Value right, String operator) {
        budget.step();
        if (left instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        if (right instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right);
        }
        if (left instanceof Value.Text a && right instanceof Value.Text b) {
            budget.steps(Math.min(a.value().length(), b.value().length()) / 64);
            return compareText(a.value(), b.value());
        }
        if (left instanceof Value.Items a
                && right instanceof Value.Items b
                && a.tuple() == b.tuple()) {
            return compareItems(a.items(), b.items(), operator);
        }
        throw Fault.value(
                "'"
                        + operator
                        + "' is not defined between '"
                        + PythonText.type(left)
                        + "' and '"
                        + PythonText.type(right)
                        + "'");
    }

    private int compareItems(List<Value> a, List<Value> b, String operator) {
        budget.enter();
        int order = Integer.compare(a.size(), b.size());
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            if (!equal(a.get(i), b.get(i))) {
                order = compare(a.get(i), b.get(i), operator);
                break;
            }
        }
        budget.leave();
        return order;
    }

    private static int compareNumbers(Value left, Value right) {
        if (left instanceof Value.Real || right instanceof Value.Real) {
            double a = left instanceof Value.Real real ? real.value() : 0;
            double b = right instanceof Value.Real real ? real.value() : 0;
            if (Double.isInfinite(a)
                    || Double.isInfinite(b)
                    || Double.isNaN(a)
                    || Double.isNaN(b)) {
                return Double.compare(a, b);
            }
            return exact(left).compareTo(exact(right));
        }
        return integer(left).compareTo(integer(right));
    }

    private static BigDecimal exact(Value number) {
        return number instanceof Value.Real real
                ? new BigDecimal(real.value())
                : new BigDecimal(integer(number));
    }

    /// By code points, which UTF-16 units order otherwise beyond the basic plane.
    private static int compareText(String a, String b) {
        int common = Math.min(a.length(), b.length());
        for (int i = 0; i < common; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
                return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
