package io.tornadogpt.tokenizer.regex;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.IntArray;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a stage looks for in text: a string, or one of Oniguruma's regular expressions.
public final class TextPattern {

    private final String source;
    private final boolean literal;
    private final Pattern compiled;

    private TextPattern(String source, boolean literal, Pattern compiled) {
        this.source = source;
        this.literal = literal;
        this.compiled = compiled;
    }

    public static TextPattern literal(String text) {
        return new TextPattern(text, true, Pattern.compile(text, Pattern.LITERAL));
    }

    /// @throws RegexException if the expression is malformed or cannot be translated
    public static TextPattern expression(String source) throws RegexException {
        return new TextPattern(source, false, Oniguruma.compile(source));
    }

    /// Reads `{"String": ...}` or `{"Regex": ...}`.
    public static TextPattern read(JsonSection pattern) throws TokenizerFormatException {
        if (pattern.has("String")) {
            return literal(pattern.text("String"));
        }
        String source = pattern.text("Regex");
        try {
            return expression(source);
        } catch (RegexException e) {
            throw pattern.child("Regex").refuse(JsonSection.quote(source) + " " + e.getMessage());
        }
    }

    public ObjectNode toJson() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return node.put(literal ? "String" : "Regex", source);
    }

    public String source() {
        return source;
    }

    public boolean isLiteral() {
        return literal;
    }

    /// Where all matches begin and end, one after the other. An empty match right behind another
    /// one does not count.
    public IntArray matches(String text) {
        IntArray bounds = new IntArray(16);
        if (literal) {
            addLiteral(text, bounds);
            return bounds;
        }
        try {
            Matcher matcher = compiled.matcher(new BoundedText(text, source));
            int last = -1;
            while (matcher.find()) {
                boolean repeated = matcher.end() == matcher.start() && matcher.start() == last;
                if (!repeated && !cutsCharacter(text, matcher.start())) {
                    bounds.add(matcher.start());
                    bounds.add(matcher.end());
                    last = matcher.end();
                }
            }
        } catch (StackOverflowError e) {
            UnencodableTextException tooDeep =
                    new UnencodableTextException(
                            "the expression "
                                    + source
                                    + " needs more of the stack than there is for a text of "
                                    + text.length()
                                    + " characters; encode the text in smaller parts",
                            0);
            tooDeep.initCause(e);
            throw tooDeep;
        }
        return bounds;
    }

    /// The text with `content` in place of each match.
    public String replace(String text, String content) {
        if (literal) {
            return source.isEmpty() ? text : text.replace(source, content);
        }
        IntArray bounds = matches(text);
        if (bounds.size() == 0) {
            return text;
        }
        StringBuilder replaced = new StringBuilder(text.length());
        int done = 0;
        for (int i = 0; i < bounds.size(); i += 2) {
            replaced.append(text, done, bounds.get(i)).append(content);
            done = bounds.get(i + 1);
        }
        return replaced.append(text, done, text.length()).toString();
    }

    private void addLiteral(String text, IntArray bounds) {
        if (source.isEmpty()) {
            return;
        }
        for (int at = text.indexOf(source);
                at >= 0;
                at = text.indexOf(source, at + source.length())) {
            bounds.add(at);
            bounds.add(at + source.length());
        }
    }

    private static boolean cutsCharacter(String text, int at) {
        return at > 0
                && at < text.length()
                && Character.isLowSurrogate(text.charAt(at))
                && Character.isHighSurrogate(text.charAt(at - 1));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TextPattern that
                && literal == that.literal
                && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source, literal);
    }

    @Override
    public String toString() {
        return (literal ? "\"" : "/") + source + (literal ? "\"" : "/");
    }
}
