package io.tornadogpt.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `text % values`.
final class PercentFormat {

    private static final Pattern CONVERSION =
            Pattern.compile(
                    "%(?:\\(([^)]*)\\))?([-+"
                            + " #0]*)(\\*|[0-9]++)?(?:\\.(\\*|[0-9]*+))?[hlL]?(.)",
                    Pattern.DOTALL);

    private final Budget budget;
    private Value values = Value.None.NONE;
    private int used;
    private boolean byName;

    PercentFormat(Budget budget) {
        this.budget = budget;
    }

    String format(String text, Value of) {
        values = of;
        TextBuilder out = new TextBuilder(budget);
        Matcher matcher = CONVERSION.matcher(text);
        int at = 0;
        for (int next = text.indexOf('%'); next >= 0; next = text.indexOf('%', at)) {
            out.add(text.substring(at, next));
            if (!matcher.region(next, text.length()).lookingAt()) {
                throw Fault.value("the format of a string ends within a conversion");
            }
            budget.step();
            out.add(converted(matcher));
            at = matcher.end();
        }
        out.add(text.substring(at));
        if (used < available() && !byName && !mayBeLeftOver(values)) {
            throw Fault.value("not all values of a string's format are used");
        }
        return out.toString();
    }

    /// Python asks only of tuples and of what has no items that all values be used.
    private static boolean mayBeLeftOver(Value values) {
        return switch (values) {
            case Dict _, Value.Range _, Value.Undefined _ -> true;
            case Value.Items items -> !items.tuple();
            default -> false;
        };
    }

    private int available() {
        return values instanceof Value.Items(List<Value> items, boolean tuple) && tuple
                ? items.size()
                : 1;
    }

    private Value next() {
        if (used >= available()) {
            throw Fault.value("a string's format needs more values than it is given");
        }
        Value value =
                values instanceof Value.Items(List<Value> items, boolean tuple) && tuple
                        ? items.get(used)
                        : values;
        used++;
        return value;
    }

    private String converted(Matcher matcher) {
        char type = matcher.group(5).charAt(0);
        if (type == '%') {
            return "%";
        }
        String flags = matcher.group(2);
        Value value;
        int width = 0;
        int precision = -1;
        if (matcher.group(1) != null) {
            byName = true;
            Value named = values instanceof Dict dict ? dict.get(matcher.group(1)) : null;
            if (named == null) {
                throw Fault.value("a string's format names a value that it is not given");
            }
            value = named;
        } else {
            width = size(matcher.group(3), 0);
            precision = matcher.group(4) == null ? -1 : size(matcher.group(4), 0);
            value = next();
        }
        width = matcher.group(1) != null ? size(matcher.group(3), 0) : width;
        if (matcher.group(1) != null && matcher.group(4) != null) {
            precision = size(matcher.group(4), 0);
        }
        return laidOut(type, flags, width, precision, value);
    }

    private int size(String digits, int absent) {
        if (digits == null || digits.isEmpty()) {
            return absent;
        }
        int size =
                digits.equals("*")
                        ? Operators.clamped(next())
                        : digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        budget.single(Math.abs((long) size));
        return size;
    }

    private String laidOut(char type, String flags, int width, int precision, Value value) {
        boolean text = type == 's' || type == 'r' || type == 'a';
        boolean left = flags.indexOf('-') >= 0 || width < 0;
        boolean zeros = flags.indexOf('0') >= 0 && !left && !text;
        char sign = flags.indexOf('+') >= 0 ? '+' : flags.indexOf(' ') >= 0 ? ' ' : '-';
        char align = left ? '<' : zeros ? '=' : '>';
        boolean alternate = flags.indexOf('#') >= 0;
        String fill = zeros ? "0" : " ";
        int wide = Math.abs(width);
        if (text) {
            String shown =
                    type == 's'
                            ? PythonText.shown(value, budget)
                            : PythonText.represented(value, budget);
            return new FormatSpec(fill, align, '-', false, wide, ' ', precision, 's')
                    .text(shown, budget);
        }
        if ("dixXob".indexOf(type) < 0 && "eEfFgGu".indexOf(type) < 0 && type != 'c') {
            throw Fault.value("the conversion '%" + type + "' of a string's format is unknown");
        }
        if (type == 'c' && value instanceof Value.Text one) {
            return new FormatSpec(fill, align, '-', false, wide, ' ', -1, 's')
                    .text(one.value(), budget);
        }
        if (!Operators.isNumber(value)) {
            throw Fault.value(
                    "the conversion '%"
                            + type
                            + "' needs a number, not a value of type '"
                            + PythonText.type(value)
                            + "'");
        }
        boolean whole = "dixXou".indexOf(type) >= 0;
        if (whole && precision >= 0) {
            throw Fault.unsupported(
                    "a precision in the conversion '%" + type + "' is not supported");
        }
        Value number = whole ? wholeNumber(value, type) : value;
        char letter = type == 'i' || type == 'u' ? 'd' : type;
        return new FormatSpec(fill, align, sign, alternate, wide, ' ', precision, letter)
                .format(number, budget);
    }

    private static Value wholeNumber(Value value, char type) {
        if (!(value instanceof Value.Real real)) {
            return value;
        }
        BigInteger whole = PythonNumbers.truncated(real.value());
        if (whole == null || "xXo".indexOf(type) >= 0) {
            throw Fault.value("the conversion '%" + type + "' needs an integer");
        }
        return Value.integer(whole);
    }
}
