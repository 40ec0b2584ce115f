package io.tornadogpt.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;

class ProfileTest {
    private final Profile profile =
            new Profile(
                    24,
                    90_000_000,
                    20_000_000,
                    4_000_000,
                    10_000_000,
                    50_000_000,
                    3 << 20,
                    List.of());

    @Test
    void aStepIsToldWithoutWhatHappensOnce() {
        assertEquals(
                "20.0 ms a step: 10.0 in kernels, 5.0 in transfers, 5.0 in between; 12 launches",
                profile.perStep("step", 2));
    }

    @Test
    void whatHappensOnceIsToldApart() {
        assertEquals(
                "50 ms to compile, 10 ms to bring 3.0 MiB to the device, 20 ms in kernels,"
                        + " 4 of them to fill memory with zeros",
                profile.once());
    }
}
