package io.tornadogpt.curation.step;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Finds private data in one pass: what begins with a digit, a letter or a mark is looked at where
/// one stands at the beginning of a word.
///
/// All findings are those of the text as it was given. Where two overlap the longer one is
/// replaced, of two of the same length the one that a word before it introduces, and of those the
/// one whose kind is listed first; so the result does not depend on the order in which kinds are
/// looked for.
final class PrivateFinder {
    private final List<NumberKind> withDigit;
    private final List<NumberKind> withLetter;
    private final Set<String> kinds;
    private final Phones phones;
    private final NameList names;

    PrivateFinder(Set<String> kinds, Set<String> countries, List<String> regions, NameList names) {
        this.kinds = Set.copyOf(kinds);
        List<NumberKind> numbers =
                NumberKind.ALL.stream()
                        .filter(number -> kinds.contains(number.kind()))
                        .filter(n -> n.country().isEmpty() || countries.contains(n.country()))
                        .toList();
        this.withDigit = numbers.stream().filter(n -> n.mayBegin('0')).toList();
        this.withLetter = numbers.stream().filter(n -> n.mayBegin('A')).toList();
        this.phones = new Phones(regions);
        this.names = names;
    }

    /// Findings that do not overlap, in their order.
    List<Finding> find(String text) {
        var found = new ArrayList<Finding>();
        char before = ' ';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean begins = !isWord(before);
            if (c >= '0' && c <= '9') {
                if (begins) {
                    atDigit(text, i, before, found);
                }
            } else if (isWord(c)) {
                if (begins) {
                    atLetter(text, i, c, found);
                }
            } else {
                atMark(text, i, c, before, found);
            }
            before = c;
        }
        return withoutOverlaps(found);
    }

    private static boolean isWord(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || (c >= 0x80 && Character.isLetterOrDigit(c));
    }

    private void atDigit(String text, int i, char before, List<Finding> found) {
        boolean inNumber =
                (before == '.' || before == '-') && i > 1 && Character.isDigit(text.charAt(i - 2));
        if (inNumber) {
            return;
        }
        if (text.length() - i < 4) {
            return;
        }
        add(found, "IP_ADDRESS", i, Addresses.ipv4End(text, i));
        hexadecimal(text, i, found);
        // Few digits are a year or an amount.
        if (!hasDigits(text, i)) {
            return;
        }
        numbers(withDigit, text, i, found);
        if (before != '+') {
            phone(text, i, found);
        }
    }

    private static void numbers(List<NumberKind> numbers, String text, int i, List<Finding> found) {
        for (NumberKind number : numbers) {
            int end = number.end(text, i);
            if (end > i) {
                found.add(new Finding(i, end, number.kind(), number.context() != null));
            }
        }
    }

    private static boolean hasDigits(String text, int start) {
        int digits = 0;
        for (int i = start; i < Math.min(text.length(), start + 16); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (digits < 6 && " -./)(+\u00A0".indexOf(c) < 0 && !Character.isLetter(c)) {
                break;
            }
            if (digits == 6) {
                return true;
            }
        }
        return false;
    }

    private void phone(String text, int i, List<Finding> found) {
        if (kinds.contains("PHONE_NUMBER")) {
            add(found, "PHONE_NUMBER", i, phones.end(text, i));
        }
    }

    private void hexadecimal(String text, int i, List<Finding> found) {
        if (i + 2 < text.length()) {
            char third = text.charAt(i + 2);
            if (third == ':' || third == '-') {
                add(found, "MAC_ADDRESS", i, Addresses.macEnd(text, i));
            }
        }
        int colon = i + 1;
        while (colon < Math.min(text.length(), i + 5) && text.charAt(colon) != ':') {
            colon++;
        }
        if (colon < Math.min(text.length(), i + 5)) {
            add(found, "IP_ADDRESS", i, Addresses.ipv6End(text, i));
        }
    }

    private void atLetter(String text, int i, char c, List<Finding> found) {
        names.at(text, i, found);
        if (Secrets.mayBegin(text, i)) {
            add(found, "SECRET", i, Secrets.keyEnd(text, i));
        }
        if (Character.digit(c, 16) >= 0 && c < 0x80) {
            hexadecimal(text, i, found);
        }
        // Of the numbers that begin with letters each has a digit among its first eight characters.
        boolean digit = false;
        for (int j = i + 1; j < Math.min(text.length(), i + 9) && !digit; j++) {
            digit = text.charAt(j) >= '0' && text.charAt(j) <= '9';
        }
        if (digit) {
            add(found, "IBAN_CODE", i, Addresses.ibanEnd(text, i));
            numbers(withLetter, text, i, found);
        }
    }

    private void atMark(String text, int i, char c, char before, List<Finding> found) {
        switch (c) {
            case '@' -> {
                int start = Addresses.mailStart(text, i);
                int end = start < 0 ? -1 : Addresses.mailEnd(text, i);
                add(found, "EMAIL_ADDRESS", Math.max(start, 0), end);
            }
            case '+', '(' -> {
                if (!isWord(before) && before != '+' && i + 1 < text.length()) {
                    phone(text, i, found);
                }
            }
            case '-' -> {
                if (before != '-') {
                    add(found, "SECRET", i, Secrets.frameEnd(text, i));
                }
            }
            case ':', '=' -> assigned(text, i, before, found);
            default -> {}
        }
    }

    private void assigned(String text, int i, char before, List<Finding> found) {
        if (text.startsWith("://", i)) {
            addPacked(found, Secrets.inAddress(text, i));
            return;
        }
        if (text.startsWith("::", i) && !isWord(before) && before != ':') {
            add(found, "IP_ADDRESS", i, Addresses.ipv6End(text, i));
        }
        if (before != '=' && before != ':') {
            addPacked(found, Secrets.assigned(text, i));
        }
    }

    private void addPacked(List<Finding> found, long ends) {
        if (ends >= 0) {
            add(found, "SECRET", (int) (ends >>> 32), (int) ends);
        }
    }

    private void add(List<Finding> found, String kind, int start, int end) {
        if (end > start && kinds.contains(kind)) {
            found.add(new Finding(start, end, kind, false));
        }
    }

    private static List<Finding> withoutOverlaps(List<Finding> found) {
        if (found.size() < 2) {
            return found;
        }
        // The best of those that overlap is taken first, wherever it stands.
        var best = new ArrayList<>(found);
        best.sort(
                Comparator.comparingInt((Finding f) -> -f.length())
                        .thenComparing(f -> !f.introduced())
                        .thenComparingInt(f -> PrivateData.KINDS.indexOf(f.kind()))
                        .thenComparingInt(Finding::start));
        var taken = new java.util.TreeMap<Integer, Finding>();
        for (Finding finding : best) {
            var left = taken.floorEntry(finding.start());
            var right = taken.ceilingEntry(finding.start());
            boolean free =
                    (left == null || left.getValue().end() <= finding.start())
                            && (right == null || right.getValue().start() >= finding.end());
            if (free) {
                taken.put(finding.start(), finding);
            }
        }
        return List.copyOf(taken.values());
    }
}
