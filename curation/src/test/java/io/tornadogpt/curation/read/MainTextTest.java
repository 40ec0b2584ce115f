package io.tornadogpt.curation.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MainTextTest {
    @Test
    void navigationAndItsKindGo() {
        String page =
                """
                <html><head><title>Rivers</title><style>p{}</style></head><body>
                <div class="top-nav"><ul><li><a href="/">Home</a><li><a href="/a">About us</a></ul></div>
                <header role="banner">The Daily Water</header>
                <div id="content"><h1>Rivers of the north</h1>
                <p>A river begins where water gathers, and it ends in a <a href="sea">sea</a> or a lake.</p>
                <ul><li>The first one is long and flows through three countries.</li>
                <li>The second one is short and does not even leave its valley.</li></ul>
                <p><a href="1">Ten tips</a> <a href="2">Nine tricks</a> <a href="3">Eight hints</a></p>
                <pre>  code
                    stays</pre></div>
                <div class="cookie-banner"><p>We use cookies to make this page better for you, our reader.</p></div>
                <footer>Copyright 2024, all rights of this page are reserved by its owners.</footer>
                <script>var x = "<p>no text of the page</p>";</script>
                </body></html>
                """;
        MainText main = MainText.of(page);
        assertEquals("Rivers", main.title());
        assertEquals(
                """
                Rivers of the north

                A river begins where water gathers, and it ends in a sea or a lake.

                The first one is long and flows through three countries.
                The second one is short and does not even leave its valley.

                  code
                    stays\
                """,
                main.text());
    }

    @Test
    void anyDepthOfElementsIsRead() {
        String page =
                "<div>".repeat(20_000)
                        + "<p>Deep down there is one sentence with more than ten words in it.</p>";
        assertTrue(MainText.of(page).text().contains("Deep down"));
    }
}
