package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Curates a corpus, and shows what that left.
final class CurateCommand {
    private CurateCommand() {}

    /// The libraries that curation needs are no modules, so it is not part of a linked image, and
    /// only asked for where a command needs it.
    private static void requireCuration() {
        Module own = CurateCommand.class.getModule();
        boolean there =
                !own.isNamed() || own.getLayer().findModule("io.tornadogpt.curation").isPresent();
        if (!there) {
            throw new UnsupportedOperationException(
                    "this gpt was started without the module io.tornadogpt.curation; start it by"
                            + " the launcher of its folder, or with --add-modules"
                            + " io.tornadogpt.curation");
        }
    }

    /// Curates.
    @Command(
            name = "curate",
            description = {
                "Turns files of many kinds into clean shards: repairs texts, applies quality rules,"
                        + " takes out private data and duplicates, and puts a part aside. Every"
                        + " removed document is listed with its reason.",
                ""
            },
            sortOptions = false)
    static final class Curate extends GptCommand {
        @Option(
                names = "--in",
                required = true,
                arity = "1..*",
                paramLabel = "PATH",
                description =
                        "Files and folders: text, Markdown, source code, HTML, JSONL, CSV, TSV,"
                                + " Parquet, WARC, mbox; compressed by gzip or zstd too.")
        private List<Path> inputs = new ArrayList<>();

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description =
                        "A new folder. The same command goes on where it was stopped or killed.")
        private @Nullable Path out;

        @Option(
                names = "--recipe",
                defaultValue = "default",
                paramLabel = "FILE|NAME",
                description =
                        "default, code (without the rules for prose), light (no near duplicates"
                                + " either), or a file of JSON.")
        private @Nullable String recipe;

        @Option(
                names = "--set",
                paramLabel = "STEP.KEY=VALUE",
                description =
                        "One setting of the recipe, such as gopherQuality.minWords=20; may be"
                                + " repeated.")
        private List<String> set = new ArrayList<>();

        @Option(
                names = "--keep-removed",
                paramLabel = "DIR",
                description =
                        "Writes the texts that were removed to this folder, outside of --out.")
        private @Nullable Path keepRemoved;

        @Option(
                names = "--engine",
                defaultValue = "local",
                paramLabel = "ENGINE",
                description =
                        "local (default): this machine. spark, or spark:MASTER such as"
                                + " spark:local[4]: Apache Spark, where curation-spark is built.")
        private @Nullable String engine;

        @Option(
                names = "--threads",
                paramLabel = "N",
                description = "Threads that judge documents (default: one for each core).")
        private @Nullable Integer threads;

        @Override
        int run(Screen screen) throws Exception {
            requireCuration();
            int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
            var session =
                    new CurationSession(screen, inputs, Objects.requireNonNull(out), keepRemoved);
            return session.run(
                    Objects.requireNonNull(recipe), set, Objects.requireNonNull(engine), count);
        }
    }

    /// Looks at some documents.
    @Command(
            name = "look",
            description = {
                "Shows random documents of a curated folder, with what was done to them.",
                ""
            },
            sortOptions = false)
    static final class Look extends GptCommand {
        @Parameters(paramLabel = "DIR", description = "What `data curate` wrote as --out.")
        private @Nullable Path folder;

        @Option(
                names = "--count",
                defaultValue = "5",
                paramLabel = "N",
                description = "How many documents to show (default: 5).")
        private int count;

        @Option(
                names = "--seed",
                paramLabel = "N",
                description = "Shows the same documents again (default: others each time).")
        private @Nullable Long seed;

        @Option(
                names = "--part",
                defaultValue = "train",
                paramLabel = "PART",
                description = "train (default), heldout, or removed, which has no texts.")
        private @Nullable String part;

        @Override
        int run(Screen screen) throws Exception {
            requireCuration();
            if (count < 1) {
                throw new IllegalArgumentException(
                        "--count is %d; give a number of documents, 1 or more".formatted(count));
            }
            long chosen = seed == null ? System.nanoTime() : seed;
            new CurationLook(screen, Objects.requireNonNull(folder), Objects.requireNonNull(part))
                    .show(count, chosen);
            return 0;
        }
    }

    /// Compares runs.
    @Command(
            name = "compare",
            description = {
                "Writes a page that compares what several runs of `data curate` removed.",
                ""
            },
            sortOptions = false)
    static final class Compare extends GptCommand {
        @Parameters(
                arity = "2..*",
                paramLabel = "DIR",
                description = "What `data curate` wrote as --out.")
        private List<Path> folders = new ArrayList<>();

        @Option(
                names = "--out",
                required = true,
                paramLabel = "FILE",
                description = "The page, such as compared.html.")
        private @Nullable Path out;

        @Override
        int run(Screen screen) throws Exception {
            requireCuration();
            CurationLook.compare(screen, folders, OutputPath.file(Objects.requireNonNull(out)));
            return 0;
        }
    }
}
