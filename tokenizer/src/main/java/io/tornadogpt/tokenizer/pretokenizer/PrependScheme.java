package io.tornadogpt.tokenizer.pretokenizer;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

import java.util.Locale;

/// Which stretches of text get a space before them: each one, the one that begins the user's text,
/// or none.
public enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER;

    /// Reads `prepend_scheme`, or `add_prefix_space` of older files.
    public static PrependScheme read(JsonSection section) throws TokenizerFormatException {
        boolean prefix = section.flag("add_prefix_space", true);
        String name = section.textOrNull("prepend_scheme");
        if (name == null) {
            return prefix ? ALWAYS : NEVER;
        }
        for (PrependScheme each : values()) {
            if (each.spelled().equals(name)) {
                if (!prefix && each != NEVER) {
                    throw section.refuse(
                            "says \"add_prefix_space\": false and \"prepend_scheme\": \""
                                    + name
                                    + "\"; expected \"never\" beside it");
                }
                return each;
            }
        }
        throw section.child("prepend_scheme").unsupported("\"always\", \"first\" or \"never\"");
    }

    public String spelled() {
        return name().toLowerCase(Locale.ROOT);
    }
}
