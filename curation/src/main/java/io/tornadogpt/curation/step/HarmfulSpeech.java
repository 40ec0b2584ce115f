package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Removes harmful speech, as its user defines it: by lists of words, as C4 was filtered (Raffel et
/// al. 2020, section 2.2: a page with any word of a list goes), and by a classifier that learns
/// from labelled texts when a run begins. This library has no list of its own.
///
/// Words are found whole, whatever their case and accents; a line may hold several that follow each
/// other. Nothing in them is a pattern, so none can take long.
///
/// @param wordFiles with a word or phrase a line; lines that begin with `#` are remarks
/// @param maxWords a document goes where it holds more of them, counted as often as they occur
/// @param labelledFile rows with the fields `text` and `label`; empty for none
/// @param harmfulLabel the label of texts that are harmful; all others are not
/// @param maxProbability a document goes that is more likely harmful
public record HarmfulSpeech(
        List<String> wordFiles,
        int maxWords,
        String labelledFile,
        String harmfulLabel,
        double maxProbability)
        implements DocumentStep {
    /// Without files, of which one at least has to be named.
    public static final HarmfulSpeech DEFAULT = new HarmfulSpeech(List.of(), 0, "", "1", 0.5);

    private static final int LONGEST = 16;

    /// @throws IllegalArgumentException where a number is out of range
    public HarmfulSpeech {
        wordFiles = List.copyOf(wordFiles);
        Limits.atLeast("harmfulSpeech.maxWords", maxWords, 0);
        Limits.share("harmfulSpeech.maxProbability", maxProbability);
    }

    @Override
    public DocumentStep prepared() throws IOException {
        if (wordFiles.isEmpty() && labelledFile.isEmpty()) {
            throw new IllegalArgumentException(
                    "harmfulSpeech has neither wordFiles nor a labelledFile; name what says what is"
                            + " harmful");
        }
        var words = new LongSet();
        var lengths = new boolean[LONGEST + 1];
        for (String file : wordFiles) {
            new TextFile("harmfulSpeech.wordFiles", file).lines(line -> add(line, words, lengths));
        }
        return new Ready(this, words, lengths, labelledFile.isEmpty() ? List.of() : trained());
    }

    private static void add(String line, LongSet words, boolean[] lengths) {
        WordRuns runs = WordRuns.of(line);
        if (runs.count() > LONGEST) {
            throw new IllegalArgumentException(
                    "harmfulSpeech.wordFiles has a line of %d words; give words and phrases of %d at most, a line each"
                            .formatted(runs.count(), LONGEST));
        }
        if (runs.count() > 0) {
            lengths[runs.count()] = true;
            words.add(runs.hash(0, runs.count()));
        }
    }

    private List<TextClassifier> trained() throws IOException {
        var harmful = new ArrayList<String>();
        var others = new ArrayList<String>();
        var file = new TextFile("harmfulSpeech.labelledFile", labelledFile);
        file.rows(
                row -> {
                    String text = file.require(row, "text");
                    boolean is = file.require(row, "label").strip().equals(harmfulLabel);
                    (is ? harmful : others).add(text);
                });
        if (harmful.isEmpty()) {
            throw new IllegalArgumentException(
                    "no row of %s has the label '%s'; set harmfulSpeech.harmfulLabel to one that is there"
                            .formatted(labelledFile, harmfulLabel));
        }
        return List.of(TextClassifier.train(harmful, others));
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The step with its lists read.
    ///
    /// @param classifiers one, or none
    private record Ready(
            HarmfulSpeech settings,
            LongSet words,
            boolean[] lengths,
            List<TextClassifier> classifiers)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            int count = words.size() == 0 ? 0 : count(WordRuns.of(document.text()));
            if (count > settings.maxWords) {
                // The word itself is not repeated in a report.
                return Removal.above("listedWords", count, settings.maxWords);
            }
            for (TextClassifier classifier : classifiers) {
                double probability = classifier.probability(document.text());
                if (probability > settings.maxProbability) {
                    return Removal.above("likelyHarmful", probability, settings.maxProbability);
                }
            }
            return Verdict.KEPT;
        }

        private int count(WordRuns runs) {
            int count = 0;
            for (int i = 0; i < runs.count(); i++) {
                for (int n = 1; n <= Math.min(LONGEST, runs.count() - i); n++) {
                    if (lengths[n] && words.contains(runs.hash(i, n))) {
                        count++;
                        break;
                    }
                }
            }
            return count;
        }
    }
}
