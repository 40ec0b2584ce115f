package io.tornadogpt.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/// Strings as Python sees them: sequences of code points, with Python's idea of whitespace, of line
/// ends, and of how a value prints.
public final class PythonText {

    /// How much of a quoted string is made before the budget hears of it.
    static final int CHUNK = 8192;

    private PythonText() {}

    static boolean isSpace(int c) {
        return c == ' '
                || c >= 0x09 && c <= 0x0d
                || c >= 0x1c && c <= 0x1f
                || c == 0x85
                || c == 0xa0
                || c > 0xff
                        && (c == 0x1680
                                || c >= 0x2000 && c <= 0x200a
                                || c == 0x2028
                                || c == 0x2029
                                || c == 0x202f
                                || c == 0x205f
                                || c == 0x3000);
    }

    /// The offset of the first character from `from` on that is no whitespace.
    static int skipSpaces(String text, int from) {
        int i = from;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /// `text.rstrip()`.
    public static String stripRight(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /// `text.lstrip()`.
    public static String stripLeft(String text) {
        return text.substring(skipSpaces(text, 0));
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// The offset in UTF-16 units of a code point's index.
    static int offset(String text, int index) {
        return text.offsetByCodePoints(0, index);
    }

    static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (!isLineEnd(c)) {
                continue;
            }
            lines.add(text.substring(start, i - 1));
            if (c == '\r' && i < text.length() && text.charAt(i) == '\n') {
                i++;
            }
            start = i;
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    private static boolean isLineEnd(char c) {
        return c >= 0x0a && c <= 0x0d
                || c >= 0x1c && c <= 0x1e
                || c == 0x85
                || c == 0x2028
                || c == 0x2029;
    }

    /// The name of a value's type in Python.
    static String type(Value value) {
        return switch (value) {
            case Value.Undefined _ -> "Undefined";
            case Value.None _ -> "NoneType";
            case Value.Bool _ -> "bool";
            case Value.Int _ -> "int";
            case Value.Real _ -> "float";
            case Value.Text text -> text.markup() ? "Markup" : "str";
            case Value.Items items -> items.tuple() ? "tuple" : "list";
            case Dict _ -> "dict";
            case Value.View view ->
                    switch (view.part()) {
                        case KEYS -> "dict_keys";
                        case VALUES -> "dict_values";
                        case ITEMS -> "dict_items";
                    };
            case Value.Range _ -> "range";
            case Value.Generator _ -> "generator";
            case Value.Method _ -> "builtin_function_or_method";
            case Value.Function _ -> "function";
            case Macro _ -> "Macro";
            case Loop _ -> "LoopContext";
            case Namespace _ -> "Namespace";
        };
    }

    /// What printing the value gives: `str(value)`.
    static String shown(Value value, Budget budget) {
        return switch (value) {
            case Value.Text text -> text.value();
            case Value.Undefined _ -> "";
            default -> {
                TextBuilder out = new TextBuilder(budget);
                represent(value, out, budget);
                yield out.toString();
            }
        };
    }

    static String represented(Value value, Budget budget) {
        TextBuilder out = new TextBuilder(budget);
        represent(value, out, budget);
        return out.toString();
    }

    private static void represent(Value value, TextBuilder out, Budget budget) {
        budget.step();
        budget.enter();
        switch (value) {
            case Value.Undefined _ -> out.add("Undefined");
            case Value.None _ -> out.add("None");
            case Value.Bool bool -> out.add(bool.value() ? "True" : "False");
            case Value.Int number -> out.add(PythonNumbers.shown(number.value()));
            case Value.Real number -> out.add(PythonNumbers.shown(number.value()));
            case Value.Text text -> {
                out.add(text.markup() ? "Markup(" : "");
                quote(text.value(), out);
                out.add(text.markup() ? ")" : "");
            }
            case Value.Items items -> items(items, out, budget);
            case Dict dict -> dict(dict, out, budget);
            case Value.View view -> {
                out.add(type(view)).add('(');
                items(Value.list(new Iteration(budget).elements(view)), out, budget);
                out.add(')');
            }
            case Value.Range range ->
                    out.add("range(" + range.start() + ", " + range.stop())
                            .add(range.step() == 1 ? ")" : ", " + range.step() + ")");
            case Macro macro -> {
                out.add("<Macro ");
                quote(macro.body().name(), out);
                out.add('>');
            }
            case Loop loop -> out.add(loop.shown());
            case Namespace namespace -> {
                Dict dict = new Dict();
                namespace.variables().forEach(dict::put);
                out.add("<Namespace ");
                dict(dict, out, budget);
                out.add('>');
            }
            case Value.Generator _, Value.Method _, Value.Function _ ->
                    throw Fault.value(
                            "a value of type '"
                                    + type(value)
                                    + "' is printed, which shows an address in memory");
        }
        budget.leave();
    }

    private static void items(Value.Items items, TextBuilder out, Budget budget) {
        out.add(items.tuple() ? '(' : '[');
        String separator = "";
        for (Value item : items.items()) {
            out.add(separator);
            separator = ", ";
            represent(item, out, budget);
        }
        out.add(items.tuple() ? items.items().size() == 1 ? ",)" : ")" : "]");
    }

    private static void dict(Dict dict, TextBuilder out, Budget budget) {
        out.add('{');
        String separator = "";
        for (Dict.Entry entry : dict.entries()) {
            out.add(separator);
            separator = ", ";
            represent(entry.key(), out, budget);
            out.add(": ");
            represent(entry.value(), out, budget);
        }
        out.add('}');
    }

    private static void quote(String text, TextBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (quoted.length() > CHUNK) {
                out.add(quoted.toString());
                quoted.setLength(0);
            }
            switch (c) {
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (c == quote) {
                        quoted.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        quoted.appendCodePoint(c);
                    } else if (c <= 0xff) {
                        quoted.append(String.format("\\x%02x", c));
                    } else if (c <= 0xffff) {
                        quoted.append(String.format("\\u%04x", c));
                    } else {
                        quoted.append(String.format("\\U%08x", c));
                    }
                }
            }
        }
        out.add(quoted.append(quote).toString());
    }

    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }
}
