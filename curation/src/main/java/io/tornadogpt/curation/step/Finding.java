package io.tornadogpt.curation.step;

/// Private data in a text.
///
/// @param start the first character
/// @param end behind the last
/// @param kind names the placeholder
record Finding(int start, int end, String kind) {
    int length() {
        return end - start;
    }
}
