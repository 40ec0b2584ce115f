package io.tornadogpt.parallel;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How this process was started as one of several, which the launcher says in the environment. It
/// costs nothing to ask, and loads no MPI.
///
/// @param launcher in words
/// @param library names under which the MPI that belongs to it is loaded, the likeliest first
/// @param rank of this process
/// @param size how many there are
/// @param localRank number among those on the same machine, -1 where the launcher does not say
public record Launch(String launcher, List<String> library, int rank, int size, int localRank) {
    private static final List<String> OPEN_MPI =
            List.of("libmpi.so.40", "libmpi.so", "libmpi.dylib");
    private static final List<String> MPICH =
            List.of("libmpich.so.12", "libmpi.so.12", "libmpich.so");

    public Launch {
        library = List.copyOf(library);
    }

    /// Names the library to load in place of the usual ones.
    public static final String LIBRARY = "GPT_MPI_LIBRARY";

    /// The launch of this process; empty where it was started alone.
    public static Optional<Launch> ofThisProcess() {
        return of(System.getenv());
    }

    /// As an environment says it.
    ///
    /// @throws IllegalArgumentException where it says something else than numbers
    public static Optional<Launch> of(Map<String, String> environment) {
        if (environment.containsKey("OMPI_COMM_WORLD_SIZE")) {
            return launch(
                    environment,
                    "mpirun of Open MPI",
                    OPEN_MPI,
                    "OMPI_COMM_WORLD_RANK",
                    "OMPI_COMM_WORLD_SIZE",
                    "OMPI_COMM_WORLD_LOCAL_RANK");
        }
        boolean slurm = environment.containsKey("SLURM_STEP_NUM_TASKS");
        if (environment.containsKey("PMI_SIZE") && !slurm) {
            return launch(
                    environment,
                    "mpiexec of MPICH",
                    MPICH,
                    "PMI_RANK",
                    "PMI_SIZE",
                    "MPI_LOCALRANKID");
        }
        if (slurm && !"1".equals(environment.get("SLURM_STEP_NUM_TASKS"))) {
            boolean old = environment.containsKey("PMI_SIZE");
            return launch(
                    environment,
                    "srun",
                    old ? MPICH : OPEN_MPI,
                    "SLURM_PROCID",
                    "SLURM_STEP_NUM_TASKS",
                    "SLURM_LOCALID");
        }
        return Optional.empty();
    }

    private static Optional<Launch> launch(
            Map<String, String> environment,
            String launcher,
            List<String> usual,
            String rank,
            String size,
            String localRank) {
        String named = environment.get(LIBRARY);
        List<String> library = named == null || named.isEmpty() ? usual : List.of(named);
        return Optional.of(
                new Launch(
                        launcher,
                        library,
                        number(environment, rank),
                        number(environment, size),
                        environment.containsKey(localRank) ? number(environment, localRank) : -1));
    }

    private static int number(Map<String, String> environment, String name) {
        String value = environment.getOrDefault(name, "");
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "the environment says %s='%s', which is no number; start the processes with mpirun or srun"
                            .formatted(name, value),
                    e);
        }
    }
}
