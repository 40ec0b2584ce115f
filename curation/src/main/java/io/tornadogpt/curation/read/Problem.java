package io.tornadogpt.curation.read;

/// Input that cannot be read.
///
/// @param place the file, with the number of the row where only that is bad
/// @param kind a name that can be counted
/// @param detail what is wrong, for a person
public record Problem(String place, String kind, String detail) {
    @Override
    public String toString() {
        return place + ": " + detail;
    }
}
