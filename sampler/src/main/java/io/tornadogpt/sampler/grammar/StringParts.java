package io.tornadogpt.sampler.grammar;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Characters of JSON strings: as they are where JSON allows it, else as JSON escapes them.
final class StringParts {
    private static final CodePoints ESCAPED =
            CodePoints.of(0, 0x1F).or(CodePoints.of('"', '"')).or(CodePoints.of('\\', '\\'));
    private static final String SHORT = "\"\\/bfnrt";
    private static final List<CodePoints> HEX =
            List.of(CodePoints.DIGITS, CodePoints.of('a', 'f'), CodePoints.of('A', 'F'));

    private final Automaton automaton;
    private final int anyCharacter;
    private final Map<CodePoints, Integer> sets = new HashMap<>();

    StringParts(Automaton automaton) {
        this.automaton = automaton;
        anyCharacter = anyCharacter();
    }

    /// A part for one character, in whatever form.
    private int anyCharacter() {
        int begin = automaton.node();
        int end = automaton.node();
        automaton.codePoints(begin, ESCAPED.not(), end);
        int escape = automaton.bytes(begin, '\\', '\\');
        for (int i = 0; i < SHORT.length(); i++) {
            char c = SHORT.charAt(i);
            automaton.empty(automaton.bytes(escape, c, c), end);
        }
        int u = automaton.bytes(escape, 'u', 'u');
        // Four digits, but none of D800 to DFFF: halves of a pair are no characters.
        int second = automaton.node();
        for (CodePoints digits :
                List.of(
                        CodePoints.DIGITS,
                        CodePoints.of('a', 'c'),
                        CodePoints.of('A', 'C'),
                        CodePoints.of('e', 'f'),
                        CodePoints.of('E', 'F'))) {
            automaton.codePoints(u, digits, second);
        }
        int third = hex(second);
        int afterD = automaton.node();
        automaton.codePoints(u, CodePoints.of('d', 'd').or(CodePoints.of('D', 'D')), afterD);
        automaton.codePoints(afterD, CodePoints.of('0', '7'), third);
        automaton.empty(hex(hex(third)), end);
        automaton.end(end);
        return begin;
    }

    private int hex(int from) {
        int to = automaton.node();
        HEX.forEach(digits -> automaton.codePoints(from, digits, to));
        return to;
    }

    /// One character, whichever.
    int one(int from) {
        return automaton.call(from, anyCharacter);
    }

    /// Any number of characters.
    int any(int from) {
        return Repeats.emit(automaton, from, 0, -1, this::one);
    }

    /// One character of a set.
    int oneOf(int from, CodePoints set) {
        return automaton.call(from, sets.computeIfAbsent(set, this::part));
    }

    private int part(CodePoints set) {
        int begin = automaton.node();
        int end = automaton.node();
        automaton.codePoints(begin, set.and(ESCAPED.not()), end);
        for (CodePoints.Range range : set.and(ESCAPED).ranges()) {
            for (int c = range.first(); c <= range.last(); c++) {
                automaton.empty(automaton.literal(begin, escaped(c)), end);
            }
        }
        automaton.end(end);
        return begin;
    }

    /// A character as JSON escapes it.
    static String escaped(int c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> c < 0x20 ? "\\u%04x".formatted(c) : Character.toString(c);
        };
    }

    /// A whole string that is none of some others, and has no escapes: the names that an object may
    /// have beside those it declares.
    int nameBeside(int from, Iterable<String> names) {
        var root = new Name(automaton.bytes(from, '"', '"'));
        for (String name : names) {
            Name at = root;
            for (int c : name.codePoints().toArray()) {
                at = at.next.computeIfAbsent(c, each -> new Name(automaton.node()));
            }
            at.isTaken = true;
        }
        int other = automaton.node();
        automaton.codePoints(other, ESCAPED.not(), other);
        int end = automaton.bytes(other, '"', '"');
        close(root, other, end);
        return end;
    }

    /// The names that begin alike.
    private static final class Name {
        private final int node;
        private final Map<Integer, Name> next = new HashMap<>();
        private boolean isTaken;

        Name(int node) {
            this.node = node;
        }
    }

    private void close(Name name, int other, int end) {
        CodePoints rest = ESCAPED.not();
        for (Map.Entry<Integer, Name> each : name.next.entrySet()) {
            int c = each.getKey();
            CodePoints one = CodePoints.of(c, c);
            rest = rest.and(one.not());
            automaton.codePoints(name.node, one.and(ESCAPED.not()), each.getValue().node);
            close(each.getValue(), other, end);
        }
        automaton.codePoints(name.node, rest, other);
        if (!name.isTaken) {
            automaton.empty(automaton.bytes(name.node, '"', '"'), end);
        }
    }
}
