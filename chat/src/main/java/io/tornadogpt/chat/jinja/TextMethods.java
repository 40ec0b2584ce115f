package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The methods of Python's strings.
final class TextMethods {

    private static final Set<String> NAMES =
            Set.of(
                    "capitalize",
                    "casefold",
                    "center",
                    "count",
                    "endswith",
                    "expandtabs",
                    "find",
                    "format",
                    "index",
                    "isalnum",
                    "isalpha",
                    "isascii",
                    "isdecimal",
                    "isdigit",
                    "islower",
                    "isnumeric",
                    "isprintable",
                    "isspace",
                    "istitle",
                    "isupper",
                    "join",
                    "ljust",
                    "lower",
                    "lstrip",
                    "partition",
                    "removeprefix",
                    "removesuffix",
                    "replace",
                    "rfind",
                    "rindex",
                    "rjust",
                    "rpartition",
                    "rsplit",
                    "rstrip",
                    "split",
                    "splitlines",
                    "startswith",
                    "strip",
                    "swapcase",
                    "title",
                    "upper",
                    "zfill");

    private static final Set<String> LEFT_OUT =
            Set.of("encode", "format_map", "isidentifier", "maketrans", "translate");

    private TextMethods() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static boolean leavesOut(String name) {
        return LEFT_OUT.contains(name);
    }

    static Value call(Interpreter in, Value.Text of, String name, Args args) {
        Budget budget = in.budget();
        String text = of.value();
        budget.steps(1 + text.length() / 16);
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> {
                String chars = optionalText(args.bind(name, "chars/")[0], name);
                boolean left = !name.equals("rstrip");
                boolean right = !name.equals("lstrip");
                yield same(of, made(budget, Stripping.strip(text, chars, left, right)));
            }
            case "split", "rsplit" -> split(budget, of, name, args);
            case "splitlines" -> splitLines(budget, of, args);
            case "startswith", "endswith" -> Value.Bool.of(startsOrEnds(of, name, args));
            case "replace" -> replace(budget, of, args);
            case "join" -> join(in, of, args);
            case "find", "rfind", "index", "rindex", "count" -> search(budget, text, name, args);
            case "partition", "rpartition" -> partition(budget, of, name, args);
            case "removeprefix" -> {
                String prefix = text(args.bind(name, "prefix/")[0], name);
                yield same(of, text.startsWith(prefix) ? text.substring(prefix.length()) : text);
            }
            case "removesuffix" -> {
                String suffix = text(args.bind(name, "suffix/")[0], name);
                boolean ends = !suffix.isEmpty() && text.endsWith(suffix);
                yield same(of, ends ? text.substring(0, text.length() - suffix.length()) : text);
            }
            case "center", "ljust", "rjust", "zfill" -> padded(budget, of, name, args);
            case "format" ->
                    new Value.Text(
                            new BraceFormat(in, of.markup()).format(text, args), of.markup());
            case "expandtabs" -> expandTabs(budget, of, args);
            case "lower", "casefold", "upper", "title", "capitalize", "swapcase" -> {
                args.bind(name);
                yield same(of, made(budget, Casing.apply(name, text)));
            }
            default -> {
                args.bind(name);
                yield Value.Bool.of(Casing.is(name, text));
            }
        };
    }

    private static Value.Text same(Value.Text of, String text) {
        return new Value.Text(text, of.markup());
    }

    private static String made(Budget budget, String text) {
        budget.text(text.length());
        return text;
    }

    static String text(@Nullable Value value, String method) {
        if (value instanceof Value.Text text) {
            return text.value();
        }
        throw Fault.value(
                method
                        + "() needs a string"
                        + (value == null ? "" : ", not '" + PythonText.type(value) + "'"));
    }

    private static @Nullable String optionalText(@Nullable Value value, String method) {
        return value == null || value instanceof Value.None ? null : text(value, method);
    }

    static int integer(@Nullable Value value, int absent) {
        return value == null ? absent : Operators.clamped(value);
    }

    private static Value texts(Budget budget, Value.Text of, List<String> parts) {
        budget.elements(parts.size());
        List<Value> values = new ArrayList<>(parts.size());
        parts.forEach(part -> values.add(same(of, part)));
        return Value.list(Collections.unmodifiableList(values));
    }

    private static Value split(Budget budget, Value.Text of, String name, Args args) {
        @Nullable Value[] bound = args.bind(name, "sep", "maxsplit");
        String separator = optionalText(bound[0], name);
        int most = integer(bound[1], -1);
        boolean right = name.equals("rsplit");
        if (separator == null) {
            return texts(budget, of, Stripping.words(made(budget, of.value()), most, right));
        }
        if (separator.isEmpty()) {
            throw Fault.value(name + "() needs a separator that is not empty");
        }
        TextSearch search = new TextSearch(separator, budget);
        return texts(
                budget,
                of,
                right && most >= 0
                        ? search.splitFromRight(of.value(), most)
                        : right
                                ? splitAllFromRight(search, of.value(), separator)
                                : search.split(of.value(), most));
    }

    /// From the right, separators that overlap are found elsewhere than from the left.
    private static List<String> splitAllFromRight(
            TextSearch search, String text, String separator) {
        return separator.length() == 1 ? search.split(text, -1) : search.splitFromRight(text, -1);
    }

    private static Value splitLines(Budget budget, Value.Text of, Args args) {
        @Nullable Value keep = args.bind("splitlines", "keepends")[0];
        if (keep != null && keep != Value.Bool.FALSE) {
            throw Fault.unsupported("splitlines() with its line ends is not supported");
        }
        return texts(budget, of, PythonText.lines(made(budget, of.value())));
    }

    private static boolean startsOrEnds(Value.Text of, String name, Args args) {
        @Nullable Value[] bound = args.bind(name, "what/", "start/", "end/");
        String text = part(of.value(), bound[1], bound[2]);
        if (bound[0] instanceof Value.Items(List<Value> items, boolean tuple) && tuple) {
            return items.stream().anyMatch(item -> startsOrEnds(text, name, text(item, name)));
        }
        return startsOrEnds(text, name, text(bound[0], name));
    }

    private static boolean startsOrEnds(String text, String name, String part) {
        return name.equals("startswith") ? text.startsWith(part) : text.endsWith(part);
    }

    /// `text[start:end]`, where both may be absent.
    private static String part(String text, @Nullable Value start, @Nullable Value end) {
        if (start == null && end == null) {
            return text;
        }
        int length = PythonText.length(text);
        int from = Slicing.clampedIndex(start, 0, length);
        int to = Slicing.clampedIndex(end, length, length);
        return from >= to
                ? ""
                : text.substring(PythonText.offset(text, from), PythonText.offset(text, to));
    }

    private static Value replace(Budget budget, Value.Text of, Args args) {
        @Nullable Value[] bound = args.bind("replace", "old/", "new/", "count");
        String old = text(bound[0], "replace");
        String by = text(bound[1], "replace");
        int most = integer(bound[2], -1);
        return same(of, new TextSearch(old, budget).replaced(of.value(), by, most));
    }

    private static Value join(Interpreter in, Value.Text of, Args args) {
        Value items = args.bind("join", "iterable/")[0];
        if (items == null || items instanceof Value.Undefined) {
            throw Fault.value("join() needs what to join");
        }
        TextBuilder out = new TextBuilder(in.budget());
        boolean first = true;
        for (Value item : in.iteration().elements(items)) {
            out.add(first ? "" : of.value());
            first = false;
            String text = text(item, "join");
            boolean escape = of.markup() && !((Value.Text) item).markup();
            out.add(escape ? in.operators().escaped(text) : text);
        }
        return same(of, out.toString());
    }

    private static Value search(Budget budget, String text, String name, Args args) {
        @Nullable Value[] bound = args.bind(name, "sub/", "start/", "end/");
        String sub = text(bound[0], name);
        int length = bound[1] == null && bound[2] == null ? 0 : PythonText.length(text);
        int from = Slicing.clampedIndex(bound[1], 0, length);
        String part = part(text, bound[1], bound[2]);
        if (name.equals("count")) {
            return Value.integer(from > length ? 0 : new TextSearch(sub, budget).count(part));
        }
        int found =
                name.startsWith("r")
                        ? TextSearch.findLast(part, sub, part.length(), budget)
                        : TextSearch.find(part, sub, 0, budget);
        if (found < 0) {
            if (name.endsWith("index")) {
                throw Fault.value("substring not found");
            }
            return Value.integer(-1);
        }
        return Value.integer(from + part.codePointCount(0, found));
    }

    private static Value partition(Budget budget, Value.Text of, String name, Args args) {
        String text = of.value();
        String separator = text(args.bind(name, "sep/")[0], name);
        if (separator.isEmpty()) {
            throw Fault.value(name + "() needs a separator that is not empty");
        }
        budget.text(text.length());
        boolean last = name.equals("rpartition");
        int found =
                last
                        ? TextSearch.findLast(text, separator, text.length(), budget)
                        : TextSearch.find(text, separator, 0, budget);
        if (found < 0) {
            Value empty = same(of, "");
            return last ? Value.tuple(empty, empty, of) : Value.tuple(of, empty, empty);
        }
        return Value.tuple(
                same(of, text.substring(0, found)),
                same(of, separator),
                same(of, text.substring(found + separator.length())));
    }

    private static Value padded(Budget budget, Value.Text of, String name, Args args) {
        boolean zeros = name.equals("zfill");
        @Nullable Value[] bound =
                zeros ? args.bind(name, "width/") : args.bind(name, "width/", "fillchar/");
        if (bound[0] == null) {
            throw Fault.value(name + "() needs a width");
        }
        String fill = zeros ? "0" : bound[1] == null ? " " : text(bound[1], name);
        if (PythonText.length(fill) != 1) {
            throw Fault.value(name + "() needs one character to fill with");
        }
        String text = of.value();
        int width = Operators.clamped(bound[0]);
        int missing = Math.max(0, width - PythonText.length(text));
        String sign =
                zeros && (text.startsWith("-") || text.startsWith("+")) ? text.substring(0, 1) : "";
        int left =
                switch (name) {
                    case "ljust" -> 0;
                    case "center" -> missing / 2 + (missing & width & 1);
                    default -> missing;
                };
        return same(
                of,
                new TextBuilder(budget)
                        .add(sign)
                        .repeat(fill, left)
                        .add(text.substring(sign.length()))
                        .repeat(fill, missing - left)
                        .toString());
    }

    private static Value expandTabs(Budget budget, Value.Text of, Args args) {
        int size = integer(args.bind("expandtabs", "tabsize")[0], 8);
        TextBuilder out = new TextBuilder(budget);
        int column = 0;
        int[] codePoints = of.value().codePoints().toArray();
        for (int c : codePoints) {
            if (c == '\t') {
                int blanks = size <= 0 ? 0 : size - column % size;
                out.repeat(" ", blanks);
                column += blanks;
            } else {
                out.add(Character.toString(c));
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return same(of, out.toString());
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
