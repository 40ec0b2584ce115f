package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Trains a ladder of sizes and fits a law of scaling.
@Command(
        name = "scaling",
        description = {
            "Trains models of several sizes on several numbers of tokens, fits the law"
                    + " L = E + A / N^alpha + B / D^beta to their losses, tests it on the largest"
                    + " run, which it has not seen, and says which size and how many tokens a"
                    + " budget is best spent on. Without --data the text is all of java.base.",
            ""
        },
        sortOptions = false)
final class ScalingCommand extends GptCommand {
    private static final String MODULE = "io.tornadogpt.scaling";

    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "ladder (default): five sizes of 10k to 1M parameters on 2.5M to 10M tokens,"
                            + " meant for about 45 minutes on two cores; ladder-tiny: to try it"
                            + " out.")
    private String preset = "ladder";

    @Mixin private TextOptions text = new TextOptions();

    @Option(
            names = "--sizes",
            paramLabel = "LxHxC,...",
            description = "Other sizes: layers, heads and width, as in 2x2x20,3x4x52,5x4x128.")
    private @Nullable String sizes;

    @Option(
            names = "--tokens",
            paramLabel = "N,...",
            description = "Other numbers of tokens, as in 2.5M,5M,10M.")
    private @Nullable String tokens;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting of all runs, such as train.batchSize=32; may be repeated.")
    private List<String> set = new ArrayList<>();

    @Option(
            names = "--budget-flops",
            paramLabel = "C",
            description = "Recommend a size and tokens for so many operations, as in 1e16.")
    private @Nullable Double budgetFlops;

    @Option(
            names = "--budget-hours",
            paramLabel = "H",
            description = "Recommend a size and tokens for so many hours of this machine.")
    private @Nullable Double budgetHours;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where to write (default: runs/scaling-NAME-DATE-TIME).")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Go on with the ladder in this directory; runs that are complete are not"
                            + " repeated. Of one that is done it prints the law again.")
    private @Nullable Path resume;

    /// The library that fits laws is no module, so it is not part of a linked image, and only asked
    /// for where it is needed.
    private static void requireScaling() {
        Module own = ScalingCommand.class.getModule();
        if (own.isNamed() && own.getLayer().findModule(MODULE).isEmpty()) {
            throw new UnsupportedOperationException(
                    "this gpt was started without the module %s; start it by the launcher of its folder, or with --add-modules %1$s"
                            .formatted(MODULE));
        }
    }

    @Override
    int run(Screen screen) throws IOException {
        if (resume != null && (text.given() || sizes != null || tokens != null || out != null)) {
            throw new IllegalArgumentException(
                    "--resume goes on with a ladder as it was begun; leave --data, --sizes,"
                            + " --tokens and --out out, or begin another one");
        }
        requireScaling();
        var session = new ScalingSession(screen, device, budgetFlops, budgetHours);
        return resume != null
                ? session.resume(resume)
                : session.begin(preset, sizes, tokens, set, text, out);
    }
}
