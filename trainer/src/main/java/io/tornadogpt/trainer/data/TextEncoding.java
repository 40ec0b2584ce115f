package io.tornadogpt.trainer.data;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/// An encoding of text that is not read, told by the mark that a file begins with (Unicode 16,
/// section 2.13) or by its zero bytes.
public enum TextEncoding {
    /// Four bytes for a character, the least significant first.
    UTF_32LE("UTF-32", 0xFF, 0xFE, 0, 0),
    /// Four bytes for a character, the most significant first.
    UTF_32BE("UTF-32", 0, 0, 0xFE, 0xFF),
    /// Two or four bytes for a character, the least significant of each pair first.
    UTF_16LE("UTF-16", 0xFF, 0xFE),
    /// Two or four bytes for a character, the most significant of each pair first.
    UTF_16BE("UTF-16", 0xFE, 0xFF);

    private final String title;
    private final int[] mark;

    TextEncoding(String title, int... mark) {
        this.title = title;
        this.mark = mark;
    }

    /// The encoding whose mark these bytes begin with, null for none of them.
    public static @Nullable TextEncoding ofMark(byte... start) {
        for (TextEncoding encoding : values()) {
            if (encoding.begins(start)) {
                return encoding;
            }
        }
        return null;
    }

    private boolean begins(byte... start) {
        if (start.length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if (Byte.toUnsignedInt(start[i]) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    /// What is wrong with a text in this encoding.
    public String problem() {
        return "is " + title + ", as its first bytes say, and not UTF-8";
    }

    /// How to convert such a file.
    public String remedy(Path file) {
        return "convert it: iconv -f %s -t UTF-8 '%s' > '%s'"
                .formatted(title, file, withoutEnding(file) + ".utf8.txt");
    }

    private static String withoutEnding(Path file) {
        String name = file.toString();
        return name.endsWith(".txt") ? name.substring(0, name.length() - 4) : name;
    }
}
