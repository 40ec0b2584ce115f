package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Which device each of several processes on one machine takes.
class LocalDeviceTest {
    private static final List<String> TWO = List.of("opencl:1", "opencl:3");

    @Test
    void eachProcessTakesAnotherDevice() {
        assertEquals("tornado:opencl:1", LocalDevice.of("tornado", 0, TWO));
        assertEquals("tornado:opencl:3", LocalDevice.of("tornado", 1, TWO));
        assertEquals("tornado:opencl:3", LocalDevice.of("tornado:opencl", 1, TWO));
    }

    @Test
    void moreProcessesThanDevicesTakeTurns() {
        assertEquals("tornado:opencl:1", LocalDevice.of("tornado", 2, TWO));
        assertEquals("tornado:opencl:3", LocalDevice.of("tornado", 5, TWO));
    }

    @Test
    void aDeviceThatIsNamedByItsNumberIsTaken() {
        assertEquals("tornado:opencl:0", LocalDevice.of("tornado:opencl:0", 1, TWO));
    }

    /// A scheduler that hands each process a device of its own lets it see no other.
    @Test
    void whereThereIsNoChoiceTheDeviceStaysAsItIsNamed() {
        assertEquals("cpu", LocalDevice.of("cpu", 3, List.of()));
        assertEquals("tornado", LocalDevice.of("tornado", 3, List.of("opencl:0")));
    }
}
