/** Says in one sentence what to install where the newest JDK found is too old. Runs on Java 11. */
final class RequireJdk {

    private RequireJdk() {}

    public static void main(String[] args) {
        int required = Integer.parseInt(args[0]);
        int found = Runtime.version().feature();
        if (found < required) {
            System.err.printf(
                    "TornadoGPT needs JDK %1$d, and the newest found here is %2$d: install Temurin"
                        + " %1$d (apt install temurin-%1$d-jdk, sdk install java %1$d-tem, or"
                        + " winget install EclipseAdoptium.Temurin.%1$d.JDK), or let JDK%1$d_HOME"
                        + " name its folder.%n",
                    required, found);
            System.exit(1);
        }
    }
}
