package io.tornadogpt.tokenizer.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.regex.TextPattern;

/// Puts a string in place of what a pattern matches, token by token. A string is replaced as it
/// comes; an expression has to see the whole token.
public record Replace(TextPattern pattern, String content) implements Decoder {

    static Replace read(JsonSection section) throws TokenizerFormatException {
        return new Replace(TextPattern.read(section.child("pattern")), section.text("content"));
    }

    @Override
    public String type() {
        return "Replace";
    }

    @Override
    public Step before(Step next) {
        return pattern.isLiteral() && !pattern.source().isEmpty()
                ? new LiteralStep(next)
                : new TokenStep(next) {
                    @Override
                    void token(String token) {
                        hand(pattern.replace(token, content));
                    }
                };
    }

    @Override
    public void write(ObjectNode section) {
        section.set("pattern", pattern.toJson());
        section.put("content", content);
    }

    /// Keeps back no more of an incomplete token than might be the beginning of a match.
    private final class LiteralStep implements Step {

        private final Step next;
        private final StringBuilder held = new StringBuilder();

        LiteralStep(Step next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            held.append(part);
            String wanted = pattern.source();
            StringBuilder made = new StringBuilder();
            int done = 0;
            for (int at = held.indexOf(wanted); at >= 0; at = held.indexOf(wanted, done)) {
                made.append(held, done, at).append(content);
                done = at + wanted.length();
            }
            int kept = Math.max(done, held.length() - wanted.length() + 1);
            while (kept < held.length() && !wanted.startsWith(held.substring(kept))) {
                kept++;
            }
            made.append(held, done, kept);
            held.delete(0, kept);
            if (!made.isEmpty()) {
                next.text(made.toString());
            }
        }

        @Override
        public void endToken() {
            if (!held.isEmpty()) {
                next.text(held.toString());
                held.setLength(0);
            }
            next.endToken();
        }

        @Override
        public void end() {
            next.end();
        }
    }
}
