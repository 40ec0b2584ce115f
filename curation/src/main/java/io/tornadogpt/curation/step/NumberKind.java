package io.tornadogpt.curation.step;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// A number that an authority or a bank gave to a person.
///
/// @param kind names the placeholder
/// @param country whose number it is, in two letters; empty for those of all countries
/// @param form where it begins, and all of it
/// @param valid whether the letters and digits of it are one, without marks and in capitals
/// @param context what has to stand shortly before it; `null` where its form says enough
record NumberKind(
        String kind,
        String country,
        Pattern form,
        Predicate<String> valid,
        @Nullable Pattern context) {

    private static final int CONTEXT = 48;

    private static final Pattern ABBREVIATION =
            Pattern.compile("\\b(?:no|nr|num|n\u00FAm)$", Pattern.CASE_INSENSITIVE);

    /// The first four digits of cards that may have 12 to 19 of them.
    private static final List<Integer> MAESTRO =
            List.of(5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763);

    /// All of them. What a country publishes about its number is in the names of the methods that
    /// check it.
    static final List<NumberKind> ALL =
            List.of(
                    of("CREDIT_CARD", "", "(?:\\d[ -]?){11,18}\\d", NumberKind::card, null),
                    of("US_SSN", "US", "\\d{3}-\\d{2}-\\d{4}", NumberKind::ssn, null),
                    of(
                            "US_SSN",
                            "US",
                            "\\d{3} ?\\d{2} ?\\d{4}",
                            NumberKind::ssn,
                            "ssn|social security"),
                    of("UK_NHS", "GB", "\\d{3}[ -]?\\d{3}[ -]?\\d{4}", NumberKind::nhs, "nhs"),
                    of(
                            "UK_NINO",
                            "GB",
                            "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\\d{2}[ -]?\\d{2}[ -]?\\d{2}["
                                    + " -]?[A-D]",
                            NumberKind::nino,
                            null),
                    of(
                            "DE_TAX_ID",
                            "DE",
                            "\\d{2}[ /]?\\d{3}[ /]?\\d{3}[ /]?\\d{3}",
                            NumberKind::steuerId,
                            "steuer|tax|idnr|tin\\b"),
                    of(
                            "FR_NIR",
                            "FR",
                            "[12][ .]?\\d{2}[ .]?\\d{2}[ .]?(?:\\d{2}|2[AB])[ .]?\\d{3}[ .]?\\d{3}["
                                    + " .]?\\d{2}",
                            NumberKind::nir,
                            null),
                    of(
                            "ES_DNI",
                            "ES",
                            "\\d{2}\\.?\\d{3}\\.?\\d{3}[ -]?[A-Z]",
                            NumberKind::dni,
                            null),
                    of("ES_NIE", "ES", "[XYZ][ -]?\\d{7}[ -]?[A-Z]", NumberKind::nie, null),
                    of(
                            "IT_FISCAL_CODE",
                            "IT",
                            "[A-Z]{3} ?[A-Z]{3} ?[0-9L-NP-V]{2}[A-EHLMPRST][0-9L-NP-V]{2}"
                                    + " ?[A-Z][0-9L-NP-V]{3} ?[A-Z]",
                            NumberKind::fiscalCode,
                            null),
                    of(
                            "NL_BSN",
                            "NL",
                            "\\d{3}[ .]?\\d{3}[ .]?\\d{3}|\\d{4}[ .]?\\d{2}[ .]?\\d{3}",
                            NumberKind::bsn,
                            "bsn|burgerservice|sofi"),
                    of(
                            "BE_NATIONAL_NUMBER",
                            "BE",
                            "\\d{2}\\.\\d{2}\\.\\d{2}-\\d{3}\\.\\d{2}",
                            NumberKind::belgian,
                            null),
                    of(
                            "BE_NATIONAL_NUMBER",
                            "BE",
                            "\\d{11}",
                            NumberKind::belgian,
                            "rijksregister|registre national|national n"),
                    of("PL_PESEL", "PL", "\\d{11}", NumberKind::pesel, "pesel"),
                    of(
                            "SE_PERSONNUMMER",
                            "SE",
                            "(?:19|20)?\\d{6}[-+]\\d{4}",
                            NumberKind::personnummer,
                            null),
                    of(
                            "FI_HETU",
                            "FI",
                            "\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]",
                            NumberKind::hetu,
                            null),
                    of("CH_AHV", "CH", "756\\.?\\d{4}\\.?\\d{4}\\.?\\d{2}", NumberKind::ahv, null),
                    of("BR_CPF", "BR", "\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}", NumberKind::cpf, null),
                    of("BR_CPF", "BR", "\\d{11}", NumberKind::cpf, "cpf"),
                    of(
                            "IN_AADHAAR",
                            "IN",
                            "[2-9]\\d{3}[ -]?\\d{4}[ -]?\\d{4}",
                            NumberKind::aadhaar,
                            "aadha?ar|uidai|uid\\b"),
                    of(
                            "IN_PAN",
                            "IN",
                            "[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]",
                            number -> true,
                            null),
                    of(
                            "CA_SIN",
                            "CA",
                            "\\d{3}[ -]?\\d{3}[ -]?\\d{3}",
                            NumberKind::sin,
                            "\\bsin\\b|social insurance|\\bnas\\b"),
                    of(
                            "AU_TFN",
                            "AU",
                            "\\d{3}[ -]?\\d{3}[ -]?\\d{2,3}",
                            NumberKind::tfn,
                            "tfn|tax file"),
                    of("CN_RESIDENT_ID", "CN", "\\d{17}[0-9X]", NumberKind::residentId, null),
                    of(
                            "KR_RRN",
                            "KR",
                            "\\d{6}-[1-8]\\d{6}",
                            number -> CheckDigits.date(number.substring(0, 6)),
                            null),
                    of(
                            "PASSPORT",
                            "",
                            "[A-Z]{0,2}\\d{6,9}",
                            number -> true,
                            "passport|reisepass|passeport|pasaporte"));

    private static NumberKind of(
            String kind,
            String country,
            String form,
            Predicate<String> valid,
            @Nullable String context) {
        return new NumberKind(
                kind,
                country,
                Pattern.compile(form, Pattern.CASE_INSENSITIVE),
                valid,
                context == null ? null : Pattern.compile(context, Pattern.CASE_INSENSITIVE));
    }

    /// Whether it may begin with a letter or with a digit, as the character given is one.
    boolean mayBegin(char c) {
        String begin = form.pattern();
        boolean letter = begin.startsWith("[A-") || begin.startsWith("[XYZ");
        boolean optional = begin.startsWith("[A-Z]{0,");
        return optional || letter != (c >= '0' && c <= '9');
    }

    /// Where the number ends that begins at a place; -1 where there is none.
    int end(String text, int start) {
        var matcher = form.matcher(text);
        matcher.region(start, Math.min(text.length(), start + 40));
        matcher.useTransparentBounds(true);
        if (!matcher.lookingAt()) {
            return -1;
        }
        int end = matcher.end();
        if (end < text.length()) {
            char next = text.charAt(end);
            boolean goesOn =
                    Character.isLetterOrDigit(next)
                            || ((next == '-' || next == '.')
                                    && end + 1 < text.length()
                                    && Character.isDigit(text.charAt(end + 1)));
            if (goesOn) {
                return -1;
            }
        }
        String number = bare(text, start, end);
        boolean found = valid.test(number) && (context == null || follows(context, text, start));
        return found ? end : -1;
    }

    private static String bare(String text, int start, int end) {
        var bare = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isLetterOrDigit(c)) {
                bare.append(Character.toUpperCase(c));
            }
        }
        return bare.toString();
    }

    /// Whether words stand shortly before a place, in the same sentence.
    static boolean follows(Pattern words, String text, int start) {
        int from = Math.max(0, start - CONTEXT);
        for (int i = start - 2; i > from; i--) {
            if (endsSentence(text, i)) {
                from = i + 1;
            }
        }
        return words.matcher(text).region(from, start).find();
    }

    /// Whether a mark ends a sentence: that of "no. 5" does not.
    private static boolean endsSentence(String text, int at) {
        char c = text.charAt(at);
        return (c == '.' || c == '!' || c == '?')
                && Words.isSpace(text.charAt(at + 1))
                && at + 2 < text.length()
                && Character.isUpperCase(text.charAt(at + 2))
                && !ABBREVIATION.matcher(text).region(Math.max(0, at - 5), at).find();
    }

    private static boolean card(String number) {
        int length = number.length();
        int two = Integer.parseInt(number.substring(0, 2));
        int four = Integer.parseInt(number.substring(0, 4));
        boolean issued =
                switch (number.charAt(0)) {
                    case '4' -> length == 13 || length == 16 || length == 19;
                    case '2' -> length == 16 && four >= 2221 && four <= 2720;
                    case '3' ->
                            ((two == 34 || two == 37) && length == 15)
                                    || ((two == 36 || two == 38 || (four >= 3000 && four <= 3059))
                                            && length == 14)
                                    || (four >= 3528 && four <= 3589 && length == 16);
                    case '5' -> (length == 16 && two >= 51 && two <= 55) || MAESTRO.contains(four);
                    case '6' ->
                            MAESTRO.contains(four)
                                    || (length >= 16 && (four == 6011 || two == 62 || two == 65))
                                    || (length >= 16 && four >= 6440 && four <= 6499);
                    default -> false;
                };
        return issued && CheckDigits.luhn(number);
    }

    private static boolean ssn(String number) {
        int area = Integer.parseInt(number.substring(0, 3));
        return area != 0
                && area != 666
                && area < 900
                && !number.startsWith("00", 3)
                && !number.endsWith("0000");
    }

    private static boolean nhs(String number) {
        int check = 11 - CheckDigits.weighted(number, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return check != 10 && check % 11 == number.charAt(9) - '0';
    }

    private static boolean nino(String number) {
        String prefix = number.substring(0, 2);
        return !List.of("BG", "GB", "KN", "NK", "NT", "TN", "ZZ").contains(prefix);
    }

    private static boolean steuerId(String number) {
        return number.charAt(0) != '0' && CheckDigits.mod11And10(number);
    }

    private static boolean nir(String number) {
        String plain = number.replace("2A", "19").replace("2B", "18");
        int month = Integer.parseInt(plain.substring(3, 5));
        boolean known = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
        long value = Long.parseLong(plain.substring(0, 13));
        return known && 97 - value % 97 == Long.parseLong(plain.substring(13));
    }

    private static boolean dni(String number) {
        return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Integer.parseInt(number.substring(0, 8)) % 23)
                == number.charAt(8);
    }

    private static boolean nie(String number) {
        return dni("XYZ".indexOf(number.charAt(0)) + number.substring(1));
    }

    private static boolean fiscalCode(String code) {
        String odd = "BAKPLCQDREVOSFTGUHMINJWZYX";
        int sum = 0;
        for (int i = 0; i < 15; i++) {
            char c = code.charAt(i);
            int value = c <= '9' ? c - '0' : c - 'A';
            sum += i % 2 == 1 ? value : odd.indexOf((char) ('A' + value));
        }
        return 'A' + sum % 26 == code.charAt(15);
    }

    private static boolean bsn(String number) {
        return !CheckDigits.allSame(number)
                && CheckDigits.weighted(number, 9, 8, 7, 6, 5, 4, 3, 2, -1) % 11 == 0;
    }

    private static boolean belgian(String number) {
        long value = Long.parseLong(number.substring(0, 9));
        long check = Long.parseLong(number.substring(9));
        return 97 - value % 97 == check || 97 - (2_000_000_000L + value) % 97 == check;
    }

    private static boolean pesel(String number) {
        return CheckDigits.weighted(number, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1) % 10 == 0;
    }

    private static boolean personnummer(String number) {
        String ten = number.substring(number.length() - 10);
        int day = Integer.parseInt(ten.substring(4, 6));
        // Coordination numbers have 60 added to the day.
        String birth = day > 60 ? ten.substring(0, 4) + two(day - 60) : ten.substring(0, 6);
        return CheckDigits.date(birth) && CheckDigits.luhn(ten);
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }

    private static boolean hetu(String number) {
        String digits = number.substring(0, 6);
        String rest = number.length() == 11 ? number.substring(7, 10) : number.substring(6, 9);
        // The day comes first.
        String birth = digits.substring(4) + digits.substring(2, 4) + digits.substring(0, 2);
        int value = Integer.parseInt(digits + rest);
        return CheckDigits.date(birth)
                && "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(value % 31)
                        == number.charAt(number.length() - 1);
    }

    private static boolean ahv(String number) {
        return CheckDigits.weighted(number, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1) % 10 == 0;
    }

    private static boolean cpf(String number) {
        int first = CheckDigits.weighted(number, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        int second = CheckDigits.weighted(number, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        return !CheckDigits.allSame(number)
                && first == number.charAt(9) - '0'
                && second == number.charAt(10) - '0';
    }

    private static boolean aadhaar(String number) {
        return CheckDigits.verhoeff(number);
    }

    private static boolean sin(String number) {
        return CheckDigits.luhn(number);
    }

    private static boolean tfn(String number) {
        return number.length() == 9
                ? CheckDigits.weighted(number, 1, 4, 3, 7, 5, 8, 6, 9, 10) % 11 == 0
                : CheckDigits.weighted(number, 10, 7, 8, 4, 6, 3, 5, 1) % 11 == 0;
    }

    private static boolean residentId(String number) {
        int sum = CheckDigits.weighted(number, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
        return CheckDigits.date(number.substring(8, 14))
                && "10X98765432".charAt(sum % 11) == number.toUpperCase(Locale.ROOT).charAt(17);
    }
}
