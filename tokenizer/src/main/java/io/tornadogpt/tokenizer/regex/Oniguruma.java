package io.tornadogpt.tokenizer.regex;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Says an expression in Oniguruma's syntax (as of version 6.9, which Hugging Face's files use) in
/// the JDK's. Differences that are translated: classes mean Unicode's, `\h` is a hexadecimal digit,
/// `^` and `$` are those of lines, `(?m)` lets the dot match a newline, `{1,3}+` repeats a
/// repetition, and an option in the middle of a group reaches to its end over all alternatives.
/// What has no counterpart (calls of groups, conditions, absence, `\K`) is refused by name.
final class Oniguruma {

    private static final int MOST_CHARS = 1 << 14;
    private static final int DEEPEST = 100;
    private static final int FLAGS = Pattern.MULTILINE | Pattern.UNIX_LINES | Pattern.UNICODE_CASE;

    /// Always true. The JDK looks behind by characters rather than halves of surrogate pairs only
    /// where it sees such a pair in the expression.
    private static final String SEES_PAIRS = "(?![\uDBFF\uDFFF&&[a]])";

    private static final String WORD = "(?=[" + Properties.WORD_ALONE + "])";
    private static final String NO_WORD = "(?![" + Properties.WORD_ALONE + "])";
    private static final String WORD_BEFORE =
            "(?<=" + SEES_PAIRS + "[" + Properties.WORD_ALONE + "])";
    private static final String NO_WORD_BEFORE =
            "(?<!" + SEES_PAIRS + "[" + Properties.WORD_ALONE + "])";

    private final String source;
    private final StringBuilder java = new StringBuilder();
    private final List<String> groupNames = new ArrayList<>();
    private final boolean named;
    private int at;
    private int depth;

    private Oniguruma(String source) {
        this.source = source;
        named = Pattern.compile("(?<!\\\\)\\(\\?<[^=!]").matcher(source).find();
    }

    static Pattern compile(String source) throws RegexException {
        if (source.length() > MOST_CHARS) {
            throw new RegexException(
                    "has " + source.length() + " characters; at most " + MOST_CHARS + " are read");
        }
        Oniguruma parser = new Oniguruma(source);
        parser.alternatives();
        if (parser.at < source.length()) {
            throw parser.refuse("an unmatched )");
        }
        try {
            return Pattern.compile(parser.java.toString(), FLAGS);
        } catch (PatternSyntaxException e) {
            throw new RegexException("cannot be compiled: " + e.getDescription());
        }
    }

    private void alternatives() throws RegexException {
        if (++depth > DEEPEST) {
            throw refuse("groups more than " + DEEPEST + " deep");
        }
        while (at < source.length() && source.charAt(at) != ')') {
            if (source.charAt(at) == '|') {
                java.append('|');
                at++;
            } else {
                term();
            }
        }
        depth--;
    }

    private void term() throws RegexException {
        int start = java.length();
        if (!atom()) {
            return;
        }
        while (quantifier(start)) {
            // Each one repeats what the last one made.
        }
    }

    /// Reads one atom; false where it was an option or a comment, which cannot be repeated.
    private boolean atom() throws RegexException {
        char c = source.charAt(at);
        switch (c) {
            case '(' -> {
                return group();
            }
            case '[' -> java.append(new ClassParser().parse());
            case '\\' -> escape();
            case '.', '^', '$' -> {
                java.append(c);
                at++;
            }
            case '*', '+', '?' -> throw refuse("nothing to repeat before " + c);
            default -> literal(nextCodePoint());
        }
        return true;
    }

    /// Reads a quantifier of the atom that begins at `java[start]`, if one follows.
    private boolean quantifier(int start) throws RegexException {
        if (at == source.length()) {
            return false;
        }
        char c = source.charAt(at);
        if (c == '*' || c == '+' || c == '?') {
            java.append(c);
            at++;
            if (peek('+') || peek('?')) {
                java.append(source.charAt(at++));
            }
            wrap(start);
            return true;
        }
        return c == '{' && interval(start);
    }

    /// `{n}`, `{n,}`, `{,m}` or `{n,m}`, perhaps lazy; a plus behind repeats the whole.
    private boolean interval(int start) throws RegexException {
        int close = source.indexOf('}', at);
        String body = close < 0 ? "" : source.substring(at + 1, close);
        if (!body.matches("\\d{1,5}|\\d{1,5},\\d{0,5}|,\\d{1,5}")) {
            literal(nextCodePoint());
            return false;
        }
        at = close + 1;
        java.append('{').append(body.startsWith(",") ? "0" + body : body).append('}');
        if (body.contains(",") && peek('?')) {
            java.append('?');
            at++;
        }
        wrap(start);
        return true;
    }

    /// Encloses what a quantifier was applied to, so that the next one applies to all of it.
    private void wrap(int start) {
        boolean more = at < source.length() && "*+?{".indexOf(source.charAt(at)) >= 0;
        if (more) {
            java.insert(start, "(?:").append(')');
        }
    }

    private boolean group() throws RegexException {
        if (!source.startsWith("(?", at)) {
            java.append(named ? "(?:" : "(");
            at++;
            return groupBody();
        }
        for (String plain : List.of("(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!")) {
            if (source.startsWith(plain, at)) {
                java.append(plain).append(plain.startsWith("(?<") ? SEES_PAIRS : "");
                at += plain.length();
                return groupBody();
            }
        }
        if (source.startsWith("(?<", at)) {
            int close = source.indexOf('>', at);
            if (close < 0) {
                throw refuse("a group's name without its >");
            }
            groupNames.add(source.substring(at + 3, close));
            java.append("(?<g").append(groupNames.size()).append('>');
            at = close + 1;
            return groupBody();
        }
        if (source.startsWith("(?#", at)) {
            int close = source.indexOf(')', at);
            if (close < 0) {
                throw refuse("a comment without its )");
            }
            at = close + 1;
            return false;
        }
        return options();
    }

    private boolean groupBody() throws RegexException {
        alternatives();
        if (!peek(')')) {
            throw refuse("a group without its )");
        }
        java.append(')');
        at++;
        return true;
    }

    /// `(?i:...)`, or `(?i)`, which reaches to the end of the group that it stands in.
    private boolean options() throws RegexException {
        int end = at + 2;
        while (end < source.length() && "imx-".indexOf(source.charAt(end)) >= 0) {
            end++;
        }
        char closing = end < source.length() ? source.charAt(end) : 0;
        String letters = source.substring(at + 2, Math.min(end, source.length()));
        if (letters.isEmpty() || (closing != ':' && closing != ')')) {
            throw refuse("the group " + source.substring(at, Math.min(at + 4, source.length())));
        }
        if (letters.indexOf('x') >= 0 && letters.indexOf('x') < (letters + "-").indexOf('-')) {
            throw refuse("the option x");
        }
        java.append("(?").append(letters.replace('m', 's').replace("x", "")).append(':');
        at = end + 1;
        if (closing == ':') {
            return groupBody();
        }
        alternatives();
        java.append(')');
        return false;
    }

    private void escape() throws RegexException {
        String items = classEscape();
        if (items != null) {
            java.append(items.replace(Properties.WORD, Properties.WORD_ALONE));
            return;
        }
        char c = at + 1 < source.length() ? source.charAt(at + 1) : 0;
        switch (c) {
            case 'A', 'z', 'Z', 'R', 'X' -> simple("\\" + c);
            case 'b' -> simple("(?:" + WORD_BEFORE + NO_WORD + "|" + NO_WORD_BEFORE + WORD + ")");
            case 'B' -> simple("(?:" + WORD_BEFORE + WORD + "|" + NO_WORD_BEFORE + NO_WORD + ")");
            case 'N' -> simple("[^\\n]");
            case 'O' -> simple("[\\x{0}-\\x{10FFFF}]");
            case 'k' -> namedReference();
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> simple("\\" + c);
            case 'G', 'K', 'g', 'y', 'Y' -> throw refuse("\\" + c);
            default -> literal(escapedCharacter());
        }
    }

    private void simple(String text) {
        java.append(text);
        at += 2;
    }

    private void namedReference() throws RegexException {
        int close = source.indexOf('>', at);
        int index =
                source.startsWith("\\k<", at) && close > 0
                        ? groupNames.indexOf(source.substring(at + 3, close))
                        : -1;
        if (index < 0) {
            throw refuse("a reference to an unknown group");
        }
        java.append("\\k<g").append(index + 1).append('>');
        at = close + 1;
    }

    /// A class that an escape stands for, with its brackets, or null where it is something else.
    private @Nullable String classEscape() throws RegexException {
        char c = at + 1 < source.length() ? source.charAt(at + 1) : 0;
        String items =
                switch (c) {
                    case 's', 'S' -> Properties.SPACE;
                    case 'd', 'D' -> Properties.DIGIT;
                    case 'w', 'W' -> Properties.WORD;
                    case 'h', 'H' -> Properties.HEX;
                    default -> null;
                };
        if (items != null) {
            at += 2;
            return (Character.isUpperCase(c) ? "[^" : "[") + items + "]";
        }
        return c == 'p' || c == 'P' ? property(c == 'P') : null;
    }

    private String property(boolean negated) throws RegexException {
        int close = source.indexOf('}', at);
        if (!source.startsWith("{", at + 2) || close < 0) {
            throw refuse("a property without its braces");
        }
        String name = source.substring(at + 3, close);
        boolean not = negated ^ name.startsWith("^");
        String items = Properties.items(name.startsWith("^") ? name.substring(1) : name);
        if (items == null) {
            throw refuse("the property \\p{" + name + "}");
        }
        at = close + 1;
        return (not ? "[^" : "[") + items + "]";
    }

    /// The character that an escape stands for.
    private int escapedCharacter() throws RegexException {
        if (at + 1 >= source.length()) {
            throw refuse("a \\ at the end");
        }
        at++;
        int c = nextCodePoint();
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case 'a' -> 0x07;
            case 'e' -> 0x1B;
            case 'x' -> peek('{') ? bracedHex() : hex(2);
            case 'u' -> hex(4);
            case '0' -> octal();
            default -> {
                if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                    throw refuse("\\" + Character.toString(c));
                }
                yield c;
            }
        };
    }

    private int octal() {
        int value = 0;
        for (int i = 0; i < 2 && at < source.length() && isOctal(source.charAt(at)); i++) {
            value = 8 * value + source.charAt(at++) - '0';
        }
        return value;
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private int bracedHex() throws RegexException {
        int close = source.indexOf('}', at);
        int from = at + 1;
        if (close < 0 || close == from || close - from > 8) {
            throw refuse("\\x{ without one to eight digits and a }");
        }
        at = from;
        int value = hex(close - from);
        at = close + 1;
        return value;
    }

    private int hex(int most) throws RegexException {
        int value = 0;
        int read = 0;
        while (read < most && at < source.length() && Character.digit(source.charAt(at), 16) >= 0) {
            value = 16 * value + Character.digit(source.charAt(at++), 16);
            read++;
        }
        if (read == 0 || value < 0 || value > Character.MAX_CODE_POINT) {
            throw refuse("a character's number that is none");
        }
        return value;
    }

    private void literal(int codePoint) {
        java.append(spell(codePoint));
    }

    private static String spell(int codePoint) {
        boolean plain =
                (codePoint >= 'a' && codePoint <= 'z')
                        || (codePoint >= 'A' && codePoint <= 'Z')
                        || (codePoint >= '0' && codePoint <= '9');
        return plain
                ? Character.toString(codePoint)
                : "\\x{" + Integer.toHexString(codePoint) + "}";
    }

    private int nextCodePoint() {
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private boolean peek(char c) {
        return at < source.length() && source.charAt(at) == c;
    }

    private RegexException refuse(String what) {
        return new RegexException(
                "has " + what + " at character " + at + ", which is not supported");
    }

    /// Reads `[...]`. The JDK's rules of precedence for `^` and `&&` differ between versions, so
    /// what is written leaves nothing to them: an intersection is a look-ahead before a class.
    private final class ClassParser {

        private final StringBuilder items = new StringBuilder();
        private final List<String> intersected = new ArrayList<>();

        String parse() throws RegexException {
            at++;
            boolean negated = peek('^');
            if (negated) {
                at++;
            }
            boolean first = true;
            while (first || !peek(']')) {
                if (at >= source.length()) {
                    throw refuse("a [ without its ]");
                }
                item();
                first = false;
            }
            at++;
            return finish(negated);
        }

        private String finish(boolean negated) {
            String last = "[" + items + "]";
            boolean plain = intersected.isEmpty() && items.indexOf("[") < 0;
            if (plain) {
                return negated ? "[^" + items + "]" : last;
            }
            StringBuilder all = new StringBuilder();
            for (String other : intersected) {
                all.append("(?=").append(other).append(')');
            }
            all.append(last);
            return negated ? "(?:(?!" + all + ")[\\x{0}-\\x{10FFFF}])" : "(?:" + all + ")";
        }

        private void item() throws RegexException {
            if (source.startsWith("&&", at)) {
                at += 2;
                intersected.add("[" + items + "]");
                items.setLength(0);
                return;
            }
            if (source.startsWith("[:", at) && source.indexOf(":]", at) > 0) {
                posix();
                return;
            }
            if (peek('[')) {
                String nested = new ClassParser().parse();
                if (!nested.startsWith("[")) {
                    throw refuse("a class of classes within a class");
                }
                items.append(nested);
                return;
            }
            String escape = peek('\\') ? classEscape() : null;
            if (escape != null) {
                items.append(flat(escape));
                return;
            }
            range();
        }

        /// The items of a bracketed class, without brackets where that means the same.
        private String flat(String bracketed) {
            return bracketed.startsWith("[^")
                    ? single(bracketed)
                    : bracketed.substring(1, bracketed.length() - 1);
        }

        /// `[^\p{L}]` is `\P{L}`, which needs no class of its own.
        private String single(String negated) {
            String body = negated.substring(2, negated.length() - 1);
            boolean one = body.startsWith("\\p{") && body.indexOf('}') == body.length() - 1;
            return one ? "\\P" + body.substring(2) : negated;
        }

        private void posix() throws RegexException {
            int close = source.indexOf(":]", at);
            String name = source.substring(at + 2, close);
            boolean not = name.startsWith("^");
            String body = Properties.posix(not ? name.substring(1) : name);
            if (body == null) {
                throw refuse("the bracket [:" + name + ":]");
            }
            at = close + 2;
            items.append(not ? single("[^" + body + "]") : body);
        }

        private void range() throws RegexException {
            int from = character();
            items.append(spell(from));
            boolean range = peek('-') && at + 1 < source.length() && source.charAt(at + 1) != ']';
            if (!range) {
                return;
            }
            at++;
            if (peek('[') || (peek('\\') && isClassLetter(at + 1))) {
                items.append("\\x{2d}");
                return;
            }
            int to = character();
            if (to < from) {
                throw refuse("an empty range");
            }
            items.append('-').append(spell(to));
        }

        private boolean isClassLetter(int index) {
            return index < source.length() && "sSdDwWhHpP".indexOf(source.charAt(index)) >= 0;
        }

        private int character() throws RegexException {
            if (source.startsWith("\\b", at)) {
                at += 2;
                return '\b';
            }
            return peek('\\') ? escapedCharacter() : nextCodePoint();
        }
    }
}
