package io.tornadogpt.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// C's `strftime` in the C locale, as Python's `datetime.strftime` passes it on.
final class Strftime {

    private Strftime() {}

    static String format(String pattern, LocalDateTime time) {
        StringBuilder out = new StringBuilder(pattern.length() + 16);
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                out.append(c);
                continue;
            }
            char directive = pattern.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < pattern.length();
            if (unpadded) {
                directive = pattern.charAt(++i);
            }
            String part = part(directive, time);
            out.append(unpadded ? withoutPadding(part) : part);
        }
        return out.toString();
    }

    private static String withoutPadding(String part) {
        int start = 0;
        while (start + 1 < part.length()
                && (part.charAt(start) == '0' || part.charAt(start) == ' ')) {
            start++;
        }
        return part.substring(start);
    }

    private static String part(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'C' -> two(time.getYear() / 100);
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> format("%m/%d/%y", time);
            case 'e' -> String.format("%2d", time.getDayOfMonth());
            case 'f' -> String.format("%06d", time.getNano() / 1000);
            case 'F' -> format("%Y-%m-%d", time);
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> two(time.getHour());
            case 'I' -> two((time.getHour() + 11) % 12 + 1);
            case 'j' -> String.format("%03d", time.getDayOfYear());
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'r' -> format("%I:%M:%S %p", time);
            case 'R' -> format("%H:%M", time);
            case 'S' -> two(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format("%H:%M:%S", time);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> two((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'W' -> two((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
            case 'y' -> two(time.get(ChronoField.YEAR_OF_ERA) % 100);
            case 'Y' -> Integer.toString(time.getYear());
            case 'z', 'Z' -> "";
            case '%' -> "%";
            case 'g' -> two(time.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'k' -> String.format("%2d", time.getHour());
            case 'l' -> String.format("%2d", (time.getHour() + 11) % 12 + 1);
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            default -> {
                if (Character.isLetterOrDigit(directive)) {
                    throw Fault.unsupported(
                            "the directive '%" + directive + "' of strftime_now is not supported");
                }
                yield "%" + directive;
            }
        };
    }

    private static String two(int number) {
        return String.format("%02d", number);
    }
}
