package io.tornadogpt.sampler.grammar;

import java.util.ArrayList;
import java.util.List;

/// Turns a regular expression, as a schema's `pattern` holds it, into an automaton of JSON strings
/// that it is found in. Nothing backtracks: alternatives are followed side by side. ECMAScript's
/// syntax without what needs a memory: references to groups and looking around.
final class PatternCompiler {
    private static final int MOST_REPEATS = 1000;
    private static final int DEEPEST = 64;
    private static final int UNLIMITED = -1;

    /// A part of an expression.
    private sealed interface Part {}

    private record Chars(CodePoints set) implements Part {}

    private record Sequence(List<Part> parts) implements Part {}

    private record Choice(List<Part> parts) implements Part {}

    /// @param most negative for no limit
    private record Repeat(Part part, int least, int most) implements Part {}

    /// The beginning or the end of the text.
    private record Anchor(boolean begin) implements Part {}

    private final String pattern;
    private int at;

    private PatternCompiler(String pattern) {
        this.pattern = pattern;
    }

    /// Writes the characters between the quotation marks of a string that a pattern is found in.
    ///
    /// @param from where it begins
    /// @return where it ends
    static int compile(Automaton automaton, StringParts strings, int from, String pattern) {
        Part whole = new PatternCompiler(pattern).whole();
        List<Part> ways = whole instanceof Choice choice ? choice.parts() : List.of(whole);
        int end = automaton.node();
        for (Part way : ways) {
            var parts = new ArrayList<>(way instanceof Sequence s ? s.parts() : List.of(way));
            boolean begins = !parts.isEmpty() && parts.getFirst() instanceof Anchor a && a.begin();
            boolean ends = !parts.isEmpty() && parts.getLast() instanceof Anchor a && !a.begin();
            int node = automaton.node();
            automaton.empty(from, node);
            if (begins) {
                parts.removeFirst();
            } else {
                node = strings.any(node);
            }
            if (ends) {
                parts.removeLast();
            }
            for (Part part : parts) {
                node = emit(automaton, strings, node, part);
            }
            automaton.empty(ends ? node : strings.any(node), end);
        }
        return end;
    }

    private static int emit(Automaton automaton, StringParts strings, int from, Part part) {
        return switch (part) {
            case Chars chars -> strings.oneOf(from, chars.set());
            case Sequence sequence -> {
                int node = from;
                for (Part each : sequence.parts()) {
                    node = emit(automaton, strings, node, each);
                }
                yield node;
            }
            case Choice choice -> {
                int end = automaton.node();
                for (Part each : choice.parts()) {
                    int begin = automaton.node();
                    automaton.empty(from, begin);
                    automaton.empty(emit(automaton, strings, begin, each), end);
                }
                yield end;
            }
            case Repeat repeat ->
                    Repeats.emit(
                            automaton,
                            from,
                            repeat.least(),
                            repeat.most(),
                            node -> emit(automaton, strings, node, repeat.part()));
            case Anchor anchor ->
                    throw new GrammarException(
                            "the pattern has %s within; it is supported at the ends alone"
                                    .formatted(anchor.begin() ? "^" : "$"));
        };
    }

    private Part whole() {
        Part part = choice(0);
        if (at < pattern.length()) {
            throw bad("has a ) too many");
        }
        return part;
    }

    private GrammarException bad(String what) {
        return new GrammarException(
                "the pattern %s at character %d; change it".formatted(what, at));
    }

    private Part choice(int depth) {
        if (depth > DEEPEST) {
            throw bad("nests groups too deep");
        }
        List<Part> parts = new ArrayList<>();
        parts.add(sequence(depth));
        while (take('|')) {
            parts.add(sequence(depth));
        }
        return parts.size() == 1 ? parts.getFirst() : new Choice(parts);
    }

    private Part sequence(int depth) {
        List<Part> parts = new ArrayList<>();
        while (at < pattern.length() && peek() != '|' && peek() != ')') {
            parts.add(repeated(atom(depth)));
        }
        return new Sequence(parts);
    }

    private char peek() {
        return pattern.charAt(at);
    }

    private boolean take(char c) {
        if (at < pattern.length() && peek() == c) {
            at++;
            return true;
        }
        return false;
    }

    private Part repeated(Part part) {
        int least;
        int most;
        if (take('*')) {
            least = 0;
            most = UNLIMITED;
        } else if (take('+')) {
            least = 1;
            most = UNLIMITED;
        } else if (take('?')) {
            least = 0;
            most = 1;
        } else if (take('{')) {
            least = number();
            most = least;
            if (take(',')) {
                most = at < pattern.length() && peek() == '}' ? UNLIMITED : number();
            }
            if (!take('}')) {
                throw bad("has no } where one belongs");
            }
        } else {
            return part;
        }
        take('?'); // as few as possible: the same texts
        if (part instanceof Anchor) {
            throw bad("repeats an end of the text");
        }
        if (at < pattern.length() && "*+?{".indexOf(peek()) >= 0) {
            throw bad("repeats what is repeated");
        }
        if (most != UNLIMITED && most < least) {
            throw bad("repeats from %d to %d times".formatted(least, most));
        }
        return new Repeat(part, least, most);
    }

    private int number() {
        int value = 0;
        int begin = at;
        while (at < pattern.length() && peek() >= '0' && peek() <= '9') {
            value = 10 * value + (peek() - '0');
            at++;
            if (value > MOST_REPEATS) {
                throw bad("repeats more than %d times".formatted(MOST_REPEATS));
            }
        }
        if (at == begin) {
            throw bad("has no number where one belongs");
        }
        return value;
    }

    private Part atom(int depth) {
        if (take('(')) {
            if (take('?') && !take(':')) {
                throw bad("looks around or names a group, which is not supported");
            }
            Part inner = choice(depth + 1);
            if (!take(')')) {
                throw bad("has a ( without its )");
            }
            return inner;
        }
        if (take('[')) {
            return new Chars(charClass());
        }
        if (take('.')) {
            return new Chars(CodePoints.LINE_ENDS.not());
        }
        if (take('^')) {
            return new Anchor(true);
        }
        if (take('$')) {
            return new Anchor(false);
        }
        if (take('\\')) {
            return new Chars(escape(false));
        }
        if ("*+?{}]".indexOf(peek()) >= 0) {
            throw bad("has a %c that must be escaped".formatted(peek()));
        }
        return new Chars(single(codePoint()));
    }

    private static CodePoints single(int codePoint) {
        return CodePoints.of(codePoint, codePoint);
    }

    private int codePoint() {
        int codePoint = pattern.codePointAt(at);
        at += Character.charCount(codePoint);
        return codePoint;
    }

    private CodePoints escape(boolean inClass) {
        if (at == pattern.length()) {
            throw bad("ends with a \\");
        }
        int c = codePoint();
        return switch (c) {
            case 'd' -> CodePoints.DIGITS;
            case 'D' -> CodePoints.DIGITS.not();
            case 'w' -> CodePoints.WORD;
            case 'W' -> CodePoints.WORD.not();
            case 's' -> CodePoints.SPACE;
            case 'S' -> CodePoints.SPACE.not();
            case 'n' -> single('\n');
            case 'r' -> single('\r');
            case 't' -> single('\t');
            case 'f' -> single('\f');
            case 'v' -> single(0x0B);
            case '0' -> single(0);
            case 'x' -> single(hex(2));
            case 'u' -> single(take('{') ? braced() : hex(4));
            default -> {
                boolean backspace = inClass && c == 'b';
                if (!backspace && (Character.isLetterOrDigit(c) || c == '_')) {
                    throw bad("has \\%s, which is not supported".formatted(Character.toString(c)));
                }
                yield single(backspace ? '\b' : c);
            }
        };
    }

    private int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < pattern.length() ? Character.digit(peek(), 16) : -1;
            if (digit < 0) {
                throw bad("has no hexadecimal digit where one belongs");
            }
            value = 16 * value + digit;
            at++;
        }
        return value;
    }

    private int braced() {
        int value = 0;
        while (at < pattern.length() && peek() != '}') {
            value = 16 * value + hex(1);
            if (value > Character.MAX_CODE_POINT) {
                throw bad("has a number that is no character");
            }
        }
        if (!take('}')) {
            throw bad("has no } where one belongs");
        }
        return value;
    }

    private CodePoints charClass() {
        boolean negated = take('^');
        var set = new CodePoints(List.of());
        while (at < pattern.length() && peek() != ']') {
            CodePoints item = classItem();
            boolean range =
                    at + 1 < pattern.length() && peek() == '-' && pattern.charAt(at + 1) != ']';
            if (range) {
                at++;
                CodePoints last = classItem();
                if (!isSingle(item) || !isSingle(last) || value(item) > value(last)) {
                    throw bad("has a range that is none");
                }
                item = CodePoints.of(value(item), value(last));
            }
            set = set.or(item);
        }
        if (!take(']')) {
            throw bad("has a [ without its ]");
        }
        return negated ? set.not() : set;
    }

    private CodePoints classItem() {
        return take('\\') ? escape(true) : single(codePoint());
    }

    private static boolean isSingle(CodePoints set) {
        return set.ranges().size() == 1
                && set.ranges().getFirst().first() == set.ranges().getFirst().last();
    }

    private static int value(CodePoints set) {
        return set.ranges().getFirst().first();
    }
}
