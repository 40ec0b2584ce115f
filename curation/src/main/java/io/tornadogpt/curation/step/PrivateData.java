package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Puts placeholders such as `<EMAIL_ADDRESS>` in the place of private data. The kinds have the
/// names that Presidio gives them where it knows them.
///
/// Numbers are checked by their check digits, where they have some. Those whose form says little,
/// such as nine digits, are found only behind a word that introduces them.
///
/// @param kinds what is looked for, of those of [#KINDS]
/// @param countries whose numbers are looked for, in two letters
/// @param phoneRegions in whose national forms telephone numbers may be written, in two letters
/// @param namesFile a file with a name a line that is replaced by `<PERSON>`; empty for none
public record PrivateData(
        List<String> kinds, List<String> countries, List<String> phoneRegions, String namesFile)
        implements DocumentStep {
    /// All kinds; of two findings of the same length, of which a word before introduces both or
    /// neither, the one whose kind comes first is taken.
    public static final List<String> KINDS =
            List.of(
                    "SECRET",
                    "EMAIL_ADDRESS",
                    "IBAN_CODE",
                    "CREDIT_CARD",
                    "IP_ADDRESS",
                    "MAC_ADDRESS",
                    "US_SSN",
                    "UK_NINO",
                    "UK_NHS",
                    "DE_TAX_ID",
                    "FR_NIR",
                    "ES_DNI",
                    "ES_NIE",
                    "IT_FISCAL_CODE",
                    "NL_BSN",
                    "BE_NATIONAL_NUMBER",
                    "PL_PESEL",
                    "SE_PERSONNUMMER",
                    "FI_HETU",
                    "CH_AHV",
                    "BR_CPF",
                    "IN_AADHAAR",
                    "IN_PAN",
                    "CA_SIN",
                    "AU_TFN",
                    "CN_RESIDENT_ID",
                    "KR_RRN",
                    "PASSPORT",
                    "PHONE_NUMBER",
                    "PERSON");

    private static final List<String> COUNTRIES =
            List.of(
                    "AU", "BE", "BR", "CA", "CH", "CN", "DE", "ES", "FI", "FR", "GB", "IN", "IT",
                    "KR", "NL", "PL", "SE", "US");

    /// All kinds of all countries, without a list of names.
    public static final PrivateData DEFAULT =
            new PrivateData(
                    KINDS,
                    COUNTRIES,
                    List.of(
                            "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "SE", "PL",
                            "IN", "AU", "BR"),
                    "");

    /// @throws IllegalArgumentException where a kind or country is unknown
    public PrivateData {
        kinds = List.copyOf(kinds);
        countries = List.copyOf(countries);
        phoneRegions = List.copyOf(phoneRegions);
        requireKnown("privateData.kinds", kinds, KINDS);
        requireKnown("privateData.countries", countries, COUNTRIES);
    }

    private static void requireKnown(String name, List<String> given, List<String> known) {
        for (String one : given) {
            if (!known.contains(one)) {
                throw new IllegalArgumentException(
                        "%s has '%s'; it may have %s"
                                .formatted(name, one, String.join(", ", known)));
            }
        }
    }

    @Override
    public Ready prepared() throws IOException {
        List<String> names = namesFile.isEmpty() ? List.of() : lines(Path.of(namesFile));
        return new Ready(
                new PrivateFinder(
                        Set.copyOf(kinds),
                        Set.copyOf(countries),
                        phoneRegions,
                        new NameList(names)));
    }

    private static List<String> lines(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "privateData.namesFile is %s, which is no file; give one with a name a line"
                            .formatted(file));
        }
        return Files.readAllLines(file);
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// The step with its list of names read. Immutable; any number of threads may share it.
    public static final class Ready implements DocumentStep {
        private final PrivateFinder finder;

        Ready(PrivateFinder finder) {
            this.finder = finder;
        }

        @Override
        public Verdict apply(Document document) {
            List<Finding> found = finder.find(document.text());
            if (found.isEmpty()) {
                return Verdict.KEPT;
            }
            Map<String, Integer> counts = new TreeMap<>();
            found.forEach(finding -> counts.merge(finding.kind(), 1, Integer::sum));
            return new Verdict.Changed(document.withText(replaced(document.text(), found)), counts);
        }

        /// A text with placeholders for private data.
        public String masked(String text) {
            return replaced(text, finder.find(text));
        }

        private static String replaced(String text, List<Finding> found) {
            var replaced = new StringBuilder(text.length());
            int copied = 0;
            for (Finding finding : found) {
                replaced.append(text, copied, finding.start());
                replaced.append('<').append(finding.kind().toUpperCase(Locale.ROOT)).append('>');
                copied = finding.end();
            }
            return replaced.append(text, copied, text.length()).toString();
        }
    }
}
