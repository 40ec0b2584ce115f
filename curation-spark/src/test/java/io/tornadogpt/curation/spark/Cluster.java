package io.tornadogpt.curation.spark;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A master of Spark and two workers, each a process of its own on this machine.
final class Cluster implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final long SECONDS = 120;

    private final Path folder;
    private final int port;
    private final Process master;
    private final List<Process> workers = new ArrayList<>();

    Cluster(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        Path jars = Files.createDirectories(folder.resolve("home/jars"));
        for (String entry : classPath()) {
            if (entry.endsWith(".jar")) {
                Path jar = Path.of(entry).toAbsolutePath();
                Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
            }
        }
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        master =
                start(
                        "master",
                        "org.apache.spark.deploy.master.Master",
                        "--host",
                        HOST,
                        "--port",
                        Integer.toString(port),
                        "--webui-port",
                        "0");
        awaitPort();
        for (int i = 0; i < 2; i++) {
            workers.add(
                    start(
                            "worker" + i,
                            "org.apache.spark.deploy.worker.Worker",
                            "--host",
                            HOST,
                            "--cores",
                            "1",
                            "--memory",
                            "1g",
                            "--webui-port",
                            "0",
                            "--work-dir",
                            folder.resolve("work" + i).toString(),
                            address()));
        }
        for (int i = 0; i < workers.size(); i++) {
            awaitLine(folder.resolve("worker" + i + ".log"), "Successfully registered");
        }
    }

    private static List<String> classPath() {
        return List.of(System.getProperty("java.class.path").split(File.pathSeparator));
    }

    /// What of the class path is no jar, and so does not lie in the folder of jars.
    static String folders() {
        return classPath().stream()
                .filter(entry -> !entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    String address() {
        return "spark://" + HOST + ":" + port;
    }

    private Process start(String name, String main, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-cp", folder.resolve("home/jars") + "/*", main));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", HOST);
        builder.redirectErrorStream(true);
        builder.redirectOutput(folder.resolve(name + ".log").toFile());
        return builder.start();
    }

    private void awaitPort() throws InterruptedException {
        for (int i = 0; i < 10 * SECONDS; i++) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(100); // not yet
            }
        }
        throw new IllegalStateException("the master did not come; see " + folder);
    }

    private void awaitLine(Path log, String text) throws IOException, InterruptedException {
        for (int i = 0; i < 10 * SECONDS; i++) {
            if (Files.readString(log).contains(text)) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException(log + " does not say: " + text);
    }

    /// Ends a worker and the process in which it runs tasks, as a machine that loses its power.
    void kill(int worker) {
        Process process = workers.get(worker);
        try (Stream<ProcessHandle> executors = process.descendants()) {
            List<ProcessHandle> all = executors.toList();
            if (all.isEmpty()) {
                throw new IllegalStateException("the worker runs nothing that could be killed");
            }
            process.destroyForcibly();
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Override
    public void close() {
        for (Process process : workers) {
            try (Stream<ProcessHandle> executors = process.descendants()) {
                executors.toList().forEach(ProcessHandle::destroyForcibly);
            }
            process.destroyForcibly().onExit().join();
        }
        master.destroyForcibly().onExit().join();
    }
}
