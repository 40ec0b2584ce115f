package io.tornadogpt.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Another process that serves a [PacedJob]. It rests between bursts.
public final class PacedProcess implements AutoCloseable {
    private final String name;
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;
    private final Path errors;
    private final Job.Facts facts;

    private PacedProcess(String name, Process process, Path errors) throws IOException {
        this.name = name;
        this.process = process;
        this.errors = errors;
        requests = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        answers =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        facts = answer(Job.Facts.class);
    }

    /// Starts a process and waits until its job is ready.
    ///
    /// @param name what it is called in messages
    /// @throws IllegalArgumentException where it ends instead, with what it said last
    public static PacedProcess start(String name, List<String> command) throws IOException {
        Path errors = Files.createTempFile("gpt-bench", ".err");
        Process process = null;
        try {
            process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
            return new PacedProcess(name, process, errors);
        } catch (Throwable failure) {
            if (process != null) {
                process.destroy();
            }
            Files.delete(errors);
            throw failure;
        }
    }

    public String name() {
        return name;
    }

    public Job.Facts facts() {
        return facts;
    }

    /// Has the job done for a while.
    public Burst burst(double seconds, int most) throws IOException {
        requests.write(new PacedJob.Request(seconds, most) + "\n");
        requests.flush();
        return answer(Burst.class);
    }

    private <T> T answer(Class<T> type) throws IOException {
        String line = answers.readLine();
        if (line == null) {
            List<String> said = Files.readAllLines(errors);
            throw new IllegalArgumentException(
                    "%s ended before it was measured%s"
                            .formatted(name, said.isEmpty() ? "" : ": " + said.getLast()));
        }
        return PacedJob.JSON.readValue(line, type);
    }

    /// Ends the process.
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroy();
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(errors);
    }
}
