package io.tornadogpt.curation.planted;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Values of twenty-four kinds that look like those of real people and are drawn at random, in the
/// sentences in which they stand, and what only looks like them. Check digits are worked out here
/// by the rules of their issuers, not by the code that is tested.
final class PrivateValues {
    /// A value in its sentence.
    ///
    /// @param kind the placeholder's name
    /// @param value as it is written
    /// @param sentence holds it
    record Planted(String kind, String value, String sentence) {}

    private final Random random;

    PrivateValues(Random random) {
        this.random = random;
    }

    private interface Maker {
        String make();
    }

    private record Kind(String name, Maker maker, List<String> frames) {}

    private List<Kind> kinds() {
        return List.of(
                kind(
                        "EMAIL_ADDRESS",
                        this::mail,
                        "Write to %s when you come.",
                        "It is %s, I said."),
                kind("PHONE_NUMBER", this::phone, "You may call %s after six.", "Her phone is %s."),
                kind("PHONE_NUMBER", this::abroad, "From abroad it is %s.", "He left %s with us."),
                kind("CREDIT_CARD", this::card, "I paid with the card %s.", "The card was %s."),
                kind("IBAN_CODE", this::iban, "Send the money to %s today.", "Our IBAN is %s."),
                kind("IP_ADDRESS", this::ipv4, "The machine had %s.", "It came from %s at night."),
                kind("IP_ADDRESS", this::ipv6, "The host has %s too.", "We pinged %s twice."),
                kind("MAC_ADDRESS", this::mac, "The adapter is %s.", "It saw %s on the wire."),
                kind("US_SSN", this::ssn, "His number is %s.", "The form says %s there."),
                kind("UK_NINO", this::nino, "Her NI number is %s.", "It was %s in London."),
                kind("UK_NHS", this::nhs, "My NHS number is %s.", "NHS no. %s was on it."),
                kind("DE_TAX_ID", this::taxId, "Die Steuer-ID lautet %s.", "The tax ID is %s."),
                kind("FR_NIR", this::nir, "Her French number is %s.", "It reads %s on the card."),
                kind("ES_DNI", this::dni, "The DNI is %s.", "She signed with %s in Madrid."),
                kind("NL_BSN", this::bsn, "The BSN is %s.", "BSN %s stands on it."),
                kind("BE_NATIONAL_NUMBER", this::belgian, "In Ghent it is %s.", "It says %s."),
                kind("PL_PESEL", this::pesel, "The PESEL is %s.", "PESEL: %s is hers."),
                kind("SE_PERSONNUMMER", this::swedish, "In Sweden it is %s.", "It says %s there."),
                kind("CH_AHV", this::ahv, "The Swiss number is %s.", "It ends so: %s."),
                kind("BR_CPF", this::cpf, "The CPF is %s.", "In Brazil %s was asked for."),
                kind("IN_AADHAAR", this::aadhaar, "Her Aadhaar is %s.", "Aadhaar no. %s is his."),
                kind("SECRET", this::awsKey, "The key %s was in it.", "Use %s for now."),
                kind("SECRET", this::password, "The password: %s works.", "password = %s is old."),
                kind("SECRET", this::token, "The server took %s once.", "We lost %s in March."));
    }

    private static Kind kind(String name, Maker maker, String... frames) {
        return new Kind(name, maker, List.of(frames));
    }

    Planted next() {
        List<Kind> kinds = kinds();
        Kind kind = kinds.get(random.nextInt(kinds.size()));
        String value = kind.maker().make();
        boolean capitals = kind.name().equals("EMAIL_ADDRESS") && random.nextInt(3) == 0;
        String written = capitals ? value.toUpperCase(Locale.ROOT) : value;
        String frame = kind.frames().get(random.nextInt(kind.frames().size()));
        return new Planted(kind.name(), written, frame.formatted(written));
    }

    /// A sentence with what is no private data.
    String lookAlike() {
        return switch (random.nextInt(10)) {
            case 0 -> "It was built in %d and sold in %d.".formatted(year(), year());
            case 1 -> "They met on %d-%02d-%02d at noon.".formatted(year(), one(12), one(28));
            case 2 -> "Version %d.%d.%d.%d came out then.".formatted(d(9), d(9), d(9), d(9));
            case 3 -> "The order %d was late.".formatted(100_000_000 + d(900_000_000));
            case 4 -> "It cost %,d.%02d euros in all.".formatted(100_000 + d(900_000), d(100));
            case 5 -> "The ISBN is 978-0-%02d-%06d-%d.".formatted(d(100), d(1_000_000), d(10));
            case 6 -> "See pages %d-%d of it.".formatted(d(100), 100 + d(800));
            case 7 -> "The card %s fails its check.".formatted(wrongCard());
            case 8 -> "He ran it in %02d:%02d:%02d.".formatted(d(24), d(60), d(60));
            default -> "The ratio is 0.%d of it.".formatted(100_000_000 + d(900_000_000));
        };
    }

    private int d(int bound) {
        return random.nextInt(bound);
    }

    private int one(int most) {
        return 1 + d(most);
    }

    private int year() {
        return 1800 + d(220);
    }

    private String digits(int count) {
        var digits = new StringBuilder();
        for (int i = 0; i < count; i++) {
            digits.append(d(10));
        }
        return digits.toString();
    }

    private String letters(String of, int count) {
        var letters = new StringBuilder();
        for (int i = 0; i < count; i++) {
            letters.append(of.charAt(d(of.length())));
        }
        return letters.toString();
    }

    private String pick(String... of) {
        return of[d(of.length)];
    }

    private String date() {
        return "%02d%02d%02d".formatted(d(100), one(12), one(28));
    }

    private String mail() {
        String name = pick("jane", "omar", "li", "maria", "piotr", "anna", "kofi");
        String last = pick("doe", "smith", "garcia", "chen", "nowak", "diallo");
        String host = pick("example.com", "mail.example.org", "uni-test.de", "firma.co.uk");
        return name + pick(".", "_", "-", "") + last + pick("", digits(2), "+news") + "@" + host;
    }

    private String phone() {
        return "%s-%d%s-%s"
                .formatted(pick("212", "415", "312", "646", "718"), 2 + d(8), digits(2), digits(4));
    }

    private String abroad() {
        return switch (d(3)) {
            case 0 -> "+44 20 7946 " + digits(4);
            case 1 -> "+49 30 " + "9018" + digits(2);
            default -> "+33 1 42 68 " + digits(2) + " " + digits(2);
        };
    }

    private static int luhn(String payload) {
        int sum = 0;
        boolean twice = true;
        for (int i = payload.length() - 1; i >= 0; i--) {
            int digit = payload.charAt(i) - '0';
            sum += twice ? digit * 2 / 10 + digit * 2 % 10 : digit;
            twice = !twice;
        }
        return (10 - sum % 10) % 10;
    }

    private String card() {
        String payload = pick("4", "51", "53", "55");
        payload += digits(15 - payload.length());
        String all = payload + luhn(payload);
        String separator = pick("", " ", "-");
        return all.substring(0, 4)
                + separator
                + all.substring(4, 8)
                + separator
                + all.substring(8, 12)
                + separator
                + all.substring(12);
    }

    private String wrongCard() {
        String payload = "4" + digits(14);
        return payload + (luhn(payload) + 1 + d(9)) % 10;
    }

    private String iban() {
        String account = "37040044" + digits(10); // DE: 18 digits
        var check =
                new java.math.BigInteger(account + "131400").mod(java.math.BigInteger.valueOf(97));
        String all = "DE%02d%s".formatted(98 - check.intValue(), account);
        return d(2) == 0 ? all : all.replaceAll("(.{4})(?!$)", "$1 ");
    }

    private String ipv4() {
        return "%d.%d.%d.%d".formatted(one(223), d(256), d(256), one(254));
    }

    private String ipv6() {
        return "2001:db8:%x:%x::%x".formatted(one(65_000), one(65_000), one(65_000));
    }

    private String mac() {
        String separator = pick(":", "-");
        var mac = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            mac.append(i == 0 ? "" : separator).append("%02X".formatted(d(256)));
        }
        return mac.toString();
    }

    private String ssn() {
        return "%03d-%02d-%04d".formatted(one(600), one(99), one(9999));
    }

    private String nino() {
        String number = letters("ABCEHJ", 1) + letters("ABCEHJ", 1);
        String space = pick("", " ");
        return number
                + space
                + digits(2)
                + space
                + digits(2)
                + space
                + digits(2)
                + space
                + letters("ABCD", 1);
    }

    private static int weighted(String digits, int... weights) {
        int sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += (digits.charAt(i) - '0') * weights[i];
        }
        return sum;
    }

    private String nhs() {
        while (true) {
            String nine = "4" + digits(8);
            int check = 11 - weighted(nine, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
            if (check != 10) {
                return "%s %s %s%d"
                        .formatted(
                                nine.substring(0, 3),
                                nine.substring(3, 6),
                                nine.substring(6),
                                check % 11);
            }
        }
    }

    private String taxId() {
        String ten = one(9) + digits(9);
        int product = 10;
        for (int i = 0; i < 10; i++) {
            int sum = (ten.charAt(i) - '0' + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        int check = (11 - product) % 10;
        String all = ten + check;
        return all.substring(0, 2)
                + " "
                + all.substring(2, 5)
                + " "
                + all.substring(5, 8)
                + " "
                + all.substring(8);
    }

    private String nir() {
        String thirteen =
                "%d%02d%02d%02d%03d%03d"
                        .formatted(one(2), d(100), one(12), one(95), one(990), one(999));
        long check = 97 - Long.parseLong(thirteen) % 97;
        return "%s %s %s %s %s %s %02d"
                .formatted(
                        thirteen.substring(0, 1),
                        thirteen.substring(1, 3),
                        thirteen.substring(3, 5),
                        thirteen.substring(5, 7),
                        thirteen.substring(7, 10),
                        thirteen.substring(10),
                        check);
    }

    private String dni() {
        String eight = digits(8);
        return eight + "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Integer.parseInt(eight) % 23);
    }

    private String bsn() {
        while (true) {
            String eight = one(9) + digits(7);
            int check = weighted(eight, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
            if (check < 10) {
                return eight + check;
            }
        }
    }

    private String belgian() {
        String birth = "%02d%02d%02d".formatted(30 + d(69), one(12), one(28));
        String nine = birth + "%03d".formatted(one(997));
        long check = 97 - Long.parseLong(nine) % 97;
        return "%s.%s.%s-%s.%02d"
                .formatted(
                        nine.substring(0, 2),
                        nine.substring(2, 4),
                        nine.substring(4, 6),
                        nine.substring(6),
                        check);
    }

    private String pesel() {
        String ten = date() + digits(4);
        int check = (10 - weighted(ten, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3) % 10) % 10;
        return ten + check;
    }

    private String swedish() {
        String nine = date() + digits(3);
        return nine.substring(0, 6) + "-" + nine.substring(6) + luhn(nine);
    }

    private String ahv() {
        String twelve = "756" + digits(9);
        int check = (10 - weighted(twelve, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3) % 10) % 10;
        return "756."
                + twelve.substring(3, 7)
                + "."
                + twelve.substring(7, 11)
                + "."
                + twelve.substring(11)
                + check;
    }

    private String cpf() {
        String nine = digits(8) + one(9);
        int first = 11 - weighted(nine, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        String ten = nine + (first > 9 ? 0 : first);
        int second = 11 - weighted(ten, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        String all = ten + (second > 9 ? 0 : second);
        return all.substring(0, 3)
                + "."
                + all.substring(3, 6)
                + "."
                + all.substring(6, 9)
                + "-"
                + all.substring(9);
    }

    /// Verhoeff's check digit: multiplication in the dihedral group of a pentagon, in which the
    /// digits from 5 are reflections.
    private String aadhaar() {
        String eleven = (2 + d(8)) + digits(10);
        int check = 0;
        for (int i = 0; i < eleven.length(); i++) {
            int digit = eleven.charAt(eleven.length() - 1 - i) - '0';
            for (int step = 0; step <= i % 8; step++) {
                digit = new int[] {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}[digit];
            }
            check = dihedral(check, digit);
        }
        int inverse = check == 0 || check > 4 ? check : 5 - check;
        String all = eleven + inverse;
        return all.substring(0, 4) + " " + all.substring(4, 8) + " " + all.substring(8);
    }

    private static int dihedral(int a, int b) {
        boolean turned = a >= 5;
        int sum = turned ? a % 5 - b % 5 + 5 : a % 5 + b % 5;
        return sum % 5 + (turned == b >= 5 ? 0 : 5);
    }

    private String awsKey() {
        return "AKIA" + letters("ABCDEFGHJKLMNPQR23456789", 15) + d(10);
    }

    private String password() {
        return letters("abcdefghkmnpqrstuvwxyz", 5) + digits(2) + pick("!", "#", "%") + "Q";
    }

    private String token() {
        return "ghp_"
                + letters("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", 33)
                + digits(3);
    }
}
