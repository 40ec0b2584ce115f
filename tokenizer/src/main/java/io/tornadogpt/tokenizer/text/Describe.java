package io.tornadogpt.tokenizer.text;

/// Characters for messages.
public final class Describe {

    private Describe() {}

    /// A code point by number, picture and name.
    public static String codePoint(int codePoint) {
        String name = Character.getName(codePoint);
        String shown =
                Character.isISOControl(codePoint) ? "" : " '" + Character.toString(codePoint) + "'";
        return String.format("U+%04X%s%s", codePoint, shown, name == null ? "" : " (" + name + ")");
    }
}
