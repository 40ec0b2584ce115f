package io.tornadogpt.tokenizer;

/// A token that is found in text by its name, before the text is cut into pieces.
///
/// @param id its id
/// @param content its name
/// @param singleWord whether it counts only where no letter or digit touches it
/// @param lstrip whether it takes the white space before it
/// @param rstrip whether it takes the white space behind it
/// @param normalized whether it is looked for in the normalized text, its name normalized too
/// @param special whether it is a control token: ordinary text that has its name does not become it
public record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized,
        boolean special) {

    /// A special token without rules of its own.
    public static AddedToken special(int id, String content) {
        return new AddedToken(id, content, false, false, false, false, true);
    }
}
