package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TokenFile;
import io.tornadogpt.trainer.data.TokenFileInfo;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/// Makes and looks at token files, and curates what they are made from.
@Command(
        name = "data",
        description = "Curates text, makes token files from it and describes them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DataCommand.Prepare.class,
            DataCommand.Info.class,
            CurateCommand.Curate.class,
            CurateCommand.Look.class,
            CurateCommand.Compare.class
        })
final class DataCommand extends GptCommand {
    @Override
    int run(Screen screen) {
        throw new IllegalArgumentException(
                "data needs a command: prepare, info, curate, look or compare; %s data --help says more"
                        .formatted(Gpt.COMMAND));
    }

    /// Encodes text.
    @Command(
            name = "prepare",
            description = {
                "Encodes text into train.bin (the first 90 %% of its characters) and val.bin, with"
                        + " the tokenizer beside them. Give the folder to `train --data`.",
                ""
            },
            sortOptions = false)
    static final class Prepare extends GptCommand {
        @Option(
                names = "--data",
                required = true,
                paramLabel = "PATH",
                description = "A text file, a folder of text files, or a zip of them.")
        private @Nullable Path data;

        @Option(
                names = "--tokenizer",
                defaultValue = "char",
                paramLabel = "T",
                description =
                        "char (default), bpe:N, wordpiece:N, unigram:N, spbpe:N, gpt2, or the path"
                                + " of one.")
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
            return together(screen, this::prepare);
        }

        private int prepare(Team team) throws IOException {
            DataChoice source = team.all(this::source);
            Path named = Objects.requireNonNull(out);
            Path target = team.all(() -> OutputPath.unused(named));
            team.requireSame(
                    Map.of(
                            "data", source.path().toString(),
                            "tokenizer", String.valueOf(tokenizer),
                            "documents", source.documents().toString(),
                            "output", target.toAbsolutePath().normalize().toString()));
            Screen screen = team.screen();
            screen.entry("data", "%s", source.path());
            team.leaderFirst(() -> write(team, source, target), () -> target);
            screen.entry("output", "%s", named);
            screen.entry("try", "%s train --data %s", Gpt.COMMAND, named);
            return 0;
        }

        private DataChoice source() {
            TokenizerChoice choice = TokenizerChoice.parse(Objects.requireNonNull(tokenizer));
            return new DataChoice(Objects.requireNonNull(data), choice, documents.documents());
        }

        private static Path write(Team team, DataChoice source, Path target) throws IOException {
            var report = new DataReport(team.screen());
            try (var folder = AtomicDirectory.begin(target)) {
                try (TrainingData tokens =
                        source.prepare(folder.path(), true, report, team.encoder())) {
                    report.tokens(tokens);
                }
                folder.commit();
            }
            return target;
        }
    }

    /// Looks at a token file.
    @Command(
            name = "info",
            description = {"Describes a token file and checks it.", ""},
            sortOptions = false)
    static final class Info extends GptCommand {
        @Parameters(paramLabel = "FILE", description = "A token file.")
        private @Nullable Path file;

        @Override
        int run(Screen screen) throws IOException {
            try (TokenFile tokens = TokenFile.open(Objects.requireNonNull(file))) {
                TokenFileInfo info = tokens.info();
                screen.entry("file", "%s", tokens.path());
                screen.entry("format", "%s", tokens.format().description());
                screen.entry("tokens", "%s", Show.count(tokens.count()));
                screen.entry("largest", "%s", Show.count(tokens.largestId()));
                if (info == null) {
                    screen.entry("made by", "unknown: the token file has no side file");
                    return 0;
                }
                screen.entry("made by", "%s", info.tokenizer());
                if (info.textBytes() != null) {
                    screen.entry("text", "%s bytes of UTF-8", Show.count(info.textBytes()));
                }
                screen.entry("sha256", "%s, matches the file", info.sha256().hex());
            }
            return 0;
        }
    }
}
