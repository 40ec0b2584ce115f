package io.tornadogpt.curation.read;

/// How files are read. What is longer than a bound is bad input: it is named and counted, not cut.
///
/// @param textField the field of a JSON object, or the column of a table, that holds the text. In a
///   table without names it is the column's number, from 1
/// @param documentBytes a document, a row or a line; and so a bound of what a thread needs in
///   memory
/// @param expansion bytes that may come of one byte of a compressed file, once more than
///   `documentBytes` have come
/// @param shardBytes bytes of input that become one shard; a compressed file is not divided
public record Reading(String textField, long documentBytes, long expansion, long shardBytes) {
    /// The field `text`, 16 MiB a document, a thousand bytes of one, 64 MiB a shard.
    public static final Reading DEFAULT = new Reading("text", 16 << 20, 1000, 64 << 20);

    private static final long MOST_BYTES = 1 << 30;

    /// @throws IllegalArgumentException where a limit is below 1, or a document of more than 1 GiB
    ///   is allowed
    public Reading {
        if (textField.isBlank()) {
            throw new IllegalArgumentException(
                    "reading.textField is empty; set it to the name of the field that holds the"
                            + " text");
        }
        if (documentBytes < 1 || documentBytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "reading.documentBytes is %d; set it to a number from 1 to %d"
                            .formatted(documentBytes, MOST_BYTES));
        }
        if (shardBytes < 1) {
            throw new IllegalArgumentException(
                    "reading.shardBytes is %d; set it to 1 or more".formatted(shardBytes));
        }
        if (expansion < 1) {
            throw new IllegalArgumentException(
                    "reading.expansion is %d; set it to 1 or more".formatted(expansion));
        }
    }
}
