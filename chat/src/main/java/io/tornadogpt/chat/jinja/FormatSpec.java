package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How one value is laid out: `[[fill]align][sign][#][0][width][,][.precision][type]`, the language
/// of `str.format`, into which `%` formatting is translated too.
///
/// @param align one of `<`, `>`, `^`, `=`, or a blank for the type's own
/// @param type a letter, or a blank for the value's own
record FormatSpec(
        String fill,
        char align,
        char sign,
        boolean alternate,
        int width,
        char grouping,
        int precision,
        char type) {

    private static final int LARGEST = 1_000_000;

    private static final Pattern SYNTAX =
            Pattern.compile(
                    "(?s)(?:(.)?([<>=^]))?([-+"
                            + " ])?(#)?(0)?([0-9]++)?([,_])?(?:\\.([0-9]++))?([a-zA-Z%])?");

    static FormatSpec parse(String spec) {
        Matcher matcher = SYNTAX.matcher(spec);
        if (!matcher.matches()) {
            throw Fault.value("the format '" + Quoting.shortened(spec) + "' is not valid");
        }
        boolean zeros = matcher.group(5) != null;
        String fill = matcher.group(1);
        return new FormatSpec(
                fill != null ? fill : zeros ? "0" : " ",
                letter(matcher.group(2), zeros ? '=' : ' '),
                letter(matcher.group(3), '-'),
                matcher.group(4) != null,
                number(matcher.group(6), 0),
                letter(matcher.group(7), ' '),
                number(matcher.group(8), -1),
                letter(matcher.group(9), ' '));
    }

    private static char letter(@Nullable String group, char absent) {
        return group == null ? absent : group.charAt(0);
    }

    private static int number(@Nullable String group, int absent) {
        int number =
                group == null
                        ? absent
                        : group.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(group);
        if (number > LARGEST) {
            throw Fault.limit("a format asks for more than " + LARGEST + " characters");
        }
        return number;
    }

    String format(Value value, Budget budget) {
        return switch (value) {
            case Value.Text text -> text(text.value(), budget);
            case Value.Bool bool when type == ' ' || type == 's' ->
                    text(bool.value() ? "True" : "False", budget);
            case Value.Int _, Value.Bool _ -> integer(value, budget);
            case Value.Real number -> real(number.value(), budget);
            default ->
                    throw Fault.value(
                            "a value of type '" + PythonText.type(value) + "' has no such format");
        };
    }

    String text(String text, Budget budget) {
        if (type != ' ' && type != 's' || align == '=' && !fill.equals("0")) {
            throw Fault.value("the format '" + type + "' does not fit a string");
        }
        String cut =
                precision >= 0 && precision < PythonText.length(text)
                        ? text.substring(0, PythonText.offset(text, precision))
                        : text;
        return padded("", cut, align == ' ' || align == '=' ? '<' : align, budget);
    }

    private String integer(Value value, Budget budget) {
        BigInteger number = Operators.integer(value);
        String digits =
                switch (type) {
                    case ' ', 'd', 'n' -> number.abs().toString();
                    case 'x' -> number.abs().toString(16);
                    case 'X' -> number.abs().toString(16).toUpperCase(Locale.ROOT);
                    case 'o' -> number.abs().toString(8);
                    case 'b' -> number.abs().toString(2);
                    case 'c' -> Character.toString(number.intValue() & 0x10ffff);
                    case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> "";
                    default ->
                            throw Fault.value("the format '" + type + "' does not fit an integer");
                };
        if (digits.isEmpty()) {
            return real(Operators.real(value), budget);
        }
        if (precision >= 0) {
            throw Fault.value("a precision does not fit the format of an integer");
        }
        if (type == 'c') {
            return padded("", digits, align == ' ' ? '<' : align, budget);
        }
        String prefix = alternate && "xXob".indexOf(type) >= 0 ? "0" + type : "";
        return number(number.signum() < 0, prefix, digits, "", budget);
    }

    private String real(double value, Budget budget) {
        boolean negative = value < 0 || value == 0 && 1 / value < 0;
        double size = Math.abs(value);
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            String word = Double.isNaN(value) ? "nan" : "inf";
            boolean upper = "EFG".indexOf(type) >= 0;
            return number(
                    value < 0,
                    "",
                    (upper ? word.toUpperCase(Locale.ROOT) : word) + (type == '%' ? "%" : ""),
                    "",
                    budget);
        }
        int digits = precision < 0 ? 6 : precision;
        budget.text(digits + 400L);
        String text =
                switch (type) {
                    case 'f', 'F' -> fixed(size, digits);
                    case 'e' -> scientific(size, digits, 'e');
                    case 'E' -> scientific(size, digits, 'E');
                    case 'g', 'n' -> general(size, digits, 'e');
                    case 'G' -> general(size, digits, 'E');
                    case '%' -> fixed(size * 100, digits) + "%";
                    case ' ' -> precision < 0 ? PythonNumbers.shown(size) : repr(size, digits);
                    default -> throw Fault.value("the format '" + type + "' does not fit a float");
                };
        int point = text.indexOf('.');
        int whole = point >= 0 ? point : wholeDigits(text);
        return number(negative, "", text.substring(0, whole), text.substring(whole), budget);
    }

    private static int wholeDigits(String text) {
        int i = 0;
        while (i < text.length() && Character.isDigit(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static String fixed(double size, int digits) {
        return new BigDecimal(size).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String scientific(double size, int digits, char letter) {
        BigDecimal value = new BigDecimal(size);
        int exponent = 0;
        String mantissa = "0".repeat(digits + 1);
        if (value.signum() != 0) {
            BigDecimal rounded =
                    value.round(new java.math.MathContext(digits + 1, RoundingMode.HALF_EVEN));
            exponent = rounded.precision() - rounded.scale() - 1;
            String unscaled = rounded.unscaledValue().toString();
            mantissa = (unscaled + "0".repeat(digits + 1)).substring(0, digits + 1);
        }
        String sized = Integer.toString(Math.abs(exponent));
        return mantissa.charAt(0)
                + (digits > 0 ? "." + mantissa.substring(1) : "")
                + letter
                + (exponent < 0 ? '-' : '+')
                + (sized.length() < 2 ? "0" : "")
                + sized;
    }

    private String general(double size, int precision, char letter) {
        int digits = Math.max(1, precision);
        String text = scientific(size, digits - 1, letter);
        int at = text.indexOf(letter);
        int exponent = Integer.parseInt(text.substring(at + 1));
        if (exponent >= -4 && exponent < digits) {
            return trimmed(fixed(size, digits - 1 - exponent));
        }
        return trimmed(text.substring(0, at)) + text.substring(at);
    }

    /// A float with a precision but no type: as `g`, with at least one digit behind the point.
    private String repr(double size, int precision) {
        String text = general(size, precision, 'e');
        return text.indexOf('e') < 0 && text.indexOf('.') < 0 ? text + ".0" : text;
    }

    private String trimmed(String digits) {
        if (alternate || digits.indexOf('.') < 0) {
            return digits;
        }
        int end = digits.length();
        while (digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, digits.charAt(end - 1) == '.' ? end - 1 : end);
    }

    private String number(
            boolean negative, String prefix, String whole, String rest, Budget budget) {
        String signed = negative ? "-" : sign == '-' ? "" : Character.toString(sign);
        String digits = grouping == ' ' ? whole : grouped(whole);
        return padded(signed + prefix, digits + rest, align == ' ' ? '>' : align, budget);
    }

    private String grouped(String digits) {
        int group = "xXob".indexOf(type) >= 0 ? 4 : 3;
        StringBuilder out = new StringBuilder(digits);
        for (int i = digits.length() - group; i > 0; i -= group) {
            out.insert(i, grouping);
        }
        return out.toString();
    }

    private String padded(String sign, String text, char side, Budget budget) {
        int missing = Math.max(0, width - PythonText.length(sign) - PythonText.length(text));
        int left =
                switch (side) {
                    case '<' -> 0;
                    case '^' -> missing / 2;
                    default -> missing;
                };
        TextBuilder out = new TextBuilder(budget);
        if (side == '=') {
            return out.add(sign).repeat(fill, missing).add(text).toString();
        }
        return out.repeat(fill, left).add(sign).add(text).repeat(fill, missing - left).toString();
    }
}
