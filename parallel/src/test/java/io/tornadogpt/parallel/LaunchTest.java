package io.tornadogpt.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;

/// What launchers say in the environment.
class LaunchTest {
    private static void assertLaunch(
            int rank, int size, int localRank, String launcher, Map<String, String> environment) {
        Launch launch = Launch.of(environment).orElseThrow();
        assertEquals(rank, launch.rank());
        assertEquals(size, launch.size());
        assertEquals(localRank, launch.localRank());
        assertEquals(launcher, launch.launcher());
    }

    @Test
    void aProcessThatWasStartedAloneIsNone() {
        assertEquals(Optional.empty(), Launch.of(Map.of("PATH", "/bin")));
        assertEquals(
                Optional.empty(),
                Launch.of(Map.of("SLURM_STEP_NUM_TASKS", "1", "SLURM_PROCID", "0")));
    }

    @Test
    void launchersSayTheRankAmongAllAndOnTheMachine() {
        assertLaunch(
                5,
                8,
                1,
                "mpirun of Open MPI",
                Map.of(
                        "OMPI_COMM_WORLD_SIZE", "8",
                        "OMPI_COMM_WORLD_RANK", "5",
                        "OMPI_COMM_WORLD_LOCAL_RANK", "1"));
        assertLaunch(
                5,
                8,
                1,
                "srun",
                Map.of(
                        "SLURM_STEP_NUM_TASKS", "8",
                        "SLURM_PROCID", "5",
                        "SLURM_LOCALID", "1"));
        assertLaunch(
                5,
                8,
                1,
                "mpiexec of MPICH",
                Map.of("PMI_SIZE", "8", "PMI_RANK", "5", "MPI_LOCALRANKID", "1"));
    }

    @Test
    void theRankOnTheMachineMayBeLeftOut() {
        assertLaunch(5, 8, -1, "mpiexec of MPICH", Map.of("PMI_SIZE", "8", "PMI_RANK", "5"));
    }

    @Test
    void whatIsNoNumberIsRefused() {
        var failure =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                Launch.of(
                                        Map.of(
                                                "OMPI_COMM_WORLD_SIZE", "two",
                                                "OMPI_COMM_WORLD_RANK", "0")));
        assertEquals(
                "the environment says OMPI_COMM_WORLD_SIZE='two', which is no number; start the"
                        + " processes with mpirun or srun",
                failure.getMessage());
    }
}
