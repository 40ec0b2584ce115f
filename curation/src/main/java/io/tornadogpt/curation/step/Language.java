package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import opennlp.tools.langdetect.LanguageDetector;
import opennlp.tools.langdetect.LanguageDetectorModel;
import opennlp.tools.langdetect.ThreadSafeLanguageDetectorME;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Tells the language of a document by its letters, with the model for 103 languages that Apache
/// OpenNLP trained on the Leipzig corpora, and writes it into the metadata, where it had none, as
/// `language`. Where languages are given, documents in others go.
///
/// Codes are those of ISO 639-1, such as `en`, and of ISO 639-3 where that has none.
///
/// @param keep languages whose documents stay; empty for all
/// @param characters of a document that are looked at, from its beginning
public record Language(List<String> keep, int characters) implements DocumentStep {
    /// Keeps all, by the first 500 characters.
    public static final Language DEFAULT = new Language(List.of(), 500);

    private static final String MODEL = "langdetect-183.bin";

    /// Where OpenNLP has a language alone that ISO 639-1 has together with others.
    private static final Map<String, String> MEMBERS =
            Map.of(
                    "cmn", "zh", "pes", "fa", "ekk", "et", "lvs", "lv", "nob", "nb", "nno", "nn",
                    "plt", "mg");

    /// @throws IllegalArgumentException where a language is none, or nothing is looked at
    public Language {
        keep = List.copyOf(keep);
        Limits.atLeast("language.characters", characters, 1);
        for (String code : keep) {
            if (!code.matches("[a-z]{2,3}")) {
                throw new IllegalArgumentException(
                        "language.keep has '%s'; give codes of two or three letters, such as en"
                                .formatted(code));
            }
        }
    }

    @Override
    public DocumentStep prepared() throws IOException {
        var detector = new ThreadSafeLanguageDetectorME(model());
        var codes = new HashMap<String, String>();
        Map<String, String> two = twoLetters();
        for (String code : detector.getSupportedLanguages()) {
            codes.put(code, two.getOrDefault(code, code));
        }
        for (String code : keep) {
            if (!codes.containsValue(code)) {
                throw new IllegalArgumentException(
                        "language.keep has '%s', which the model does not know; it knows %s"
                                .formatted(
                                        code,
                                        String.join(
                                                ", ", codes.values().stream().sorted().toList())));
            }
        }
        return new Ready(this, detector, Map.copyOf(codes));
    }

    private static LanguageDetectorModel model() throws IOException {
        // OpenNLP writes what it has to say by SLF4J, which prints that it has nowhere to write to.
        if (System.getProperty("slf4j.internal.verbosity") == null) {
            System.setProperty("slf4j.internal.verbosity", "ERROR");
        }
        try (InputStream in = Language.class.getClassLoader().getResourceAsStream(MODEL)) {
            if (in == null) {
                throw new IOException(
                        "the step 'language' needs the library opennlp-models-langdetect, and it is"
                                + " not there; add it to the class path or module path");
            }
            return new LanguageDetectorModel(in);
        }
    }

    private static Map<String, String> twoLetters() {
        var two = new HashMap<>(MEMBERS);
        for (String code : Locale.getISOLanguages()) {
            two.putIfAbsent(Locale.of(code).getISO3Language(), code);
        }
        return two;
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The step with its model, which any number of threads may ask.
    private record Ready(Language settings, LanguageDetector detector, Map<String, String> codes)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            String language = detected(document.text());
            if (!settings.keep.isEmpty() && !settings.keep.contains(language)) {
                return new Verdict.Removed(language, "the language is not among those to keep");
            }
            boolean known = document.metadata().get("language") instanceof String;
            return known
                    ? Verdict.KEPT
                    : new Verdict.Changed(
                            document.with("language", language), new LinkedHashMap<>());
        }

        private String detected(String text) {
            int end = Math.min(text.length(), settings.characters);
            if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
                end++;
            }
            String code = detector.predictLanguage(text.substring(0, end)).getLang();
            return codes.getOrDefault(code, code);
        }
    }
}
