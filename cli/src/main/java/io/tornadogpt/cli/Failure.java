package io.tornadogpt.cli;

import io.tornadogpt.core.backend.DeviceException;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.sampler.InvalidLogitsException;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.parallel.MissingProcessException;
import io.tornadogpt.trainer.run.DamagedCheckpointException;
import io.tornadogpt.trainer.settings.NearNames;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What went wrong, as one sentence on standard error and an exit code.
///
/// @param message the sentence
/// @param exitCode 2 where the command was not understood, 1 where a run failed
/// @param expected whether the sentence says it all; otherwise the program is at fault
record Failure(String message, int exitCode, boolean expected) {

    /// picocli's handler for command lines that make no sense.
    static int ofUsage(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        String own = name.contains(" ") ? name.substring(name.indexOf(' ')) : "";
        err.printf("gpt: %s; %s%s --help lists the options%n", usageSentence(e), Gpt.COMMAND, own);
        return CommandLine.ExitCode.USAGE;
    }

    private static String usageSentence(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String argument = unmatched.getUnmatched().getFirst();
            var spec = e.getCommandLine().getCommandSpec();
            boolean option = argument.startsWith("-");
            List<String> known =
                    new ArrayList<>(
                            option ? spec.optionsMap().keySet() : spec.subcommands().keySet());
            String what = option ? "option" : known.isEmpty() ? "argument" : "command";
            List<String> near = NearNames.of(argument, known);
            return "there is no %s %s%s"
                    .formatted(
                            what,
                            BadFileException.quote(argument),
                            near.isEmpty()
                                    ? ""
                                    : " (did you mean " + String.join(" or ", near) + "?)");
        }
        String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return message.isEmpty()
                ? "the command cannot be understood"
                : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    /// picocli's handler for what a command throws.
    static int ofExecution(Exception e, CommandLine command, ParseResult parsed) {
        return print(e, command, "");
    }

    /// Prints what went wrong.
    ///
    /// @param prefix in front of the sentence
    /// @return the exit code
    static int print(Throwable e, CommandLine command, String prefix) {
        Failure failure = e instanceof OutOfMemoryError memory ? outOfMemory(memory) : of(e);
        boolean verbose =
                command.getCommandSpec().root().userObject() instanceof Gpt gpt && gpt.verbose();
        PrintWriter err = command.getErr();
        if (verbose) {
            e.printStackTrace(err);
        }
        err.println("gpt: " + prefix + failure.message);
        if (!failure.expected && !verbose) {
            err.println(
                    "gpt: this is a bug in gpt; run the command again with --verbose to see where");
        }
        return failure.exitCode;
    }

    static Failure of(Throwable e) {
        return switch (e) {
            case DamagedCheckpointException damaged ->
                    new Failure(
                            sentence(damaged)
                                    + damaged.older()
                                            .map(
                                                    older ->
                                                            " (%s train --resume %s)"
                                                                    .formatted(
                                                                            Gpt.COMMAND,
                                                                            Show.quoted(older)))
                                            .orElse(""),
                            1,
                            true);
            case BadFileException bad -> failed(bad);
            case TokenizerFormatException bad -> failed(bad);
            case DivergedException diverged ->
                    new Failure(
                            sentence(diverged)
                                    + diverged.checkpoint()
                                            .map(
                                                    path ->
                                                            " (%s train --init-from %s)"
                                                                    .formatted(
                                                                            Gpt.COMMAND,
                                                                            Show.quoted(path)))
                                            .orElse(""),
                            1,
                            true);
            case DeviceException device ->
                    new Failure(
                            sentence(device)
                                    + " (`%s devices --ops` shows what runs there, --verbose where it failed)"
                                            .formatted(Gpt.COMMAND),
                            1,
                            true);
            case InvalidLogitsException bad -> failed(bad);
            case MissingProcessException missing -> failed(missing);
            case StepRefusedException refused -> failed(refused);
            case IllegalArgumentException bad ->
                    new Failure(
                            sentence(bad), diskRefused(bad) ? 1 : CommandLine.ExitCode.USAGE, true);
            case UnsupportedOperationException refused -> failed(refused);
            case NoSuchFileException missing ->
                    new Failure(missing.getFile() + " does not exist; check the path", 1, true);
            case AccessDeniedException denied ->
                    new Failure(
                            denied.getFile() + ": permission denied; check owner and permissions",
                            1,
                            true);
            case FileAlreadyExistsException file ->
                    new Failure(
                            file.getFile()
                                    + " is a file where a folder has to be; give another path",
                            1,
                            true);
            case FileSystemException disk -> failed(disk);
            case IOException disk -> failed(disk);
            default -> new Failure(e.toString(), 1, false);
        };
    }

    /// For errors of the machine, which picocli does not hand on as exceptions.
    static Failure outOfMemory(OutOfMemoryError e) {
        String message = String.valueOf(e.getMessage());
        return new Failure(
                message.contains("direct buffer memory")
                        ? "Java's memory outside of its heap is full: %s; raise it with GPT_JAVA_OPTS=-XX:MaxDirectMemorySize=..., or lower train.batchSize"
                                .formatted(message)
                        : "Java's heap of %d MiB is full; raise it with GPT_JAVA_OPTS=-Xmx..., or lower train.batchSize"
                                .formatted(Runtime.getRuntime().maxMemory() >> 20),
                1,
                true);
    }

    /// Whether a value was refused because the disk refused what it asks for.
    private static boolean diskRefused(Throwable e) {
        Throwable cause = e.getCause();
        return cause instanceof FileSystemException || (cause != null && diskRefused(cause));
    }

    private static Failure failed(Exception e) {
        return new Failure(sentence(e), 1, true);
    }

    static String sentence(Exception e) {
        String message = e.getMessage();
        return message == null ? e.toString() : message.lines().findFirst().orElse(e.toString());
    }
}
