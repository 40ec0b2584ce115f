package io.tornadogpt.tokenizer.pretokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.text.Characters;

/// Writes spaces as another character, SentencePiece's U+2581, puts one before the text and cuts
/// before each.
public record Metaspace(String replacement, PrependScheme scheme, boolean split)
        implements PreTokenizer {

    public static Metaspace read(JsonSection section) throws TokenizerFormatException {
        PrependScheme scheme = PrependScheme.read(section);
        return new Metaspace(
                Character.toString(section.character("replacement")),
                scheme,
                section.flag("split", true));
    }

    @Override
    public String type() {
        return "Metaspace";
    }

    @Override
    public void cut(String text, boolean first, Pieces out) {
        String replaced = text.replace(" ", replacement);
        boolean prepend =
                switch (scheme) {
                    case ALWAYS -> true;
                    case FIRST -> first;
                    case NEVER -> false;
                };
        if (prepend && !replaced.startsWith(replacement)) {
            replaced = replacement + replaced;
        }
        if (!split) {
            out.accept(replaced, first);
            return;
        }
        cutReplaced(replaced, first, out);
    }

    /// Whether this and a cut at white space before it can be done in one.
    boolean cutsWords() {
        return split && scheme == PrependScheme.ALWAYS;
    }

    /// Cuts a text as if it had been cut at white space before: each word by itself gets the
    /// replacement before it, and is cut at others.
    void cutWords(String text, boolean first, Pieces out) {
        StringBuilder words = new StringBuilder(text.length() + 16);
        for (int at = 0; at < text.length(); ) {
            if (Characters.isWhiteSpace(text.charAt(at))) {
                at++;
                continue;
            }
            int end = at + 1;
            while (end < text.length() && !Characters.isWhiteSpace(text.charAt(end))) {
                end++;
            }
            if (!text.startsWith(replacement, at)) {
                words.append(replacement);
            }
            words.append(text, at, end);
            at = end;
        }
        if (!words.isEmpty()) {
            boolean begins = first && !Characters.isWhiteSpace(text.charAt(0));
            cutReplaced(words.toString(), begins, out);
        }
    }

    private void cutReplaced(String replaced, boolean first, Pieces out) {
        int from = 0;
        for (int at = replaced.indexOf(replacement, 1);
                at >= 0;
                at = replaced.indexOf(replacement, at + 1)) {
            out.accept(replaced, from, at, first && from == 0);
            from = at;
        }
        out.accept(replaced, from, replaced.length(), first && from == 0);
    }

    @Override
    public void write(ObjectNode section) {
        section.put("replacement", replacement);
        section.put("prepend_scheme", scheme.spelled());
        section.put("split", split);
    }
}
