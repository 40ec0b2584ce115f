package io.tornadogpt.curation.step;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Addresses of mail, of machines and of bank accounts. Each method tells where the address ends
/// that begins at a place, or -1.
final class Addresses {
    private static final int LONGEST_LOCAL = 64;
    private static final int LONGEST_DOMAIN = 253;

    /// Letters and digits of an IBAN, by country, from the registry that SWIFT keeps.
    private static final Map<String, Integer> IBAN_LENGTHS = ibanLengths();

    /// What versions and parts of standards stand behind.
    private static final List<String> NUMBERED =
            List.of(
                    "version",
                    "release",
                    " v",
                    "build",
                    "section",
                    "sections",
                    "chapter",
                    "clause",
                    "annex",
                    "appendix",
                    "paragraph",
                    "jls",
                    "jvms",
                    "rfc",
                    "sec.",
                    "\u00A7");

    private Addresses() {}

    private static Map<String, Integer> ibanLengths() {
        var lengths = new java.util.HashMap<String, Integer>();
        String table =
                "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22"
                    + " DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21"
                    + " HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21"
                    + " LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29"
                    + " RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22"
                    + " VG24 XK20";
        for (String entry : table.split(" ")) {
            lengths.put(entry.substring(0, 2), Integer.parseInt(entry.substring(2)));
        }
        return Map.copyOf(lengths);
    }

    /// Where a mail address begins that has its `@` at a place; -1 where there is none.
    static int mailStart(String text, int at) {
        int start = at;
        while (start > 0 && at - start < LONGEST_LOCAL && isLocal(text.charAt(start - 1))) {
            start--;
        }
        while (start < at
                && !Character.isLetterOrDigit(text.charAt(start))
                && text.charAt(start) != '_') {
            start++;
        }
        return start < at ? start : -1;
    }

    private static boolean isLocal(char c) {
        return Character.isLetterOrDigit(c) || "._%+-'!#$&*=?^{}|~".indexOf(c) >= 0;
    }

    /// Where the domain ends behind the `@` at a place; -1 where there is none.
    static int mailEnd(String text, int at) {
        int end = at + 1;
        int limit = Math.min(text.length(), at + LONGEST_DOMAIN);
        while (end < limit
                && (Character.isLetterOrDigit(text.charAt(end))
                        || ".-".indexOf(text.charAt(end)) >= 0)) {
            end++;
        }
        while (end > at + 1 && ".-".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        String domain = text.substring(at + 1, end);
        int dot = domain.lastIndexOf('.');
        String last = domain.substring(dot + 1);
        boolean named =
                dot > 0
                        && last.length() >= 2
                        && last.chars().allMatch(Character::isLetter)
                        && !domain.contains("..");
        return named ? end : -1;
    }

    static int ipv4End(String text, int start) {
        int at = start;
        for (int part = 0; part < 4; part++) {
            int value = 0;
            int digits = 0;
            while (at < text.length() && digits < 4 && isDigit(text.charAt(at))) {
                value = 10 * value + text.charAt(at++) - '0';
                digits++;
            }
            if (digits == 0 || digits > 3 || value > 255) {
                return -1;
            }
            if (part < 3) {
                if (at >= text.length() || text.charAt(at) != '.') {
                    return -1;
                }
                at++;
            }
        }
        boolean goesOn =
                at < text.length()
                        && (Character.isLetterOrDigit(text.charAt(at))
                                || (text.charAt(at) == '.'
                                        && at + 1 < text.length()
                                        && isDigit(text.charAt(at + 1))));
        return goesOn || isVersion(text, start) ? -1 : at;
    }

    /// Versions and numbers of sections look like addresses. What stands before tells them apart,
    /// also on the line above in a comment.
    private static boolean isVersion(String text, int start) {
        int end = start;
        while (end > 0 && start - end < 16 && " \n\t*/#:({".indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        String before = text.substring(Math.max(0, end - 10), end).toLowerCase(Locale.ROOT);
        return NUMBERED.stream().anyMatch(before::endsWith);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static int ipv6End(String text, int start) {
        int end = start;
        int colons = 0;
        while (end < text.length() && end - start < 45) {
            char c = text.charAt(end);
            if (c == ':') {
                colons++;
            } else if (Character.digit(c, 16) < 0 || c >= 0x80) {
                break;
            }
            end++;
        }
        if (end < text.length()
                && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_')) {
            return -1;
        }
        while (end > start && text.charAt(end - 1) == ':' && !text.startsWith("::", end - 2)) {
            end--;
            colons--;
        }
        String address = text.substring(start, end);
        return colons >= 2 && isIpv6(address) ? end : -1;
    }

    private static boolean isIpv6(String address) {
        int gap = address.indexOf("::");
        if (gap >= 0 && address.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        int groups = 0;
        boolean digit = false;
        for (String group : address.split(":", -1)) {
            if (group.length() > 4) {
                return false;
            }
            groups += group.isEmpty() ? 0 : 1;
            digit |= group.chars().anyMatch(c -> c >= '0' && c <= '9');
        }
        // `ab::cd` may as well be a name in C++.
        return gap < 0
                ? groups == 8 && !address.startsWith(":") && !address.endsWith(":")
                : groups < 8
                        && digit
                        && (groups > 2
                                || address.startsWith("::")
                                || address.endsWith("::")
                                || address.chars().filter(c -> c >= '0' && c <= '9').count() > 1);
    }

    static int macEnd(String text, int start) {
        int end = start + 17;
        if (end > text.length()
                || (end < text.length() && Character.isLetterOrDigit(text.charAt(end)))) {
            return -1;
        }
        char separator = text.charAt(start + 2);
        if (separator != ':' && separator != '-') {
            return -1;
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            boolean right =
                    (i - start) % 3 == 2 ? c == separator : c < 0x80 && Character.digit(c, 16) >= 0;
            if (!right) {
                return -1;
            }
        }
        boolean next = end < text.length() && text.charAt(end) == separator;
        return next ? -1 : end;
    }

    static int ibanEnd(String text, int start) {
        if (start + 4 > text.length()) {
            return -1;
        }
        Integer length =
                IBAN_LENGTHS.get(text.substring(start, start + 2).toUpperCase(Locale.ROOT));
        if (length == null
                || !isDigit(text.charAt(start + 2))
                || !isDigit(text.charAt(start + 3))) {
            return -1;
        }
        var iban = new StringBuilder(length);
        int at = start;
        while (at < text.length() && iban.length() < length) {
            char c = text.charAt(at);
            boolean part = isDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (part) {
                iban.append(Character.toUpperCase(c));
            } else if ((c != ' ' && c != '-' && c != 0xA0) || text.charAt(at - 1) == c) {
                return -1;
            }
            at++;
        }
        boolean whole =
                iban.length() == length
                        && (at == text.length() || !Character.isLetterOrDigit(text.charAt(at)));
        return whole && CheckDigits.mod97(iban.substring(4) + iban.substring(0, 4)) == 1 ? at : -1;
    }
}
