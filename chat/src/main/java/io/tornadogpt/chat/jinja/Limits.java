package io.tornadogpt.chat.jinja;

/// What one rendering may use.
///
/// @param steps evaluated nodes, iterations and compared or copied elements
/// @param depth nested evaluations: expressions, statements, macro calls, values inside values
/// @param output characters of one string, the rendered text included
/// @param text characters of all strings made on the way, together
/// @param elements elements of all lists and mappings made on the way, together
public record Limits(long steps, int depth, int output, long text, long elements) {

    /// Room for a conversation of millions of characters, and about a second of work at worst.
    public static final Limits DEFAULT =
            new Limits(10_000_000, 1_200, 16 << 20, 128L << 20, 4_000_000);
}
