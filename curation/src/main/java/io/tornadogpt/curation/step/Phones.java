package io.tornadogpt.curation.step;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.Phonenumber.PhoneNumber;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Telephone numbers: in international form, in that of North America, and in national forms where
/// the number is valid in one of some regions and is written or introduced as a telephone number.
final class Phones {
    private static final Pattern FORM =
            Pattern.compile("\\+?\\(?\\d(?:[ .\\u00A0\\u2011\\u2013()/-]{0,2}\\d){5,16}");
    private static final Pattern NORTH_AMERICA =
            Pattern.compile(
                    "(?:1[ .-])?(?:\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[ .-])[2-9]\\d{2}[ .-]\\d{4}");
    private static final Pattern DATE =
            Pattern.compile(
                    "(?:\\d{4}[-./]\\d{1,2}[-./]\\d{1,2}|\\d{1,2}[-./]\\d{1,2}[-./]\\d{2,4})(?:\\D.*)?");
    private static final Pattern FRACTION = Pattern.compile("0\\.\\d+");

    /// What looks like a number in national form, and is none where no word introduces it: a postal
    /// code of the United States, a range, and digits one by one.
    private static final Pattern OTHER_FORM =
            Pattern.compile("\\d{5}-\\d{4}|0[-\\u2013]\\d+|\\d+\\.{2}\\d+|\\d(?: \\d)+");

    private static final Pattern WORDS =
            Pattern.compile(
                    "phone|\\btel\\b|telefon|t\u00E9l\u00E9?\\b|\\bmobile|\\bmobil\\b|\\bcell\\b|\\bcall\\b|\\bfax\\b|whatsapp|\\bsms\\b|\\bdial\\b|\\bring\\b|\\bhandy\\b|\\bportable\\b|m\u00F3vil|text"
                        + " me|reach me",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern OTHER =
            Pattern.compile(
                    "isbn|issn|order|invoice|serial|part n|version|article|doi|tracking|account n",
                    Pattern.CASE_INSENSITIVE);
    private static final int LONGEST = 32;

    private final List<String> regions;

    /// @param regions in two letters, in whose national forms numbers may be written
    Phones(List<String> regions) {
        this.regions = List.copyOf(regions);
    }

    /// Where the number ends that begins at a place; -1 where there is none.
    int end(String text, int start) {
        Matcher form = FORM.matcher(text);
        form.region(start, Math.min(text.length(), start + LONGEST));
        if (!form.lookingAt()) {
            return -1;
        }
        int end = form.end();
        String number = text.substring(start, end);
        boolean goesOn = end < text.length() && Character.isLetterOrDigit(text.charAt(end));
        if (goesOn || DATE.matcher(number).matches() || FRACTION.matcher(number).matches()) {
            return -1;
        }
        if (number.charAt(0) == '+') {
            return international(text, start, end);
        }
        Matcher american =
                NORTH_AMERICA.matcher(text).region(start, Math.min(text.length(), start + LONGEST));
        if (american.lookingAt() && !digitFollows(text, american.end())) {
            return american.end();
        }
        return national(text, start, end, number);
    }

    private static boolean digitFollows(String text, int end) {
        if (end >= text.length()) {
            return false;
        }
        char next = text.charAt(end);
        boolean part = "-./".indexOf(next) >= 0 && end + 1 < text.length();
        return Character.isLetterOrDigit(next) || (part && Character.isDigit(text.charAt(end + 1)));
    }

    /// What follows behind a space may be another number, so shorter ones are tried too.
    private static int international(String text, int start, int longest) {
        PhoneNumberUtil util = PhoneNumberUtil.getInstance();
        int possible = -1;
        for (int end = longest; end - start > 7; end--) {
            boolean between = end < longest && Character.isDigit(text.charAt(end));
            if (between || !Character.isDigit(text.charAt(end - 1))) {
                continue;
            }
            PhoneNumber parsed = parsed(text.substring(start, end), null);
            if (parsed != null && util.isValidNumber(parsed)) {
                return end;
            }
            if (parsed != null && possible < 0 && util.isPossibleNumber(parsed)) {
                possible = end;
            }
        }
        return possible;
    }

    /// The number; `null` where it is too long, or none of the region.
    private static @Nullable PhoneNumber parsed(String number, @Nullable String region) {
        try {
            return PhoneNumberUtil.getInstance().parse(number, region);
        } catch (NumberParseException e) {
            return null;
        }
    }

    private int national(String text, int start, int end, String number) {
        boolean introduced = NumberKind.follows(WORDS, text, start);
        boolean grouped =
                start > 1
                        && Words.isSpace(text.charAt(start - 1))
                        && Character.isDigit(text.charAt(start - 2));
        boolean written =
                !grouped
                        && (number.charAt(0) == '0' || number.startsWith("(0"))
                        && number.chars().anyMatch(c -> !Character.isDigit(c))
                        && !OTHER_FORM.matcher(number).matches();
        if ((!introduced && !written) || NumberKind.follows(OTHER, text, start)) {
            return -1;
        }
        long digits = number.chars().filter(Character::isDigit).count();
        if (digits < 7 || digits > 15) {
            return -1;
        }
        boolean valid =
                regions.stream().anyMatch(region -> isValid(parsed(number, region), region));
        return valid ? end : -1;
    }

    private static boolean isValid(@Nullable PhoneNumber number, String region) {
        return number != null
                && PhoneNumberUtil.getInstance().isValidNumberForRegion(number, region);
    }
}
