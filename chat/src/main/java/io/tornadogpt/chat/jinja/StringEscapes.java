package io.tornadogpt.chat.jinja;

/// Python's escapes inside string literals.
final class StringEscapes {

    private StringEscapes() {}

    static String resolved(String body, Position at) {
        if (body.indexOf('\\') < 0) {
            return body;
        }
        StringBuilder out = new StringBuilder(body.length());
        int i = 0;
        while (i < body.length()) {
            char c = body.charAt(i++);
            if (c != '\\' || i >= body.length()) {
                out.append(c);
                continue;
            }
            char escape = body.charAt(i++);
            switch (escape) {
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(escape);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int end = i;
                    while (end < body.length() && end < i + 2 && isOctal(body.charAt(end))) {
                        end++;
                    }
                    out.append((char) Integer.parseInt(body, i - 1, end, 8));
                    i = end;
                }
                case 'x' -> i = hexadecimal(body, i, 2, out, at);
                case 'u' -> i = hexadecimal(body, i, 4, out, at);
                case 'U' -> i = hexadecimal(body, i, 8, out, at);
                case 'N' -> i = named(body, i, out, at);
                default -> out.append('\\').append(escape);
            }
        }
        return out.toString();
    }

    private static boolean isOctal(char c) {
        return c >= '0' && c <= '7';
    }

    private static int hexadecimal(
            String body, int from, int digits, StringBuilder out, Position at) {
        long code = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < body.length() ? Character.digit(body.charAt(i), 16) : -1;
            if (digit < 0) {
                throw Fault.syntax(
                        at, "an escape in the string needs " + digits + " hexadecimal digits");
            }
            code = code * 16 + digit;
        }
        if (code > Character.MAX_CODE_POINT) {
            throw Fault.syntax(at, "an escape in the string is beyond the last character");
        }
        out.appendCodePoint((int) code);
        return from + digits;
    }

    private static int named(String body, int from, StringBuilder out, Position at) {
        int end = body.indexOf('}', from);
        if (end < 0 || body.charAt(from) != '{') {
            throw Fault.syntax(at, "the escape \\N in the string needs a name in braces");
        }
        try {
            out.appendCodePoint(Character.codePointOf(body.substring(from + 1, end)));
        } catch (IllegalArgumentException e) {
            throw Fault.syntax(at, "the escape \\N in the string names no character");
        }
        return end + 1;
    }
}
