package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;

/// One of the commands of [Gpt].
abstract class GptCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    /// Does what the command is for.
    ///
    /// @return the exit code
    abstract int run(Screen screen) throws Exception;

    /// Runs in all processes that were started for the command, as a rule one.
    int together(Screen screen, Team.Body body) throws IOException {
        return Team.run(
                screen,
                (failure, prefix) -> {
                    CommandSpec own = Objects.requireNonNull(spec, "filled in by picocli");
                    return Failure.print(failure, own.commandLine(), prefix);
                },
                body);
    }

    @Override
    public final Integer call() throws Exception {
        CommandSpec own = Objects.requireNonNull(spec, "filled in by picocli");
        boolean watched = own.root().userObject() instanceof Gpt gpt && gpt.watched();
        var command = own.commandLine();
        var screen = new Screen(command.getOut(), command.getErr(), watched);
        try {
            return run(screen);
        } catch (OutOfMemoryError e) {
            screen.error(Failure.outOfMemory(e).message());
            return 1;
        } finally {
            screen.close();
        }
    }
}
