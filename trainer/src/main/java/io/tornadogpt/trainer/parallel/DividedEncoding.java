package io.tornadogpt.trainer.parallel;

import io.tornadogpt.tokenizer.TokenSink;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DocumentPieces;
import io.tornadogpt.trainer.data.Documents;
import io.tornadogpt.trainer.data.PartEncoder;
import io.tornadogpt.trainer.data.TextPart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Encodes a text in several processes. Rank 0 says what is to be encoded; each process reads the
/// text and encodes its share of the pieces; rank 0 gets the tokens and writes them, and nobody
/// else writes a file.
///
/// Used by one thread at a time.
public final class DividedEncoding implements PartEncoder {
    private static final String TEXT = "text";
    private static final String DOCUMENTS = "documents";
    private static final String FROM = "from";
    private static final String COUNT = "count";
    private static final String TOKENIZER = "tokenizer";

    private final Communicator communicator;

    private DividedEncoding(Communicator communicator) {
        this.communicator = communicator;
    }

    /// What makes the tokens at rank 0 while the others wait in [Together#leaderFirst(Communicator,
    /// Together.Work, Together.Helper, Together.Work)] with [#help]; one process does it alone.
    public static PartEncoder of(Communicator communicator) {
        return communicator.size() == 1 ? PartEncoder.ALONE : new DividedEncoding(communicator);
    }

    @Override
    public long encode(TextPart part, Tokenizer tokenizer, Path folder, TokenSink sink)
            throws IOException {
        if (!part.text().readAgain()) {
            return PartEncoder.ALONE.encode(part, tokenizer, folder, sink);
        }
        tokenizer.save(folder);
        Together.askForHelp(
                communicator,
                Map.of(
                        TEXT, part.text().path().toString(),
                        DOCUMENTS, part.documents().toString(),
                        FROM, Long.toString(part.from()),
                        COUNT, Long.toString(part.count()),
                        TOKENIZER, folder.toAbsolutePath().toString()));
        try (var rounds = new EncodingRounds(communicator, part.count())) {
            return rounds.run(() -> DocumentPieces.of(part, tokenizer), sink);
        }
    }

    /// Does this process's share of what rank 0 asked for.
    ///
    /// @param job as rank 0 said it
    /// @throws OtherProcessException where another process failed, but for rank 0, which says so
    ///   once more
    public static void help(Communicator communicator, Map<String, String> job) throws IOException {
        long count = Long.parseLong(job.getOrDefault(COUNT, ""));
        try (var rounds = new EncodingRounds(communicator, count)) {
            rounds.run(() -> open(job, count), (_, _, _) -> {});
        } catch (OtherProcessException e) {
            if (e.rank() != 0) {
                throw e;
            }
        }
    }

    private static DocumentPieces open(Map<String, String> job, long count) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(Path.of(job.getOrDefault(TOKENIZER, "")));
        Path text = Path.of(job.getOrDefault(TEXT, ""));
        Documents documents = Documents.parse(job.getOrDefault(DOCUMENTS, ""));
        long from = Long.parseLong(job.getOrDefault(FROM, ""));
        return DocumentPieces.open(text, documents, from, count, tokenizer);
    }
}
