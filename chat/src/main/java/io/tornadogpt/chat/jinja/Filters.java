package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Jinja's filters on single values; those on sequences are in [SequenceFilters].
final class Filters {

    @FunctionalInterface
    interface Filter {
        Value apply(Interpreter in, Value of, Args args);
    }

    private static final Map<String, Filter> ALL = new HashMap<>(SequenceFilters.ALL);

    static {
        ALL.put("abs", Filters::abs);
        ALL.put("attr", Filters::attribute);
        ALL.put("capitalize", (in, of, args) -> method(in, of, "capitalize", args));
        ALL.put("center", Filters::center);
        ALL.put("count", Filters::length);
        ALL.put("d", Filters::orDefault);
        ALL.put("default", Filters::orDefault);
        ALL.put("e", Filters::escape);
        ALL.put("escape", Filters::escape);
        ALL.put("float", Filters::real);
        ALL.put("format", Filters::format);
        ALL.put("indent", Filters::indent);
        ALL.put("int", Filters::integer);
        ALL.put("length", Filters::length);
        ALL.put("lower", (in, of, args) -> method(in, of, "lower", args));
        ALL.put("replace", Filters::replace);
        ALL.put("round", Filters::round);
        ALL.put("safe", Filters::safe);
        ALL.put("string", (in, of, args) -> none(args, "string", soft(in, of)));
        ALL.put("title", Filters::title);
        ALL.put("tojson", Filters::json);
        ALL.put("trim", Filters::trim);
        ALL.put("truncate", Filters::truncate);
        ALL.put("upper", (in, of, args) -> method(in, of, "upper", args));
        ALL.put("wordcount", Filters::wordCount);
    }

    private Filters() {}

    static boolean isKnown(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(Interpreter in, String name, Value of, Args args) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw Fault.unsupported(
                    "the filter '" + Quoting.shortened(name) + "' is not supported");
        }
        in.budget().steps(lookedThrough(of));
        return filter.apply(in, of, args);
    }

    /// What a look at each character of a string costs; one step for anything else.
    static long lookedThrough(Value value) {
        return value instanceof Value.Text text ? 1 + text.value().length() / 16 : 1;
    }

    private static Value none(Args args, String name, Value value) {
        args.bind(name);
        return value;
    }

    /// The value if it is a string, else what it prints.
    static Value.Text soft(Interpreter in, Value value) {
        return value instanceof Value.Text text
                ? text
                : Value.text(PythonText.shown(value, in.budget()));
    }

    private static Value method(Interpreter in, Value of, String name, Args args) {
        return TextMethods.call(in, soft(in, of), name, args);
    }

    static boolean flag(Interpreter in, @Nullable Value value) {
        return value != null && in.operators().truth(value);
    }

    static boolean isAbsent(@Nullable Value value) {
        return value == null || value instanceof Value.None;
    }

    private static Value abs(Interpreter in, Value of, Args args) {
        args.bind("abs");
        if (of instanceof Value.Real real) {
            return new Value.Real(Math.abs(real.value()));
        }
        requireDefined(of);
        return Value.integer(Operators.integer(of).abs());
    }

    static void requireDefined(Value value) {
        if (value instanceof Value.Undefined(String hint)) {
            throw Fault.value(hint);
        }
    }

    private static Value attribute(Interpreter in, Value of, Args args) {
        String name = TextMethods.text(args.bind("attr", "name")[0], "attr");
        Value own = Attributes.own(of, name);
        return own != null ? own : new Value.Undefined("there is no attribute '" + name + "'");
    }

    private static Value center(Interpreter in, Value of, Args args) {
        @Nullable Value width = args.bind("center", "width")[0];
        return method(in, of, "center", Args.of(width == null ? Value.integer(80) : width));
    }

    private static Value length(Interpreter in, Value of, Args args) {
        args.bind("length");
        return Value.integer(in.iteration().length(of));
    }

    private static Value orDefault(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("default", "default_value", "boolean");
        boolean replaced =
                of instanceof Value.Undefined || flag(in, bound[1]) && !in.operators().truth(of);
        return !replaced ? of : bound[0] == null ? Value.text("") : bound[0];
    }

    private static Value escape(Interpreter in, Value of, Args args) {
        args.bind("escape");
        return of instanceof Value.Text text && text.markup()
                ? of
                : new Value.Text(in.operators().escaped(soft(in, of).value()), true);
    }

    private static Value safe(Interpreter in, Value of, Args args) {
        args.bind("safe");
        return new Value.Text(soft(in, of).value(), true);
    }

    private static Value integer(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("int", "default", "base");
        requireDefined(of);
        int base = TextMethods.integer(bound[1], 10);
        BigInteger number =
                switch (of) {
                    case Value.Int _, Value.Bool _ -> Operators.integer(of);
                    case Value.Real real -> PythonNumbers.truncated(real.value());
                    case Value.Text text -> {
                        BigInteger whole = PythonNumbers.integer(text.value(), base);
                        Double real = whole != null ? null : PythonNumbers.real(text.value());
                        yield whole != null || real == null ? whole : PythonNumbers.truncated(real);
                    }
                    default -> null;
                };
        return number != null
                ? Value.integer(number)
                : bound[0] == null ? Value.integer(0) : bound[0];
    }

    private static Value real(Interpreter in, Value of, Args args) {
        @Nullable Value fallback = args.bind("float", "default")[0];
        requireDefined(of);
        if (Operators.isNumber(of)) {
            return new Value.Real(Operators.real(of));
        }
        Double number = of instanceof Value.Text text ? PythonNumbers.real(text.value()) : null;
        return number != null
                ? new Value.Real(number)
                : fallback == null ? new Value.Real(0) : fallback;
    }

    private static Value round(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("round", "precision", "method");
        String method = bound[1] == null ? "common" : TextMethods.text(bound[1], "round");
        int precision = TextMethods.integer(bound[0], 0);
        requireDefined(of);
        if (!Operators.isNumber(of)) {
            throw Fault.value("round needs a number, not '" + PythonText.type(of) + "'");
        }
        return switch (method) {
            case "common" -> PythonNumbers.round(of, precision);
            case "ceil", "floor" -> {
                double scale = Math.pow(10, precision);
                double scaled = Operators.real(of) * scale;
                if (Double.isNaN(scaled) || Double.isInfinite(scaled)) {
                    throw Fault.value("a number is too large to be rounded");
                }
                RoundingMode mode =
                        method.equals("ceil") ? RoundingMode.CEILING : RoundingMode.FLOOR;
                double whole = new BigDecimal(scaled).setScale(0, mode).doubleValue();
                yield new Value.Real(whole / scale);
            }
            default -> throw Fault.value("the method of round must be common, ceil or floor");
        };
    }

    private static Value format(Interpreter in, Value of, Args args) {
        if (!args.positional().isEmpty() && !args.named().isEmpty()) {
            throw Fault.value("format takes values by place or by name, not both");
        }
        Value values = new Value.Items(args.positional(), true);
        if (!args.named().isEmpty()) {
            Dict dict = new Dict();
            args.named().forEach(dict::put);
            values = dict;
        }
        Value.Text text = soft(in, of);
        return new Value.Text(
                new PercentFormat(in.budget()).format(text.value(), values), text.markup());
    }

    private static Value replace(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("replace", "old", "new", "count");
        if (bound[0] == null || bound[1] == null) {
            throw Fault.value("replace needs what to replace, and by what");
        }
        String old = soft(in, bound[0]).value();
        String by = soft(in, bound[1]).value();
        int most = isAbsent(bound[2]) ? -1 : TextMethods.integer(bound[2], -1);
        return Value.text(
                new TextSearch(old, in.budget()).replaced(soft(in, of).value(), by, most));
    }

    private static Value trim(Interpreter in, Value of, Args args) {
        @Nullable Value chars = args.bind("trim", "chars")[0];
        return method(in, of, "strip", chars == null ? Args.NONE : Args.of(chars));
    }

    /// A word starts after whitespace, a hyphen or an opening bracket: not as in `str.title`.
    private static Value title(Interpreter in, Value of, Args args) {
        args.bind("title");
        Value.Text text = soft(in, of);
        StringBuilder out = new StringBuilder();
        boolean starts = true;
        for (int c : text.value().codePoints().toArray()) {
            boolean separates = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
            String letter = Character.toString(c);
            out.append(separates ? letter : Casing.apply(starts ? "upper" : "lower", letter));
            starts = separates;
        }
        in.budget().text(out.length());
        return Value.text(out.toString());
    }

    private static Value truncate(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("truncate", "length", "killwords", "end", "leeway");
        int length = TextMethods.integer(bound[0], 255);
        String end = bound[2] == null ? "..." : TextMethods.text(bound[2], "truncate");
        int leeway = isAbsent(bound[3]) ? 5 : TextMethods.integer(bound[3], 5);
        int kept = length - PythonText.length(end);
        if (kept < 0 || leeway < 0) {
            throw Fault.value("truncate needs a length not below that of its end");
        }
        requireDefined(of);
        String text = TextMethods.text(of, "truncate");
        if (PythonText.length(text) <= (long) length + leeway) {
            return of;
        }
        String cut = text.substring(0, PythonText.offset(text, kept));
        int blank = flag(in, bound[1]) ? -1 : cut.lastIndexOf(' ');
        in.budget().text(cut.length() + (long) end.length());
        return Value.text((blank < 0 ? cut : cut.substring(0, blank)) + end);
    }

    private static Value wordCount(Interpreter in, Value of, Args args) {
        args.bind("wordcount");
        int words = 0;
        boolean inside = false;
        for (int c : soft(in, of).value().codePoints().toArray()) {
            boolean word = c == '_' || Character.isLetterOrDigit(c);
            words += word && !inside ? 1 : 0;
            inside = word;
        }
        return Value.integer(words);
    }

    private static Value indent(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound = args.bind("indent", "width", "first", "blank");
        requireDefined(of);
        if (!(of instanceof Value.Text text)) {
            throw Fault.value("indent needs a string, not '" + PythonText.type(of) + "'");
        }
        String blanks = indentation(in, bound[0] == null ? Value.integer(4) : bound[0]);
        boolean blankLines = flag(in, bound[2]);
        TextBuilder out = new TextBuilder(in.budget());
        if (flag(in, bound[1])) {
            out.add(blanks);
        }
        Iterator<String> lines = PythonText.lines(text.value() + "\n").iterator();
        out.add(lines.next());
        while (lines.hasNext()) {
            String line = lines.next();
            out.add('\n').add(line.isEmpty() && !blankLines ? "" : blanks).add(line);
        }
        return new Value.Text(out.toString(), text.markup());
    }

    private static String indentation(Interpreter in, Value width) {
        return width instanceof Value.Text text
                ? text.value()
                : new TextBuilder(in.budget()).repeat(" ", Operators.clamped(width)).toString();
    }

    private static Value json(Interpreter in, Value of, Args args) {
        @Nullable Value[] bound =
                args.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = isAbsent(bound[1]) || bound[1] == null ? null : indentation(in, bound[1]);
        String itemSeparator = null;
        String keySeparator = null;
        if (!isAbsent(bound[2]) && bound[2] != null) {
            List<Value> separators = in.iteration().elements(bound[2]);
            if (separators.size() != 2) {
                throw Fault.value("the separators of tojson are two strings");
            }
            itemSeparator = TextMethods.text(separators.get(0), "tojson");
            keySeparator = TextMethods.text(separators.get(1), "tojson");
        }
        return Value.text(
                new Json(
                                in.operators(),
                                in.budget(),
                                flag(in, bound[0]),
                                flag(in, bound[3]),
                                indent,
                                itemSeparator,
                                keySeparator)
                        .written(of));
    }
}
