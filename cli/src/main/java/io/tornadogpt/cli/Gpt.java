package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The `gpt` command.
@Command(
        name = "gpt",
        description = "Builds, trains and samples GPT language models.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        version = "gpt 0.1.0-SNAPSHOT",
        sortOptions = false,
        usageHelpAutoWidth = true,
        footerHeading = "%nStart here:%n",
        footer = {
            "  ./gpt train                      train a model on the JDK's Java sources",
            "  ./gpt train --data text.txt      train a model on your own text",
            "  ./gpt example                    short programs that use the library",
            "  ./gpt devices --ops              test every operation on every device",
            "  ./gpt COMMAND --help             all options of a command"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "  0:the command did what it was asked to do",
            "  1:the run failed: a damaged file, gradients that are not finite, a full disk",
            "  2:the command was not understood: an unknown option, a value out of range",
            "130:stopped by Ctrl-C; a training run has saved its state and can be resumed"
        })
public final class Gpt implements Runnable {
    /// How people call the command from a checkout; what is printed can be typed.
    static final String COMMAND = "./gpt";

    private static final List<Class<?>> COMMANDS =
            List.of(
                    TrainCommand.class,
                    SampleCommand.class,
                    ServeCommand.class,
                    EvalCommand.class,
                    LogitsCommand.class,
                    EmbedCommand.class,
                    FillCommand.class,
                    ExportCommand.class,
                    ReportCommand.class,
                    DataCommand.class,
                    TokenizerCommand.class,
                    InfoCommand.class,
                    BenchCommand.class,
                    DevicesCommand.class);

    private final boolean watched;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print stack traces of failures.")
    private boolean verbose;

    @Spec private @Nullable CommandSpec spec;

    /// @param watched whether a person at a terminal reads what is printed
    private Gpt(boolean watched) {
        this.watched = watched;
    }

    @SuppressWarnings("SystemConsoleNull") // a JDK may come without a console
    public static void main(String[] args) {
        Console console = System.console();
        CommandLine command = commandLine(console != null && console.isTerminal(), args);
        command.setOut(writer(FileDescriptor.out, "stdout.encoding"));
        command.setErr(writer(FileDescriptor.err, "stderr.encoding"));
        System.exit(command.execute(args));
    }

    /// The command, ready to be executed.
    ///
    /// Looking through a command's options takes picocli longer than most commands take to begin,
    /// so of commands that the arguments do not name it gets name and description only.
    static CommandLine commandLine(boolean watched, String... args) {
        var command = new CommandLine(new Gpt(watched));
        for (Class<?> type : COMMANDS) {
            Command named = type.getAnnotation(Command.class);
            if (List.of(args).contains(named.name())) {
                command.addSubcommand(type);
            } else {
                CommandSpec mentioned = CommandSpec.create();
                mentioned.usageMessage().description(named.description());
                command.addSubcommand(named.name(), mentioned);
            }
        }
        return command.registerConverter(Path.class, Gpt::path)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Failure::ofUsage)
                .setExecutionExceptionHandler(Failure::ofExecution);
    }

    /// A path; an empty one would be the folder that the command runs in, which nobody means.
    private static Path path(String value) {
        if (value.isEmpty()) {
            throw new TypeConversionException("it is empty; give a path");
        }
        return Path.of(value);
    }

    /// The terminal's encoding; UTF-8 where it is only said to be ASCII, as in most containers.
    private static PrintWriter writer(FileDescriptor descriptor, String property) {
        Charset charset = Charset.forName(System.getProperty(property, "UTF-8"));
        boolean ascii = charset.equals(StandardCharsets.US_ASCII);
        var stream = new FileOutputStream(descriptor);
        return new PrintWriter(stream, true, ascii ? StandardCharsets.UTF_8 : charset);
    }

    boolean watched() {
        return watched;
    }

    boolean verbose() {
        return verbose;
    }

    @Override
    public void run() {
        CommandLine command = Objects.requireNonNull(spec, "filled in by picocli").commandLine();
        command.usage(command.getOut());
    }
}
