/**
 * Says in one sentence what to install where the newest JDK found is too old, or is one that writes
 * damaged files. Runs on Java 11.
 */
final class RequireJdk {

    private RequireJdk() {}

    public static void main(String[] args) {
        int required = Integer.parseInt(args[0]);
        Runtime.Version version = Runtime.version();
        int found = version.feature();
        if (found < required) {
            System.err.printf(
                    "TornadoGPT needs JDK %1$d, and the newest found here is %2$d: install Temurin"
                            + " %1$d (apt install temurin-%1$d-jdk, sdk install java %1$d-tem, or"
                            + " winget install EclipseAdoptium.Temurin.%1$d.JDK), or let"
                            + " JDK%1$d_HOME name its folder.%n",
                    required, found);
            System.exit(1);
        }
        // With the collector G1, which javac and jar run on, java.util.zip can then write damaged
        // data without a word.
        if (found == 25 && version.interim() == 0 && version.update() < 3) {
            System.err.printf(
                    "JDK %s can write damaged archives without a word (JDK-8377811), so TornadoGPT"
                        + " is not built with it: install 25.0.3 or later (apt install"
                        + " temurin-25-jdk, sdk install java 25-tem, or winget install"
                        + " EclipseAdoptium.Temurin.25.JDK), or let JDK25_HOME name its folder.%n",
                    version);
            System.exit(1);
        }
    }
}
