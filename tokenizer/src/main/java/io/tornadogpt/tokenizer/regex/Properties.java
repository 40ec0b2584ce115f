package io.tornadogpt.tokenizer.regex;

import static java.util.Map.entry;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;

/// Unicode properties by Oniguruma's names, as items of the JDK's character classes.
final class Properties {

    static final String WORD = "\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}";

    /// What `\w` is outside of brackets: there, of other numbers, those of Latin-1 count.
    static final String WORD_ALONE = WORD + "\\xB2\\xB3\\xB9\\xBC-\\xBE";

    static final String SPACE = "\\p{IsWhite_Space}";
    static final String DIGIT = "\\p{Nd}";
    static final String HEX = "0-9A-Fa-f";

    /// POSIX brackets, and properties of the same names where [#BINARY] has no other meaning.
    private static final Map<String, String> POSIX =
            Map.ofEntries(
                    entry("alnum", "\\p{IsAlphabetic}\\p{Nd}"),
                    entry("alpha", "\\p{IsAlphabetic}"),
                    entry("ascii", "\\x{0}-\\x{7F}"),
                    entry("blank", "\\p{Zs}\\x09"),
                    entry("cntrl", "\\p{Cc}"),
                    entry("digit", DIGIT),
                    entry("graph", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}"),
                    entry("lower", "\\p{IsLowercase}"),
                    entry("print", "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Zs}"),
                    entry("punct", "\\p{P}\\p{S}"),
                    entry("space", SPACE),
                    entry("upper", "\\p{IsUppercase}"),
                    entry("word", WORD),
                    entry("xdigit", HEX));

    /// Categories by their long names; the short ones are their values.
    private static final Map<String, String> CATEGORIES =
            Map.ofEntries(
                    entry("letter", "L"),
                    entry("uppercaseletter", "Lu"),
                    entry("lowercaseletter", "Ll"),
                    entry("titlecaseletter", "Lt"),
                    entry("modifierletter", "Lm"),
                    entry("otherletter", "Lo"),
                    entry("mark", "M"),
                    entry("nonspacingmark", "Mn"),
                    entry("spacingmark", "Mc"),
                    entry("enclosingmark", "Me"),
                    entry("number", "N"),
                    entry("decimalnumber", "Nd"),
                    entry("letternumber", "Nl"),
                    entry("othernumber", "No"),
                    entry("punctuation", "P"),
                    entry("connectorpunctuation", "Pc"),
                    entry("dashpunctuation", "Pd"),
                    entry("openpunctuation", "Ps"),
                    entry("closepunctuation", "Pe"),
                    entry("initialpunctuation", "Pi"),
                    entry("finalpunctuation", "Pf"),
                    entry("otherpunctuation", "Po"),
                    entry("symbol", "S"),
                    entry("mathsymbol", "Sm"),
                    entry("currencysymbol", "Sc"),
                    entry("modifiersymbol", "Sk"),
                    entry("othersymbol", "So"),
                    entry("separator", "Z"),
                    entry("spaceseparator", "Zs"),
                    entry("lineseparator", "Zl"),
                    entry("paragraphseparator", "Zp"),
                    entry("other", "C"),
                    entry("control", "Cc"),
                    entry("format", "Cf"),
                    entry("surrogate", "Cs"),
                    entry("privateuse", "Co"),
                    entry("unassigned", "Cn"));

    private static final Map<String, String> BINARY =
            Map.ofEntries(
                    entry("punct", "\\p{P}"),
                    entry("any", "\\x{0}-\\x{10FFFF}"),
                    entry("alphabetic", "\\p{IsAlphabetic}"),
                    entry("lowercase", "\\p{IsLowercase}"),
                    entry("uppercase", "\\p{IsUppercase}"),
                    entry("whitespace", SPACE),
                    entry("ideographic", "\\p{IsIdeographic}"),
                    entry("emoji", "\\p{IsEmoji}"),
                    entry("emojipresentation", "\\p{IsEmoji_Presentation}"),
                    entry("extendedpictographic", "\\p{IsExtended_Pictographic}"));

    private Properties() {}

    /// The items of a POSIX bracket, or null where there is none of that name.
    static @Nullable String posix(String name) {
        return POSIX.get(name);
    }

    /// The items of `\p{name}`, or null where it is not known.
    static @Nullable String items(String name) {
        String key = key(name);
        String items = BINARY.get(key);
        if (items == null) {
            items = POSIX.get(key);
        }
        return items != null ? items : category(key) != null ? category(key) : script(key);
    }

    private static @Nullable String category(String key) {
        String shortName = CATEGORIES.get(key);
        if (shortName == null) {
            for (String value : CATEGORIES.values()) {
                if (value.toLowerCase(Locale.ROOT).equals(key)) {
                    shortName = value;
                }
            }
        }
        return shortName == null ? null : "\\p{" + shortName + "}";
    }

    private static @Nullable String script(String key) {
        for (Character.UnicodeScript script : Character.UnicodeScript.values()) {
            if (key(script.name()).equals(key)) {
                return "\\p{Is" + script.name() + "}";
            }
        }
        return null;
    }

    private static String key(String name) {
        return name.replaceAll("[ _-]", "").toLowerCase(Locale.ROOT);
    }
}
