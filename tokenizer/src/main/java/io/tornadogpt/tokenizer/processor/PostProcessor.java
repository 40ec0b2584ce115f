package io.tornadogpt.tokenizer.processor;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.json.Stage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Joins the tokens of a text, or of a pair of texts, with special tokens. Post-processors are
/// immutable.
public interface PostProcessor extends Stage {

    /// @param parts one text or two, or what the processor before made of them
    /// @return parts that are one after the other in the end
    List<Encoding> process(List<Encoding> parts);

    /// How many tokens this adds, for what is left to the texts when they are truncated.
    int added(boolean pair);

    /// Joins one text, or two, whose tokens have the types 0 and 1.
    ///
    /// @param pair null where there is one text only
    default Encoding process(Encoding first, @Nullable Encoding pair) {
        List<Encoding> texts =
                pair == null
                        ? List.of(first.withType(0))
                        : List.of(first.withType(0), pair.withType(1));
        Encoding joined = Encoding.EMPTY;
        for (Encoding part : process(texts)) {
            joined = joined.plus(part);
        }
        return joined;
    }
}
