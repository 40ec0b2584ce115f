package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TextSource;
import io.tornadogpt.trainer.data.TokenizerChoice;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Stack;
import java.util.stream.Stream;

/// Makes and uses tokenizers.
@Command(
        name = "tokenizer",
        description = "Trains tokenizers, and converts text to tokens and back.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            TokenizerCommand.Train.class,
            TokenizerCommand.Encode.class,
            TokenizerCommand.Decode.class,
            TokenizerCommand.Info.class
        })
final class TokenizerCommand extends GptCommand {
    @Override
    int run(Screen screen) {
        throw new IllegalArgumentException(
                "tokenizer needs a command: train, encode, decode or info; %s tokenizer --help says more"
                        .formatted(Gpt.COMMAND));
    }

    /// Makes `encode` take a word that looks like an option and is none for the text.
    static void takeTexts(CommandLine tokenizer) {
        CommandLine encode = tokenizer.getSubcommands().get("encode");
        if (encode != null) {
            encode.setUnmatchedOptionsArePositionalParams(true);
        }
    }

    private static Tokenizer open(@Nullable String name) throws IOException {
        return TokenizerChoice.existing(Objects.requireNonNull(name)).open();
    }

    /// Makes a tokenizer from text.
    @Command(
            name = "train",
            description = {
                "Makes a tokenizer from text, in files that Hugging Face's tokenizers opens.",
                ""
            },
            sortOptions = false)
    static final class Train extends GptCommand {
        @Option(
                names = "--data",
                required = true,
                paramLabel = "PATH",
                description = "A text file or a folder of text files.")
        private @Nullable Path data;

        @Option(
                names = "--tokenizer",
                defaultValue = "bpe:1024",
                paramLabel = "T",
                description = {
                    "The kind and number of tokens (default: ${DEFAULT-VALUE}):",
                    "bpe:N: byte-level BPE; char: a token for each character; wordpiece:N: BERT's,"
                            + " with its special tokens; unigram:N and spbpe:N: SentencePiece's"
                            + " unigram model and byte-pair encoding, as tokenizer.model too."
                })
        private @Nullable String tokenizer;

        @Mixin private DocumentOptions documents = new DocumentOptions();

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "A new folder to write to.")
        private @Nullable Path out;

        @Override
        int run(Screen screen) throws IOException {
            TokenizerChoice choice = TokenizerChoice.parse(Objects.requireNonNull(tokenizer));
            if (choice instanceof TokenizerChoice.Existing) {
                throw new IllegalArgumentException(
                        "--tokenizer %s is made already; give bpe:N, wordpiece:N, unigram:N, spbpe:N or char"
                                .formatted(choice));
            }
            Path source = Objects.requireNonNull(data);
            new DataChoice(source, choice).requireText();
            Path target = OutputPath.unused(Objects.requireNonNull(out));
            try (TextSource text = TextSource.open(source);
                    var folder = AtomicDirectory.begin(target)) {
                var report = new DataReport(screen);
                screen.entry("data", "%s", text.path());
                report.text(text.statistics(), text.passedOver());
                Tokenizer made = choice.tokenizer(text, documents.documents(), report);
                report.tokenizer(made);
                made.save(folder.path());
                folder.commit();
            }
            screen.entry("output", "%s", out);
            return 0;
        }
    }

    /// Takes a word that begins like an option and has blanks in it for the text: `-h is help`.
    static final class Sentence implements IParameterPreprocessor {
        @Override
        @SuppressWarnings("JdkObsolete") // picocli's type
        public boolean preprocess(
                Stack<String> words,
                CommandSpec command,
                @Nullable ArgSpec option,
                Map<String, Object> info) {
            int text = -1;
            for (int i = 0; i < words.size(); i++) { // the next word is the last one
                String word = words.get(i);
                boolean value = i + 1 < words.size() && words.get(i + 1).equals("--tokenizer");
                if (word.startsWith("-") && word.contains(" ") && !word.contains("=") && !value) {
                    text = i;
                }
            }
            if (text >= 0 && !words.contains("--")) {
                command.positionalParameters().getFirst().setValue(words.remove(text));
            }
            return false; // the other words are still to be read
        }
    }

    /// Text to ids.
    @Command(
            name = "encode",
            description = {"Prints the ids of a text's tokens.", ""},
            preprocessor = Sentence.class,
            sortOptions = false)
    static final class Encode extends GptCommand {
        @Option(
                names = "--tokenizer",
                required = true,
                paramLabel = "T",
                description =
                        "gpt2, or a tokenizer's file or folder; a model's or run's data folder"
                                + " too.")
        private @Nullable String tokenizer;

        @Option(
                names = "--special-tokens",
                description =
                        "Read names of special tokens in the text, such as <|endoftext|>, as these"
                                + " tokens; without this option they are ordinary text.")
        private boolean specialTokens;

        @Parameters(
                arity = "0..1",
                paramLabel = "TEXT",
                description = "The text; standard input if not given.")
        private @Nullable String text;

        @Override
        int run(Screen screen) throws IOException {
            String given = text != null ? text : TextInput.standardInput();
            Tokenizer opened = open(tokenizer);
            int[] tokens =
                    specialTokens ? opened.encodeWithSpecialTokens(given) : opened.encode(given);
            var ids = new StringBuilder();
            for (int id : tokens) {
                ids.append(ids.isEmpty() ? "" : " ").append(id);
            }
            screen.line(ids.toString());
            return 0;
        }
    }

    /// Ids to text.
    @Command(
            name = "decode",
            description = {"Prints the text that tokens stand for.", ""},
            sortOptions = false)
    static final class Decode extends GptCommand {
        @Option(
                names = "--tokenizer",
                required = true,
                paramLabel = "T",
                description = "gpt2, or a tokenizer's file or folder.")
        private @Nullable String tokenizer;

        @Parameters(
                arity = "0..*",
                paramLabel = "ID",
                description = "The tokens' ids; standard input if not given.")
        private List<String> ids = new ArrayList<>();

        @Override
        int run(Screen screen) throws IOException {
            int[] tokens =
                    ids.isEmpty()
                            ? read(TextInput.standardInput())
                            : ids.stream().mapToInt(Decode::id).toArray();
            screen.line(open(tokenizer).decode(tokens));
            return 0;
        }

        /// Ids between white space, as `encode` prints them.
        private static int[] read(String text) {
            return text.strip().isEmpty()
                    ? new int[0]
                    : Stream.of(text.strip().split("\\s+")).mapToInt(Decode::id).toArray();
        }

        private static int id(String word) {
            try {
                return Integer.parseInt(word);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "%s is no token's id; give numbers with blanks between them, as in 15496 995"
                                .formatted(BadFileException.quote(word)),
                        e);
            }
        }
    }

    /// Looks at a tokenizer.
    @Command(
            name = "info",
            description = {"Describes a tokenizer.", ""},
            sortOptions = false)
    static final class Info extends GptCommand {
        @Parameters(paramLabel = "T", description = "gpt2, or a tokenizer's file or folder.")
        private @Nullable String tokenizer;

        @Override
        int run(Screen screen) throws IOException {
            Tokenizer opened = open(tokenizer);
            screen.entry("kind", "%s", DataReport.kind(opened));
            screen.entry("tokens", "%s", Show.count(opened.vocabularySize()));
            opened.specialTokens()
                    .forEach((name, id) -> screen.entry("special", "%s = %d", name, id));
            return 0;
        }
    }
}
