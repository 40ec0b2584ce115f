package io.tornadogpt.curation.step;

/// The sums by which a number shows that it was copied right.
final class CheckDigits {
    private static final int[][] VERHOEFF_PRODUCT = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
        {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
        {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
        {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
        {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
        {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
        {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
        {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
        {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}
    };
    private static final int[] VERHOEFF_STEP = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};

    private CheckDigits() {}

    private static int at(String digits, int i) {
        return digits.charAt(i) - '0';
    }

    /// ISO/IEC 7812-1, annex B.
    static boolean luhn(String digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = at(digits, digits.length() - 1 - i);
            int doubled = i % 2 == 1 ? 2 * digit : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }

    /// Verhoeff (1969), with the dihedral group of ten elements.
    static boolean verhoeff(String digits) {
        int check = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = at(digits, digits.length() - 1 - i);
            for (int step = 0; step < i % 8; step++) {
                digit = VERHOEFF_STEP[digit];
            }
            check = VERHOEFF_PRODUCT[check][digit];
        }
        return check == 0;
    }

    /// ISO/IEC 7064, modulus 11,10.
    static boolean mod11And10(String digits) {
        int product = 10;
        for (int i = 0; i < digits.length() - 1; i++) {
            int sum = (at(digits, i) + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        return (11 - product) % 10 == at(digits, digits.length() - 1);
    }

    /// The rest of a number with letters by 97, as IBANs have it: A is 10, B is 11, and so on.
    static int mod97(String alphanumeric) {
        int rest = 0;
        for (int i = 0; i < alphanumeric.length(); i++) {
            int value = Character.digit(alphanumeric.charAt(i), 36);
            rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
        }
        return rest;
    }

    /// The sum of digits times weights.
    static int weighted(String digits, int... weights) {
        int sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += at(digits, i) * weights[i];
        }
        return sum;
    }

    /// Whether six digits are year, month and day of some century.
    static boolean date(String yymmdd) {
        int month = Integer.parseInt(yymmdd.substring(2, 4));
        int day = Integer.parseInt(yymmdd.substring(4, 6));
        return month >= 1 && month <= 12 && day >= 1 && day <= 31;
    }

    static boolean allSame(String digits) {
        return digits.chars().allMatch(c -> c == digits.charAt(0));
    }
}
