package io.tornadogpt.trainer.data;

/// A file or folder of a training set that is not read.
///
/// @param name its path below the folder or archive that was named
/// @param reason why it is not read
public record PassedOver(String name, Reason reason) {
    /// Why something is passed over.
    public enum Reason {
        /// It has a zero byte near its start.
        BINARY("binary"),
        /// It begins with the mark of UTF-16 or UTF-32.
        OTHER_ENCODING("not UTF-8 but UTF-16 or UTF-32"),
        /// It stands in for a file that was not fetched.
        LFS_POINTER("a Git LFS pointer"),
        /// Its name begins with a dot.
        HIDDEN("hidden"),
        /// Its permissions keep the reader out.
        UNREADABLE("not readable by this user"),
        /// A link to one of the folders that it lies in.
        LOOP("a link back to a folder around it"),
        /// A link to a file that is not there.
        BROKEN_LINK("a link to nothing"),
        /// A pipe, a socket or a device.
        SPECIAL("neither a file nor a folder");

        private final String words;

        Reason(String words) {
            this.words = words;
        }

        /// The reason, to stand behind "is".
        public String words() {
            return words;
        }
    }
}
