package io.tornadogpt.curation.step;

/// Private data in a text.
///
/// @param start the first character
/// @param end behind the last
/// @param kind names the placeholder
/// @param introduced whether it was found because a word before it says what it is
record Finding(int start, int end, String kind, boolean introduced) {
    int length() {
        return end - start;
    }
}
