package io.tornadogpt.chat.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `text.format(...)`.
final class BraceFormat {

    private static final Pattern STEP = Pattern.compile("\\.([^.\\[\\]]+)|\\[([^\\]]+)\\]");
    private static final int DEEPEST = 2;

    private final Interpreter in;
    private final boolean escaping;
    private int automatic;

    /// @param escaping whether strings that are filled in are escaped, as markup does
    BraceFormat(Interpreter in, boolean escaping) {
        this.in = in;
        this.escaping = escaping;
    }

    String format(String text, Args args) {
        return format(text, args, DEEPEST);
    }

    private String format(String text, Args args, int depth) {
        if (depth == 0) {
            throw Fault.value("fields of a string's format are nested too deep");
        }
        TextBuilder out = new TextBuilder(in.budget());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            boolean twice = i + 1 < text.length() && text.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && twice) {
                out.add(c);
                i += 2;
            } else if (c == '{') {
                int end = fieldEnd(text, i);
                out.add(field(text.substring(i + 1, end), args, depth));
                i = end + 1;
            } else if (c == '}') {
                throw Fault.value("a string's format has a single '}'");
            } else {
                out.add(c);
                i++;
            }
        }
        return out.toString();
    }

    private int fieldEnd(String text, int start) {
        int open = 0;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            open += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (open == 0) {
                return i;
            }
        }
        throw Fault.value("a string's format has a single '{'");
    }

    private String field(String field, Args args, int depth) {
        in.budget().step();
        int nameEnd = nameEnd(field);
        Value value = value(field.substring(0, nameEnd), args);
        String rest = field.substring(nameEnd);
        char conversion = ' ';
        if (rest.startsWith("!")) {
            if (rest.length() < 2 || rest.length() > 2 && rest.charAt(2) != ':') {
                throw Fault.value("a string's format has a conversion of more than one letter");
            }
            conversion = rest.charAt(1);
            rest = rest.substring(2);
        }
        String spec = rest.isEmpty() ? "" : rest.substring(1);
        String resolved = spec.indexOf('{') >= 0 ? format(spec, args, depth - 1) : spec;
        return laidOut(converted(conversion, value), resolved);
    }

    /// Where a field's name ends: before `!` or `:`, but not inside brackets.
    private static int nameEnd(String field) {
        int i = 0;
        while (i < field.length() && "!:".indexOf(field.charAt(i)) < 0) {
            int close = field.charAt(i) == '[' ? field.indexOf(']', i) : i + 1;
            if (close < 0) {
                throw Fault.value("a field of a string's format has a '[' without a ']'");
            }
            i = close;
        }
        return i;
    }

    private Value converted(char conversion, Value value) {
        return switch (conversion) {
            case ' ' -> value;
            case 's' -> Value.text(PythonText.shown(value, in.budget()));
            case 'r' -> Value.text(PythonText.represented(value, in.budget()));
            default ->
                    throw Fault.unsupported(
                            "the conversion '!" + conversion + "' of a format is not supported");
        };
    }

    private String laidOut(Value value, String spec) {
        if (escaping && value instanceof Value.Text text && !text.markup()) {
            return FormatSpec.parse(spec)
                    .format(Value.text(in.operators().escaped(text.value())), in.budget());
        }
        if (spec.isEmpty()) {
            return PythonText.shown(value, in.budget());
        }
        return FormatSpec.parse(spec).format(value, in.budget());
    }

    private Value value(String name, Args args) {
        int end = 0;
        while (end < name.length() && ".[".indexOf(name.charAt(end)) < 0) {
            end++;
        }
        String first = name.substring(0, end);
        Value value = argument(first, args);
        Matcher steps = STEP.matcher(name).region(end, name.length());
        while (end < name.length()) {
            if (!steps.region(end, name.length()).lookingAt()) {
                throw Fault.value("a field of a string's format is not valid");
            }
            value =
                    steps.group(1) != null
                            ? Attributes.attribute(value, steps.group(1))
                            : element(value, steps.group(2));
            end = steps.end();
        }
        return value;
    }

    private Value element(Value of, String index) {
        boolean number = index.length() < 10 && index.chars().allMatch(c -> c >= '0' && c <= '9');
        Value key = number ? Value.integer(Integer.parseInt(index)) : Value.text(index);
        Value item = Attributes.item(of, key, in.budget());
        if (item instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
        return item;
    }

    private Value argument(String name, Args args) {
        boolean number = name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        if (number) {
            int index = name.isEmpty() ? automatic++ : Integer.parseInt(name);
            if (index >= args.positional().size()) {
                throw Fault.value("a string's format needs more values than it is given");
            }
            return args.positional().get(index);
        }
        Value value = args.named().get(name);
        if (value == null) {
            throw Fault.value(
                    "a string's format names '"
                            + Quoting.shortened(name)
                            + "', which it is not given");
        }
        return value;
    }
}
