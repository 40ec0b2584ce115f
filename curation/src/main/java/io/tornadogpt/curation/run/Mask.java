package io.tornadogpt.curation.run;

/// Takes private data out of what a report shows.
interface Mask {
    /// The text with placeholders for private data.
    String masked(String text);
}
