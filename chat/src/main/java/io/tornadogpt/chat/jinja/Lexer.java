package io.tornadogpt.chat.jinja;

import io.tornadogpt.chat.jinja.Token.Kind;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Cuts a template into tokens, with transformers' whitespace control: the newline after a block or
/// comment goes, blanks before one at the start of a line go, `-` takes all whitespace on its side
/// and `+` keeps it. A newline at the very end of the source goes too.
final class Lexer {

    private static final List<String> OPERATORS =
            List.of(
                    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(",
                    ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    /// Whether what was matched last ended with a newline, or nothing was matched yet.
    private boolean lineStarting = true;

    private int positionOffset;
    private int positionLine = 1;
    private int positionLineStart;

    private Lexer(String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n');
        this.source = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    static List<Token> tokens(String source) {
        Lexer lexer = new Lexer(source);
        lexer.root();
        lexer.add(Kind.END, "", lexer.at);
        return lexer.tokens;
    }

    private void root() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Kind.DATA, source.substring(at), at);
                at = source.length();
                return;
            }
            String before = source.substring(at, tag);
            int start = at;
            char sign = signAt(tag + 2);
            char type = source.charAt(tag + 1);
            data(stripped(before, sign, type == '{'), start);
            at = tag + (sign == ' ' ? 2 : 3);
            lineStarting = false;
            switch (type) {
                case '#' -> comment(tag);
                case '{' -> tag(Kind.VARIABLE_BEGIN, Kind.VARIABLE_END, "{{", tag);
                default -> {
                    int raw = afterRawTag(at, "raw");
                    if (raw >= 0) {
                        at = raw;
                        lineStarting = source.charAt(at - 1) == '\n';
                        raw(tag);
                    } else {
                        tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "{%", tag);
                    }
                }
            }
        }
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private char signAt(int offset) {
        if (offset < source.length()) {
            char c = source.charAt(offset);
            if (c == '-' || c == '+') {
                return c;
            }
        }
        return ' ';
    }

    private String stripped(String text, char sign, boolean variable) {
        if (sign == '-') {
            return PythonText.stripRight(text);
        }
        if (sign == '+' || variable) {
            return text;
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean atLineStart = line > 0 || lineStarting;
        return atLineStart && PythonText.skipSpaces(text, line) == text.length()
                ? text.substring(0, line)
                : text;
    }

    private void data(String text, int start) {
        if (!text.isEmpty()) {
            add(Kind.DATA, text, start);
        }
    }

    private void comment(int start) {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw Fault.syntax(position(start), "the comment has no end, expected '#}'");
        }
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        if (sign == '-') {
            at = PythonText.skipSpaces(source, at);
        } else if (sign != '+' && source.startsWith("\n", at)) {
            at++;
        }
        lineStarting = source.charAt(at - 1) == '\n';
    }

    /// What follows `{%` of a raw block's tag: the offset behind the tag, or -1 if it is another.
    private int afterRawTag(int from, String word) {
        int i = PythonText.skipSpaces(source, from);
        if (!source.startsWith(word, i)) {
            return -1;
        }
        i = PythonText.skipSpaces(source, i + word.length());
        if (source.startsWith("-%}", i)) {
            return PythonText.skipSpaces(source, i + 3);
        }
        if (source.startsWith("%}", i)) {
            boolean newline = word.equals("endraw") && source.startsWith("\n", i + 2);
            return i + (newline ? 3 : 2);
        }
        return word.equals("endraw") && source.startsWith("+%}", i) ? i + 3 : -1;
    }

    private void raw(int start) {
        for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
            char sign = signAt(i + 2);
            int end = afterRawTag(i + (sign == ' ' ? 2 : 3), "endraw");
            if (end >= 0) {
                data(stripped(source.substring(at, i), sign, false), at);
                at = end;
                lineStarting = source.charAt(at - 1) == '\n';
                return;
            }
        }
        throw Fault.syntax(position(start), "the raw block has no end, expected 'endraw'");
    }

    private void tag(Kind begin, Kind end, String delimiter, int start) {
        add(begin, delimiter, start);
        Deque<Character> open = new ArrayDeque<>();
        while (at < source.length()) {
            if (open.isEmpty() && tagEnd(end)) {
                return;
            }
            char c = source.charAt(at);
            int next = PythonText.skipSpaces(source, at);
            if (next > at) {
                at = next;
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (c == '\'' || c == '"') {
                string(c);
            } else if (c == '_' || Character.isLetterOrDigit(source.codePointAt(at))) {
                name();
            } else {
                operator(open);
            }
        }
    }

    private boolean tagEnd(Kind end) {
        String close = end == Kind.BLOCK_END ? "%}" : "}}";
        int start = at;
        if (source.startsWith("-" + close, at)) {
            at = PythonText.skipSpaces(source, at + 3);
        } else if (end == Kind.BLOCK_END && source.startsWith("+" + close, at)) {
            at += 3;
        } else if (source.startsWith(close, at)) {
            at += 2;
            if (end == Kind.BLOCK_END && source.startsWith("\n", at)) {
                at++;
            }
        } else {
            return false;
        }
        lineStarting = source.charAt(at - 1) == '\n';
        add(end, close, start);
        return true;
    }

    private void number() {
        int start = at;
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        int end = digits(start);
        int whole = end;
        if (!afterDot) {
            if (end < source.length() && source.charAt(end) == '.' && digits(end + 1) > end + 1) {
                end = digits(end + 1);
            }
            if (end < source.length() && (source.charAt(end) | 32) == 'e') {
                int sign = end + 1;
                int exponent = sign + (signAt(sign) == ' ' ? 0 : 1);
                if (digits(exponent) > exponent) {
                    end = digits(exponent);
                }
            }
        }
        boolean real = end > whole;
        at = real ? end : integerEnd(start, whole);
        add(real ? Kind.FLOAT : Kind.INTEGER, source.substring(start, at), start);
    }

    private int integerEnd(int start, int decimalEnd) {
        if (source.charAt(start) != '0') {
            return decimalEnd;
        }
        char base = start + 1 < source.length() ? (char) (source.charAt(start + 1) | 32) : ' ';
        int radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 0;
        int end = start + 2;
        while (radix > 0 && end < source.length()) {
            int digit = source.charAt(end) == '_' ? end + 1 : end;
            if (digit >= source.length() || Character.digit(source.charAt(digit), radix) < 0) {
                break;
            }
            end = digit + 1;
        }
        if (radix > 0 && end > start + 2) {
            return end;
        }
        int zeros = start;
        while (zeros < decimalEnd && (source.charAt(zeros) == '0' || source.charAt(zeros) == '_')) {
            zeros++;
        }
        return zeros;
    }

    /// The end of a run of digits that single underscores may part; `from` if there is none.
    private int digits(int from) {
        int i = from;
        while (i < source.length()) {
            int digit = i > from && source.charAt(i) == '_' ? i + 1 : i;
            if (digit >= source.length()
                    || source.charAt(digit) < '0'
                    || source.charAt(digit) > '9') {
                break;
            }
            i = digit + 1;
        }
        return i;
    }

    private void name() {
        int start = at;
        while (at < source.length()) {
            int c = source.codePointAt(at);
            if (c != '_' && !Character.isLetterOrDigit(c)) {
                break;
            }
            at += Character.charCount(c);
        }
        add(Kind.NAME, source.substring(start, at), start);
    }

    private void string(char quote) {
        int start = at;
        int i = start + 1;
        while (i < source.length() && source.charAt(i) != quote) {
            i += source.charAt(i) == '\\' ? 2 : 1;
        }
        if (i >= source.length()) {
            throw Fault.syntax(position(start), "the string has no end, expected " + quote);
        }
        at = i + 1;
        String body = source.substring(start + 1, i);
        add(Kind.STRING, StringEscapes.resolved(body, position(start)), start);
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(open, operator.charAt(0));
                add(Kind.OPERATOR, operator, at);
                at += operator.length();
                return;
            }
        }
        String c = Character.toString(source.codePointAt(at));
        throw Fault.syntax(position(at), "the character '" + c + "' has no meaning in a tag");
    }

    private void balance(Deque<Character> open, char c) {
        switch (c) {
            case '{' -> open.push('}');
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '}', ')', ']' -> {
                if (open.isEmpty()) {
                    throw Fault.syntax(position(at), "'" + c + "' closes nothing");
                }
                char expected = open.pop();
                if (expected != c) {
                    throw Fault.syntax(
                            position(at), "'" + c + "' stands where '" + expected + "' is due");
                }
            }
            default -> {}
        }
    }

    private void add(Kind kind, String text, int offset) {
        tokens.add(new Token(kind, text, position(offset)));
    }

    private Position position(int offset) {
        if (offset < positionOffset) {
            positionOffset = 0;
            positionLine = 1;
            positionLineStart = 0;
        }
        for (int i = positionOffset; i < offset; i++) {
            if (source.charAt(i) == '\n') {
                positionLine++;
                positionLineStart = i + 1;
            }
        }
        positionOffset = offset;
        return new Position(positionLine, offset - positionLineStart + 1);
    }
}
