package io.tornadogpt.tokenizer.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

/// Drops a character from both ends of each token, up to `start` and `stop` times.
public record Strip(String content, int start, int stop) implements Decoder {

    private static final int MOST = 1 << 16;

    static Strip read(JsonSection section) throws TokenizerFormatException {
        return new Strip(
                Character.toString(section.character("content")),
                section.integer("start", 0, MOST),
                section.integer("stop", 0, MOST));
    }

    @Override
    public String type() {
        return "Strip";
    }

    @Override
    public Step before(Step next) {
        return new StripStep(next);
    }

    @Override
    public void write(ObjectNode section) {
        section.put("content", content);
        section.put("start", start);
        section.put("stop", stop);
    }

    /// Drops at the front as text comes, and keeps back what may have to go at the end.
    private final class StripStep implements Step {

        private final Step next;
        private final StringBuilder held = new StringBuilder();
        private int front = start;

        StripStep(Step next) {
            this.next = next;
        }

        @Override
        public void text(String part) {
            held.append(part);
            while (front > 0 && held.length() >= content.length()) {
                if (held.indexOf(content) != 0) {
                    front = 0;
                    break;
                }
                held.delete(0, content.length());
                front--;
            }
            int kept = held.length();
            for (int i = 0; i < stop && endsAt(kept); i++) {
                kept -= content.length();
            }
            if (front == 0 && kept > 0) {
                next.text(held.substring(0, kept));
                held.delete(0, kept);
            }
        }

        private boolean endsAt(int end) {
            return end >= content.length()
                    && held.indexOf(content, end - content.length()) == end - content.length();
        }

        @Override
        public void endToken() {
            int end = held.length();
            for (int i = 0; i < stop && endsAt(end); i++) {
                end -= content.length();
            }
            if (end > 0) {
                next.text(held.substring(0, end));
            }
            held.setLength(0);
            front = start;
            next.endToken();
        }

        @Override
        public void end() {
            next.end();
        }
    }
}
