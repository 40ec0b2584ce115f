package io.tornadogpt.cli;

import io.tornadogpt.hub.Hub;
import io.tornadogpt.hub.HubCache;
import io.tornadogpt.hub.HubSettings;
import io.tornadogpt.hub.RepositoryName;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/// Fetches a model from a hub.
@Command(
        name = "download",
        description = {
            "Fetches a model from the Hugging Face hub into its cache: weights in safetensors,"
                + " configuration and tokenizer. Afterwards `--model NAME` opens it. HF_ENDPOINT,"
                + " HF_HOME, HF_TOKEN and HF_HUB_OFFLINE have the same meaning as for"
                + " huggingface_hub.",
            ""
        },
        sortOptions = false)
final class DownloadCommand extends GptCommand {
    private static final String MAIN = "main";

    @Parameters(
            paramLabel = "NAME",
            description = "The model's name, such as openai-community/gpt2.")
    private @Nullable String name;

    @Option(
            names = "--revision",
            paramLabel = "R",
            defaultValue = MAIN,
            description = "A branch, a tag or a commit (default: ${DEFAULT-VALUE}).")
    private String revision = MAIN;

    /// A model of that name in the cache.
    static Optional<Path> cached(String name) throws IOException {
        if (!RepositoryName.isOne(name)) {
            return Optional.empty();
        }
        return new HubCache(settings().cache()).find(new RepositoryName(name), MAIN);
    }

    private static HubSettings settings() throws IOException {
        String home = System.getenv("HOME");
        return HubSettings.of(
                System.getenv(), Path.of(home == null ? System.getProperty("user.home") : home));
    }

    @Override
    int run(Screen screen) throws IOException {
        var repository = new RepositoryName(Objects.requireNonNull(name));
        HubSettings settings = settings();
        screen.entry("model", "%s from %s", repository, settings.endpoint());
        Path folder =
                new Hub(settings)
                        .download(
                                repository,
                                revision,
                                new Hub.Progress() {
                                    @Override
                                    public void begins(int files, long bytes) {
                                        screen.entry(
                                                "",
                                                files == 0
                                                        ? "all files are in the cache"
                                                        : "%d files to fetch, %s bytes",
                                                files,
                                                Show.count(bytes));
                                    }

                                    @Override
                                    public void received(String file, long bytes, long size) {
                                        screen.status(
                                                "%s: %d %% of %s bytes"
                                                        .formatted(
                                                                file,
                                                                100 * bytes / Math.max(1, size),
                                                                Show.count(size)));
                                    }
                                });
        screen.entry("output", "%s", folder);
        String model = revision.equals(MAIN) ? repository.text() : Show.quoted(folder);
        screen.entry("try", "%s sample --model %s", Gpt.COMMAND, model);
        return 0;
    }
}
