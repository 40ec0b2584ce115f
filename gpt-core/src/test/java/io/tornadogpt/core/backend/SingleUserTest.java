package io.tornadogpt.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

class SingleUserTest {
    private final SingleUser user = new SingleUser("this session");

    @Test
    void secondThreadIsRefusedByNameUntilTheFirstIsDone() throws Exception {
        var entered = new CountDownLatch(1);
        var leave = new CountDownLatch(1);
        Thread first =
                Thread.ofPlatform()
                        .name("first")
                        .start(
                                () -> {
                                    user.enter();
                                    entered.countDown();
                                    try {
                                        leave.await();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    } finally {
                                        user.leave();
                                    }
                                });
        entered.await();
        var refusal = new CompletableFuture<String>();
        Thread second =
                Thread.ofPlatform()
                        .name("second")
                        .start(
                                () ->
                                        refusal.complete(
                                                assertThrows(
                                                                IllegalStateException.class,
                                                                user::enter)
                                                        .getMessage()));
        second.join();
        assertEquals(
                "this session is in use by thread 'first', and thread 'second' cannot use it at the"
                        + " same time; open one for each thread, or let threads take turns",
                refusal.get());
        leave.countDown();
        first.join();
        user.enter();
        user.leave();
    }

    @Test
    void callFromWithinIsRefusedToo() {
        user.enter();
        String message = assertThrows(IllegalStateException.class, user::enter).getMessage();
        assertEquals(true, message.contains("a call from within cannot"), message);
    }
}
