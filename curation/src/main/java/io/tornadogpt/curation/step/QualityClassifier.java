package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Keeps what looks like some texts rather than like others, as GPT-3's corpus was chosen (Brown et
/// al. 2020, appendix A), by a classifier that learns both when a run begins.
///
/// @param like files of texts that are wanted: JSON, JSONL, CSV or TSV, of which every text counts,
///   or any other, of which each line does
/// @param unlike files of others, such as a sample of the raw corpus
/// @param minProbability a document goes that is less likely one that is wanted
public record QualityClassifier(List<String> like, List<String> unlike, double minProbability)
        implements DocumentStep {
    /// Without files, which have to be named; what is more likely unwanted goes.
    public static final QualityClassifier DEFAULT =
            new QualityClassifier(List.of(), List.of(), 0.5);

    /// @throws IllegalArgumentException where the probability is not between 0 and 1
    public QualityClassifier {
        like = List.copyOf(like);
        unlike = List.copyOf(unlike);
        Limits.share("qualityClassifier.minProbability", minProbability);
    }

    @Override
    public DocumentStep prepared() throws IOException {
        return new Ready(
                this,
                TextClassifier.train(
                        texts("qualityClassifier.like", like),
                        texts("qualityClassifier.unlike", unlike)));
    }

    private static List<String> texts(String setting, List<String> files) throws IOException {
        if (files.isEmpty()) {
            throw new IllegalArgumentException(
                    setting + " is empty; name files of texts to learn from");
        }
        var texts = new ArrayList<String>();
        for (String file : files) {
            new TextFile(setting, file)
                    .texts(
                            text -> {
                                if (!text.isBlank()) {
                                    texts.add(text);
                                }
                            });
        }
        return texts;
    }

    @Override
    public Verdict apply(Document document) {
        try {
            return prepared().apply(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The step with what it has learned.
    private record Ready(QualityClassifier settings, TextClassifier classifier)
            implements DocumentStep {
        @Override
        public Verdict apply(Document document) {
            double probability = classifier.probability(document.text());
            if (probability < settings.minProbability) {
                return Removal.below("unlikeWhatIsWanted", probability, settings.minProbability);
            }
            double rounded = Math.round(probability * 1000) / 1000.0;
            return new Verdict.Changed(document.with("quality", rounded), Map.of());
        }
    }
}
