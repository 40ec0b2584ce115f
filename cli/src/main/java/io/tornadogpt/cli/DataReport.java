package io.tornadogpt.cli;

import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TextStatistics;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;

import org.jspecify.annotations.Nullable;

/// Prints what is known of the data while it is read and encoded.
class DataReport implements DataChoice.Progress {
    private final Screen screen;
    private long textBytes;

    DataReport(Screen screen) {
        this.screen = screen;
    }

    @Override
    public void text(TextStatistics statistics, int binariesPassedOver) {
        textBytes = statistics.bytes();
        screen.entry(
                "",
                "%s characters%s%s",
                Show.count(statistics.characters()),
                statistics.documents() == 1
                        ? ""
                        : " in " + Show.count(statistics.documents()) + " files",
                binariesPassedOver == 0
                        ? ""
                        : ", " + Show.count(binariesPassedOver) + " binary files passed over");
    }

    @Override
    public void counted(long bytes) {
        screen.status("making the tokenizer: " + percent(bytes) + " of the text read");
    }

    @Override
    public void merged(int done, int wanted) {
        screen.status("making the tokenizer: %d of %d tokens".formatted(done, wanted));
    }

    @Override
    public void pruned(int left, int wanted) {
        screen.status(
                "making the tokenizer: %d pieces left, %d tokens wanted".formatted(left, wanted));
    }

    @Override
    public void encoding(Tokenizer tokenizer) {
        tokenizer(tokenizer);
    }

    @Override
    public void encoded(long bytes) {
        screen.status("encoding: " + percent(bytes));
    }

    private String percent(long bytes) {
        return "%d %%".formatted(textBytes == 0 ? 100 : 100 * bytes / textBytes);
    }

    /// Says which tokenizer is used.
    void tokenizer(@Nullable Tokenizer tokenizer) {
        if (tokenizer == null) {
            screen.entry("tokenizer", "none with the tokens: no text will be shown");
        } else {
            screen.entry(
                    "tokenizer",
                    "%s, %s tokens",
                    kind(tokenizer),
                    Show.count(tokenizer.vocabularySize()));
        }
    }

    /// What a tokenizer's tokens are.
    static String kind(Tokenizer tokenizer) {
        return tokenizer.kind();
    }

    /// Says how much there is to train on.
    void tokens(TrainingData data) {
        Tokens validation = data.validation();
        screen.entry(
                "tokens",
                "%s to train on, %s",
                Show.count(data.training().count()),
                validation == null
                        ? "none to validate on"
                        : Show.count(validation.count()) + " to validate on");
    }
}
