package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

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
        synopsisHeading = "Usage: ")
public final class Gpt implements Runnable {
    /// The command as it was typed, so that what is printed can be typed too.
    static final String COMMAND = System.getProperty("tornadogpt.command", "./gpt");

    /// Commands and what they are for, as the overview ends.
    private static final String[][] START = {
        {"train", "train a model on the JDK's Java sources"},
        {"train --data text.txt", "train a model on your own text"},
        {"example", "list short programs that use the library"},
        {"devices --ops", "test every operation on every device"},
        {"help COMMAND", "show all options of a command"}
    };

    private static final Map<String, String> EXIT_CODES = exitCodes();

    private static Map<String, String> exitCodes() {
        var codes = new LinkedHashMap<String, String>();
        codes.put("  0", "the command did what it was asked to do");
        codes.put(
                "  1",
                "the run failed: a damaged file, gradients that are not finite, a full disk");
        codes.put("  2", "the command was not understood: an unknown option, a value out of range");
        codes.put(
                "130",
                "stopped by Ctrl-C; a training run has saved its state and can be resumed (129 when"
                        + " the terminal was closed, 143 after kill)");
        codes.put("141", "the reader of standard output closed its pipe");
        return codes;
    }

    private static final List<Class<?>> COMMANDS =
            List.of(
                    TrainCommand.class,
                    SweepCommand.class,
                    ScalingCommand.class,
                    FinetuneCommand.class,
                    ClassifyCommand.class,
                    SampleCommand.class,
                    ChatCommand.class,
                    ServeCommand.class,
                    EvalCommand.class,
                    LogitsCommand.class,
                    EmbedCommand.class,
                    FillCommand.class,
                    ExportCommand.class,
                    MergeCommand.class,
                    QuantizeCommand.class,
                    ReportCommand.class,
                    DataCommand.class,
                    TokenizerCommand.class,
                    InfoCommand.class,
                    DownloadCommand.class,
                    SettingsCommand.class,
                    BenchCommand.class,
                    DevicesCommand.class,
                    CompletionCommand.class);

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
        Locale.setDefault(Locale.ROOT); // numbers are the same everywhere, in files and in names
        Console console = System.console();
        CommandLine command = commandLine(console != null && console.isTerminal(), args);
        var out = new StandardStream(FileDescriptor.out);
        command.setOut(writer(out, "stdout.encoding"));
        command.setErr(writer(new StandardStream(FileDescriptor.err), "stderr.encoding"));
        int exitCode = command.execute(args);
        System.exit(exitCode(command, exitCode, out));
    }

    /// The exit code of a command whose output may not have arrived.
    static int exitCode(CommandLine command, int exitCode, StandardStream out) {
        command.getOut().flush();
        IOException failure = out.failure();
        if (failure == null || exitCode != 0) {
            return exitCode;
        }
        if (out.isClosedPipe()) {
            return StandardStream.CLOSED_PIPE;
        }
        command.getErr()
                .printf(
                        "gpt: standard output could not be written (%s); free some space, or send"
                                + " it elsewhere%n",
                        failure.getMessage());
        return CommandLine.ExitCode.SOFTWARE;
    }

    /// The command with all that its commands have.
    static CommandLine complete() {
        return commandLine(
                false,
                COMMANDS.stream()
                        .map(type -> type.getAnnotation(Command.class).name())
                        .toArray(String[]::new));
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
        command.addSubcommand(
                "example",
                elsewhere("Lists short programs that use the library, or runs one of them."));
        command.addSubcommand(
                "kernel",
                elsewhere(
                        "Lists programs about single kernels, or runs one of them; on the emulator"
                                + " unless --device tornado is given."));
        command.addSubcommand(new HelpCommand());
        subcommand(command, "help")
                .getCommandSpec()
                .usageMessage()
                .description("Shows the options of a command.");
        describe(command.getCommandSpec().usageMessage());
        TokenizerCommand.takeTexts(subcommand(command, "tokenizer"));
        WholeWords.keep(command);
        return command.registerConverter(Path.class, Gpt::path)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false) // words are text, also those that begin with @
                .setPosixClusteredShortOptionsAllowed(false) // "-h b" is a text, and no -h
                .setParameterExceptionHandler(Failure::ofUsage)
                .setExecutionExceptionHandler(Failure::ofExecution);
    }

    private static CommandLine subcommand(CommandLine command, String name) {
        return Objects.requireNonNull(command.getSubcommands().get(name), name);
    }

    /// What the launcher starts, as it is a program of its own.
    private static CommandSpec elsewhere(String description) {
        CommandSpec other = CommandSpec.create();
        other.usageMessage().description(description);
        other.addPositional(PositionalParamSpec.builder().paramLabel("NAME").arity("0..*").build());
        return other;
    }

    /// Says at the end of the overview, and only there, what to begin with and what exit codes
    /// mean.
    private static void describe(UsageMessageSpec usage) {
        usage.footerHeading("%nStart here:%n");
        usage.footer(
                Stream.of(START)
                        .map(line -> "  %s %s%n      %s".formatted(COMMAND, line[0], line[1]))
                        .toArray(String[]::new));
        usage.exitCodeListHeading("%nExit codes:%n");
        usage.exitCodeList(EXIT_CODES);
    }

    /// A path; an empty one would be the folder that the command runs in, which nobody means.
    private static Path path(String value) {
        if (value.isEmpty()) {
            throw new TypeConversionException("it is empty; give a path");
        }
        return Path.of(value);
    }

    /// The terminal's encoding; UTF-8 where it is only said to be ASCII, as in most containers.
    private static PrintWriter writer(StandardStream stream, String property) {
        Charset charset = Charset.forName(System.getProperty(property, "UTF-8"));
        boolean ascii = charset.equals(StandardCharsets.US_ASCII);
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
