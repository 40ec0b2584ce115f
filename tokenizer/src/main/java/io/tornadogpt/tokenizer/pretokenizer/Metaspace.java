package io.tornadogpt.tokenizer.pretokenizer;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

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
        int from = 0;
        for (int at = replaced.indexOf(replacement, 1);
                at >= 0;
                at = replaced.indexOf(replacement, at + 1)) {
            out.accept(replaced.substring(from, at), first && from == 0);
            from = at;
        }
        out.accept(replaced.substring(from), first && from == 0);
    }

    @Override
    public void write(ObjectNode section) {
        section.put("replacement", replacement);
        section.put("prepend_scheme", scheme.spelled());
        section.put("split", split);
    }
}
