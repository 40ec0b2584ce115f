package io.tornadogpt.hub;

import java.util.regex.Pattern;

/// The name of a repository: `gpt2`, or `owner/name`. It becomes a part of paths and addresses, so
/// that nothing else is accepted.
///
/// @param text as it was given
public record RepositoryName(String text) {
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,95}");

    /// @throws IllegalArgumentException where it is no such name
    public RepositoryName {
        if (!isOne(text)) {
            throw new IllegalArgumentException(
                    "'%s' is no name of a repository; expected NAME or OWNER/NAME, such as openai-community/gpt2"
                            .formatted(text));
        }
    }

    /// Whether a text is such a name.
    public static boolean isOne(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length > 2 || text.contains("..") || text.contains("--")) {
            return false;
        }
        for (String part : parts) {
            if (!PART.matcher(part).matches() || part.endsWith(".") || part.endsWith("-")) {
                return false;
            }
        }
        return true;
    }

    /// The folder of its cache.
    String folder() {
        return "models--" + text.replace("/", "--");
    }

    @Override
    public String toString() {
        return text;
    }
}
