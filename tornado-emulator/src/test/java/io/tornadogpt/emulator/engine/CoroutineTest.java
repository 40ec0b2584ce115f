package io.tornadogpt.emulator.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

@Timeout(value = 60, unit = SECONDS)
class CoroutineTest {

    static List<Function<Runnable, Coroutine>> makers() {
        return List.of(Coroutine::of, Coroutine::threaded);
    }

    @ParameterizedTest
    @MethodSource("makers")
    void workStopsAndGoesOnWhereItStopped(Function<Runnable, Coroutine> maker) {
        List<String> log = new ArrayList<>();
        List<Coroutine> two = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int me = i;
            two.add(
                    maker.apply(
                            () -> {
                                log.add(me + " begins");
                                two.get(me).stop();
                                log.add(me + " goes on");
                                two.get(me).stop();
                                log.add(me + " ends");
                            }));
        }
        for (int round = 0; round < 3; round++) {
            two.forEach(Coroutine::resume);
        }
        assertEquals(
                List.of("0 begins", "1 begins", "0 goes on", "1 goes on", "0 ends", "1 ends"), log);
    }
}
