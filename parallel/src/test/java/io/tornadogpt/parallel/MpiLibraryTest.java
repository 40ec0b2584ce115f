package io.tornadogpt.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.util.List;

/// Libraries that cannot be used are named.
class MpiLibraryTest {
    private static String refusal(String... names) {
        var launch = new Launch("mpirun of Open MPI", List.of(names), 0, 2, -1);
        return assertThrows(IllegalArgumentException.class, () -> MpiLibrary.load(launch))
                .getMessage();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryOfSomethingElseIsRefused() {
        assertEquals(
                "libc.so.6 is no MPI library: it has no MPI_Init_thread; let GPT_MPI_LIBRARY name"
                        + " Open MPI's or MPICH's",
                refusal("libnone.so", "libc.so.6"));
    }

    @Test
    void aMissingLibraryIsNamedWithTheLauncherThatWantsIt() {
        assertEquals(
                "mpirun of Open MPI started this process as one of 2, but no MPI library was found"
                        + " (libnone.so, libother.so); install one, on Debian with apt-get install"
                        + " openmpi-bin libopenmpi3, or let GPT_MPI_LIBRARY name it",
                refusal("libnone.so", "libother.so"));
    }
}
