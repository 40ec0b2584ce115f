package io.tornadogpt.curation.planted;

import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Makes a corpus of which it is known what is wrong with it. The same seed and number make the
/// same bytes.
///
/// Of a hundred documents some 57 are clean, and the others have one fault each. What was planted
/// in which document is in [#truth]; the document's number is in its metadata.
final class PlantedCorpus {
    /// What a document is.
    enum Kind {
        CLEAN,
        MOJIBAKE,
        BOILERPLATE,
        FOREIGN,
        REPETITION,
        EXACT_DUPLICATE,
        NEAR_DUPLICATE,
        PRIVATE_DATA,
        LOOK_ALIKE,
        LEAK,
        EMPTY
    }

    /// What is known of a document.
    ///
    /// @param kind what was planted
    /// @param label which of several: a language, a kind of repetition
    /// @param original what curation is to make of it; empty where it is to go, or it does not
    ///   matter
    /// @param other the number of the document that it is a copy of; -1 where it is none
    /// @param similarity to that, by Jaccard, over 5-grams
    /// @param values private data in it
    record Truth(
            Kind kind,
            String label,
            String original,
            int other,
            double similarity,
            List<PrivateValues.Planted> values) {
        static Truth of(Kind kind, String label, String original) {
            return new Truth(kind, label, original, -1, 0, List.of());
        }
    }

    static final List<Double> SIMILARITIES = List.of(0.5, 0.6, 0.7, 0.8, 0.9);
    static final List<String> REPETITIONS =
            List.of("lines", "paragraphs", "sentence", "phrase", "word");

    private static final JsonMapper JSON = new JsonMapper();
    private static final int NGRAM = 5;
    private static final int SENTENCES = 14;

    /// Words of both documents of a near duplicate: 180 n-grams, so that similarities come out
    /// even.
    private static final int WORDS = 184;

    private final Random random;
    private final PrivateValues values;
    private final List<Truth> truth = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final List<String> items = new ArrayList<>();

    private PlantedCorpus(long seed) {
        this.random = new Random(seed);
        this.values = new PrivateValues(random);
    }

    /// Writes `corpus/planted.jsonl` and, with what models are to be measured by,
    /// `evaluation.jsonl`.
    ///
    /// @param documents how many, about
    static PlantedCorpus write(Path folder, int documents, long seed) throws IOException {
        var corpus = new PlantedCorpus(seed);
        corpus.writeItems(folder.resolve("evaluation.jsonl"), Math.max(20, documents / 100));
        Path file = Files.createDirectory(folder.resolve("corpus")).resolve("planted.jsonl");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            while (corpus.truth.size() < documents) {
                corpus.plant();
                corpus.flush(out);
            }
        }
        return corpus;
    }

    /// By the documents' numbers.
    List<Truth> truth() {
        return truth;
    }

    /// What models are to be measured by.
    List<String> items() {
        return items;
    }

    private void writeItems(Path file, int count) throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String item = item(i);
            items.add(item);
            var row = new LinkedHashMap<String, Object>();
            row.put("question", item);
            row.put("answer", i % 7);
            lines.append(JSON.writeValueAsString(row)).append('\n');
        }
        Files.writeString(file, lines);
    }

    /// Sentences in which every fifth word is one that nobody knows, so that no other sentences
    /// have thirteen words of them.
    private String item(int i) {
        String text =
                "Question %d. ".formatted(i) + String.join(" ", Prose.ENGLISH.sentences(random, 3));
        String[] words = text.split(" ");
        for (int w = 2; w < words.length; w += 5) {
            var word = new StringBuilder();
            for (int syllable = 0; syllable < 3; syllable++) {
                word.append("bdfgklmnprstvz".charAt(random.nextInt(14)));
                word.append("aeiou".charAt(random.nextInt(5)));
            }
            words[w] = word + (words[w].endsWith(".") ? "." : "");
        }
        return String.join(" ", words);
    }

    private void add(Truth known, String text) {
        truth.add(known);
        texts.add(text);
    }

    private void flush(BufferedWriter out) throws IOException {
        int first = truth.size() - texts.size();
        for (int i = 0; i < texts.size(); i++) {
            var row = new LinkedHashMap<String, Object>();
            row.put("text", texts.get(i));
            row.put("n", first + i);
            out.write(JSON.writeValueAsString(row));
            out.write('\n');
        }
        texts.clear();
    }

    private String clean() {
        return Prose.ENGLISH.text(random, SENTENCES);
    }

    private void plant() {
        int draw = random.nextInt(100);
        if (draw < 52) {
            String text = clean();
            add(Truth.of(Kind.CLEAN, "", text), text);
        } else if (draw < 56) {
            mojibake();
        } else if (draw < 60) {
            boilerplate();
        } else if (draw < 66) {
            foreign();
        } else if (draw < 71) {
            repetition();
        } else if (draw < 74) {
            exactDuplicate();
        } else if (draw < 84) {
            nearDuplicate();
        } else if (draw < 92) {
            privateData();
        } else if (draw < 96) {
            lookAlike();
        } else if (draw < 99) {
            leak();
        } else {
            String text = random.nextBoolean() ? "" : " \n\u200B\n ";
            add(Truth.of(Kind.EMPTY, "", ""), text);
        }
    }

    private static final String[] ACCENTED = {
        "The caf\u00E9 was na\u00EFve about it.",
        "She said: \u201CIt\u2019s a clich\u00E9\u201D.",
        "It cost 20 \u20AC \u2013 or more \u2013 in Z\u00FCrich.",
        "The se\u00F1or ate cr\u00E8me br\u00FBl\u00E9e in Malm\u00F6.",
        "The fa\u00E7ade of the H\u00F4tel de Ville is gr\u00FCn.",
        "We read \u65E5\u672C\u8A9E and \u041F\u0440\u0438\u0432\u0435\u0442 there."
    };

    private void mojibake() {
        List<String> sentences = Prose.ENGLISH.sentences(random, SENTENCES);
        for (int i = 0; i < 3; i++) {
            sentences.add(random.nextInt(SENTENCES), ACCENTED[random.nextInt(ACCENTED.length)]);
        }
        String text = Prose.paragraphs(sentences, random);
        Charset windows = Charset.forName("windows-1252");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String read = new String(bytes, windows);
        boolean lost = read.indexOf('\uFFFD') >= 0;
        boolean latin = lost || random.nextBoolean();
        String damaged = latin ? new String(bytes, StandardCharsets.ISO_8859_1) : read;
        add(Truth.of(Kind.MOJIBAKE, latin ? "latin-1" : "windows-1252", text), damaged);
    }

    /// Words that stand in the navigation of pages made here, and nowhere else.
    static final List<String> BOILERPLATE =
            List.of("Homepage", "Newsarchive", "Sitemap", "Copyrightnotice", "Cookieconsent");

    private void boilerplate() {
        String text = Prose.ENGLISH.text(random, SENTENCES);
        var page = new StringBuilder("<!doctype html><html><head><title>");
        page.append(Prose.ENGLISH.sentence(random)).append("</title></head><body>");
        page.append("<div class=\"nav\"><a href=/>Homepage</a> <a href=/n>Newsarchive</a></div>");
        page.append(
                random.nextBoolean()
                        ? "<p class=\"cookie\">Cookieconsent: we store what we can.</p>"
                        : "<ul><li><a href=/1>Cookieconsent</a></li><li><a"
                                + " href=/2>Sitemap</a></li></ul>");
        page.append(random.nextBoolean() ? "<div id=content>" : "<article>");
        for (String paragraph : text.split("\n\n")) {
            page.append("<p>").append(paragraph).append("</p>\n");
        }
        page.append("</div></article><footer>Copyrightnotice 2020</footer>");
        page.append("<div><a href=/s>Sitemap</a> | <a href=/>Homepage</a></div></body></html>");
        add(Truth.of(Kind.BOILERPLATE, "", text), page.toString());
    }

    private void foreign() {
        Prose[] all = Prose.values();
        Prose language = all[1 + random.nextInt(all.length - 1)];
        add(Truth.of(Kind.FOREIGN, language.code(), ""), language.text(random, SENTENCES));
    }

    private void repetition() {
        String label = REPETITIONS.get(random.nextInt(REPETITIONS.size()));
        List<String> sentences = Prose.ENGLISH.sentences(random, 6);
        String first = sentences.getFirst();
        String text =
                switch (label) {
                    case "lines" -> String.join("\n", sentences) + ("\n" + first).repeat(5);
                    case "paragraphs" ->
                            String.join("\n\n", sentences)
                                    + ("\n\n" + first + "\n" + sentences.get(1)).repeat(4);
                    case "sentence" -> String.join(" ", sentences) + (" " + first).repeat(4);
                    case "phrase" -> String.join(" ", sentences) + " Click here now.".repeat(30);
                    default -> String.join(" ", sentences) + " buy".repeat(60) + ".";
                };
        add(Truth.of(Kind.REPETITION, label, ""), text);
    }

    private void exactDuplicate() {
        String text = clean();
        int first = truth.size();
        add(Truth.of(Kind.CLEAN, "", text), text);
        add(new Truth(Kind.EXACT_DUPLICATE, "", "", first, 1, List.of()), text);
    }

    private void nearDuplicate() {
        double wanted = SIMILARITIES.get(random.nextInt(SIMILARITIES.size()));
        List<String> words = words(WORDS);
        int shared = (int) Math.round(2 * wanted / (1 + wanted) * (WORDS - NGRAM + 1)) + NGRAM - 1;
        var changed = new ArrayList<>(words.subList(0, shared));
        changed.addAll(words(WORDS).subList(0, WORDS - shared));
        int first = truth.size();
        String text = joined(words);
        add(Truth.of(Kind.CLEAN, "", text), text);
        String copy = joined(changed);
        double similarity = similarity(text, copy);
        String label = String.format(Locale.ROOT, "%.1f", wanted);
        add(new Truth(Kind.NEAR_DUPLICATE, label, "", first, similarity, List.of()), copy);
    }

    private List<String> words(int count) {
        var words = new ArrayList<String>();
        while (words.size() < count) {
            words.addAll(List.of(Prose.ENGLISH.sentence(random).split(" ")));
        }
        return words.subList(0, count);
    }

    private static String joined(List<String> words) {
        String text = String.join(" ", words);
        return text.endsWith(".") ? text : text + ".";
    }

    /// The share of 5-grams of words that two texts have together, of those that one of them has.
    static double similarity(String a, String b) {
        Set<String> one = ngrams(a);
        Set<String> other = ngrams(b);
        var both = new HashSet<>(one);
        both.retainAll(other);
        return both.size() / (double) (one.size() + other.size() - both.size());
    }

    private static Set<String> ngrams(String text) {
        String[] words = text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+");
        var ngrams = new HashSet<String>();
        for (int i = 0; i + NGRAM <= words.length; i++) {
            ngrams.add(String.join(" ", List.of(words).subList(i, i + NGRAM)));
        }
        return ngrams;
    }

    private void privateData() {
        List<String> sentences = Prose.ENGLISH.sentences(random, SENTENCES);
        var planted = new ArrayList<PrivateValues.Planted>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            PrivateValues.Planted value = values.next();
            planted.add(value);
            sentences.add(random.nextInt(sentences.size()), value.sentence());
        }
        String text = Prose.paragraphs(sentences, random);
        add(new Truth(Kind.PRIVATE_DATA, "", "", -1, 0, planted), text);
    }

    private void lookAlike() {
        List<String> sentences = Prose.ENGLISH.sentences(random, SENTENCES);
        for (int i = 0; i < 3; i++) {
            sentences.add(random.nextInt(sentences.size()), values.lookAlike());
        }
        String text = Prose.paragraphs(sentences, random);
        add(Truth.of(Kind.LOOK_ALIKE, "", text), text);
    }

    private void leak() {
        List<String> sentences = Prose.ENGLISH.sentences(random, SENTENCES);
        String item = items.get(random.nextInt(items.size()));
        String written =
                switch (random.nextInt(3)) {
                    case 0 -> item;
                    case 1 -> item.toUpperCase(Locale.ROOT);
                    default -> item.replace(", ", " - ").replace(" the ", " \u201Cthe\u201D ");
                };
        sentences.add(random.nextInt(sentences.size()), written);
        add(Truth.of(Kind.LEAK, "", ""), Prose.paragraphs(sentences, random));
    }

    /// What is to be found in a document, by kind.
    static Map<String, Integer> kinds(List<PrivateValues.Planted> values) {
        var kinds = new LinkedHashMap<String, Integer>();
        values.forEach(value -> kinds.merge(value.kind(), 1, Integer::sum));
        return kinds;
    }
}
