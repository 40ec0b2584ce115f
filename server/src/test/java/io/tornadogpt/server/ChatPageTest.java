package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The page to chat on, in a Chromium where there is one.
@Timeout(180)
class ChatPageTest {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String IDLE = "document.getElementById('stop').hidden";
    private static final String ANSWERS =
            "[...document.querySelectorAll('.message.assistant .body')].map(e => e.innerText)";

    @TempDir(cleanup = CleanupMode.NEVER) // Chromium writes to it until it has ended
    private Path profile;

    @Test
    void filesOfThePageAreServedWithAPolicyThatLoadsNothingElse() throws Exception {
        try (Server server = start(Duration.ZERO);
                var client = new TestClient(server)) {
            for (String path :
                    List.of(
                            "/",
                            "/page.css",
                            "/page.js",
                            "/markdown.js",
                            "/marked.js",
                            "/purify.js")) {
                TestClient.Answer file = client.get(path);
                assertEquals(200, file.status(), path);
                String policy =
                        file.response()
                                .headers()
                                .firstValue("Content-Security-Policy")
                                .orElseThrow();
                assertTrue(policy.startsWith("default-src 'none'; script-src 'self';"), policy);
                assertFalse(policy.contains("unsafe"), policy);
                assertFalse(path.endsWith(".html") && file.body().contains("http"), path);
            }
            assertEquals(405, client.post("/", "{}").status());
        }
    }

    private static Server start(Duration step) throws Exception {
        return Server.start(
                ServerSettings.DEFAULT.withPort(0),
                List.of(TestModel.slow(TestModel.settings(), step)));
    }

    @Test
    void conversationOfThreeTurnsIsHeldStoppedEditedAndKept() throws Exception {
        Optional<Path> program = Browser.find();
        if (program.isEmpty()) {
            System.out.println("skipped: no Chromium is on the PATH");
        }
        assumeTrue(program.isPresent());
        try (Server server = start(Duration.ofMillis(10));
                var browser = new Browser(program.orElseThrow(), profile)) {
            String url = "http://127.0.0.1:" + server.address().getPort() + "/";
            browser.open(url);
            browser.await("document.getElementById('model').textContent === 'tiny'");
            browser.evaluate(
                    "localStorage.setItem('tornadogpt.settings', JSON.stringify({maxTokens: 30}))");
            browser.open(url);
            browser.await("document.getElementById('model').textContent === 'tiny'");
            holdThreeTurns(browser);
            regenerate(browser);
            stop(browser);
            edit(browser);
            browser.open(url);
            browser.await("document.querySelectorAll('.message').length === 2");
            assertEquals(
                    "another beginning",
                    browser.evaluate("document.querySelector('.message.user .body').innerText")
                            .asText());
            changeSettings(browser);
            showNothingThatActs(browser);
            takePictures(browser);
            assertEquals(List.of(), browser.complaints());
            for (String request : browser.requests()) {
                assertTrue(
                        request.startsWith(url)
                                || request.startsWith("data:")
                                || request.startsWith("about:"),
                        request);
            }
        }
    }

    private static void say(Browser browser, String text) throws Exception {
        browser.evaluate("document.getElementById('text').focus()");
        browser.type(text);
        browser.press("Enter", 13);
    }

    private static void holdThreeTurns(Browser browser) throws Exception {
        for (int turn = 1; turn <= 3; turn++) {
            say(browser, "turn " + turn);
            int count = 2 * turn;
            browser.await(
                    "document.querySelectorAll('.message').length === %d && %s"
                            .formatted(count, IDLE));
            String speed =
                    browser.evaluate(
                                    "document.querySelector('.message:last-child"
                                            + " .speed').innerText")
                            .asText();
            // No speed is shown where the whole answer arrived within a millisecond.
            assertTrue(
                    speed.matches("30 tokens(, [0-9.]+ tokens/s)?, ended at the longest length"),
                    speed);
        }
        assertEquals(3, browser.evaluate(ANSWERS).size());
    }

    private static void regenerate(Browser browser) throws Exception {
        JsonNode before = browser.evaluate(ANSWERS);
        browser.evaluate("document.querySelector('.regenerate').click()");
        browser.await("!" + IDLE);
        browser.await(IDLE);
        JsonNode after = browser.evaluate(ANSWERS);
        assertEquals(before.get(0), after.get(0));
        assertEquals(3, after.size());
        assertNotEquals(before.get(2), after.get(2));
    }

    private static void stop(Browser browser) throws Exception {
        say(browser, "a fourth, which is stopped");
        browser.await("!" + IDLE);
        browser.await("document.querySelector('.message:last-child .body').innerText.length > 3");
        browser.press("Escape", 27);
        browser.await(IDLE);
        String foot =
                browser.evaluate("document.querySelector('.message:last-child .speed').innerText")
                        .asText();
        assertTrue(foot.endsWith("stopped"), foot);
        assertFalse(foot.startsWith("30 tokens"), foot);
    }

    /// Editing the first message begins the conversation anew from there.
    private static void edit(Browser browser) throws Exception {
        browser.evaluate("document.querySelector('.edit-message').click()");
        browser.await("document.activeElement.closest('.edit') !== null");
        browser.evaluate("document.activeElement.select()");
        browser.type("another beginning");
        browser.press("Enter", 13);
        browser.await("document.querySelectorAll('.message').length === 2 && " + IDLE);
    }

    private static void changeSettings(Browser browser) throws Exception {
        browser.evaluate("document.getElementById('open-settings').click()");
        browser.await("document.getElementById('settings').open");
        browser.evaluate(
                "const f = document.querySelector('#settings form').elements;"
                        + " f.system.value = 'You are a poet.'; f.maxTokens.value = '5';"
                        + " f.temperature.value = '0';"
                        + " document.querySelector('#settings .actions button').click()");
        browser.await("!document.getElementById('settings').open");
        say(browser, "short");
        browser.await("document.querySelectorAll('.message').length === 4 && " + IDLE);
        int tokens =
                browser.evaluate(
                                "parseInt(document.querySelector('.message:last-child .speed')"
                                        + "?.innerText ?? '0')")
                        .asInt();
        assertTrue(tokens <= 5, tokens + " tokens"); // the model may end sooner
        assertEquals(
                "You are a poet.",
                browser.evaluate(
                                "JSON.parse(localStorage.getItem('tornadogpt.conversations'))[0]"
                                        + ".system")
                        .asText());
    }

    private static void showNothingThatActs(Browser browser) throws Exception {
        String text =
                """
                <script>window.bad = 1</script><img src=x onerror='window.bad = 2'>
                ![a picture](http://evil.example/a.png) [click](javascript:window.bad=3)
                <a href='http://x' onclick='window.bad=4' style='color:red'>x</a> [good](https://good.example/) **bold**

                | a | b |
                | --- | --- |
                | 1 | `c` |

                ```js
                <b>code</b>
                ```
                """;
        JsonNode shown =
                browser.evaluate(
                        "(async () => { const {show} = await import('/markdown.js'); const e ="
                            + " document.createElement('div'); document.body.append(e); show(e, "
                                + TestClient.JSON.writeValueAsString(text)
                                + "); await new Promise(r => setTimeout(r, 200)); const result ="
                                + " {tags: [...new Set([...e.querySelectorAll('*')].map(x =>"
                                + " x.tagName))].sort().join(' '), links:"
                                + " [...e.querySelectorAll('a')].map(a => a.getAttribute('href') +"
                                + " ' ' + a.rel), attributes:"
                                + " [...e.querySelectorAll('[style],[onclick],[src]')].length,"
                                + " text: e.innerText, bad: window.bad ?? 0}; e.remove(); return"
                                + " result; })()");
        assertEquals(0, shown.path("bad").asInt());
        assertEquals(0, shown.path("attributes").asInt());
        assertEquals(
                "A BR CODE P PRE STRONG TABLE TBODY TD TH THEAD TR", shown.path("tags").asText());
        assertEquals(
                "[\"http://evil.example/a.png noopener noreferrer nofollow\",\"null noopener"
                        + " noreferrer nofollow\",\"https://good.example/ noopener noreferrer"
                        + " nofollow\"]",
                shown.path("links").toString());
        assertTrue(shown.path("text").asText().contains("<script>window.bad = 1</script>"));
    }

    private static void takePictures(Browser browser) throws Exception {
        for (String scheme : List.of("light", "dark")) {
            browser.screenshot(
                    SCREENSHOTS.resolve("desktop-" + scheme + ".png"), 1280, 800, false, scheme);
            browser.screenshot(
                    SCREENSHOTS.resolve("phone-" + scheme + ".png"), 390, 844, true, scheme);
            assertTrue(
                    browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
                            .asBoolean(),
                    "nothing is wider than a phone");
        }
        browser.evaluate("document.getElementById('open-sidebar').click()");
        browser.screenshot(SCREENSHOTS.resolve("phone-sidebar.png"), 390, 844, true, "light");
        browser.press("Escape", 27);
        browser.evaluate("document.getElementById('open-settings').click()");
        browser.screenshot(SCREENSHOTS.resolve("phone-settings.png"), 390, 844, true, "dark");
        browser.screenshot(SCREENSHOTS.resolve("desktop-settings.png"), 1280, 800, false, "light");
    }
}
