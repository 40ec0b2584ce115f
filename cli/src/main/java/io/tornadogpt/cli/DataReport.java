package io.tornadogpt.cli;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Documents;
import io.tornadogpt.trainer.data.PassedOver;
import io.tornadogpt.trainer.data.PassedOver.Reason;
import io.tornadogpt.trainer.data.TextStatistics;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Prints what is known of the data while it is read and encoded.
class DataReport implements DataChoice.Progress {
    private final Screen screen;
    private static final int MOST_NAMED = 100;
    private long textBytes;

    DataReport(Screen screen) {
        this.screen = screen;
    }

    @Override
    public void text(TextStatistics statistics, List<PassedOver> passedOver) {
        textBytes = statistics.bytes();
        screen.entry(
                "",
                "%s characters%s",
                Show.count(statistics.characters()),
                statistics.documents() == 1
                        ? ""
                        : " in " + Show.count(statistics.documents()) + " files");
        for (Reason reason : Reason.values()) {
            passedOver(
                    reason, passedOver.stream().filter(each -> each.reason() == reason).toList());
        }
    }

    private void passedOver(Reason reason, List<PassedOver> files) {
        if (files.isEmpty()) {
            return;
        }
        var words = new ArrayList<String>();
        words.add(Show.count(files.size()) + " passed over, " + reason.words() + ":");
        files.stream()
                .limit(MOST_NAMED)
                .forEach(file -> words.add(BadFileException.quote(file.name())));
        if (files.size() > MOST_NAMED) {
            words.add("and " + Show.count(files.size() - MOST_NAMED) + " more");
        }
        if (reason == Reason.OTHER_ENCODING) {
            words.add("(to convert one: iconv -f UTF-16 -t UTF-8 FILE > NEW)");
        }
        screen.wrapped("", words);
    }

    @Override
    public void separated(Documents documents, Tokenizer tokenizer, long tokens) {
        if (tokens > 0) {
            int id = Documents.endToken(tokenizer).orElseThrow();
            screen.entry(
                    "documents",
                    "separated by %s %s tokens (id %d)",
                    Show.count(tokens),
                    String.valueOf(tokenizer.token(id)),
                    id);
        }
    }

    @Override
    public void counted(long bytes) {
        screen.status("training the tokenizer: " + percent(bytes) + " of the text read");
    }

    @Override
    public void merged(int done, int wanted) {
        screen.status("training the tokenizer: %d of %d tokens".formatted(done, wanted));
    }

    @Override
    public void pruned(int left, int wanted) {
        screen.status(
                "training the tokenizer: %d pieces left, until there are %d"
                        .formatted(left, wanted));
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
            screen.entry("tokenizer", "none beside the token file, so no text can be shown");
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
