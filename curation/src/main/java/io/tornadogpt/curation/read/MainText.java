package io.tornadogpt.curation.read;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeTraversor;
import org.jsoup.select.NodeVisitor;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// What a page says, without what leads to other pages.
///
/// Elements that are navigation by their tag, role, class or id are left out. Of the rest each
/// block is judged by its share of characters in links and by its length, as by Kohlschütter et al.
/// (2010, "Boilerplate Detection using Shallow Text Features"): blocks mostly of links go, and
/// short ones go with their neighbours. A heading stays with what follows it.
///
/// @param title the page's title
/// @param text one paragraph or heading a block, with an empty line between them
public record MainText(String title, String text) {
    private static final Set<String> LEFT_OUT =
            Set.of(
                    "script",
                    "style",
                    "noscript",
                    "template",
                    "nav",
                    "footer",
                    "aside",
                    "form",
                    "button",
                    "select",
                    "svg",
                    "iframe",
                    "object",
                    "head",
                    "dialog",
                    "menu");
    private static final Set<String> BLOCKS =
            Set.of(
                    "p",
                    "div",
                    "section",
                    "article",
                    "main",
                    "header",
                    "h1",
                    "h2",
                    "h3",
                    "h4",
                    "h5",
                    "h6",
                    "ul",
                    "ol",
                    "li",
                    "dl",
                    "dt",
                    "dd",
                    "table",
                    "tr",
                    "caption",
                    "blockquote",
                    "pre",
                    "figure",
                    "figcaption",
                    "hr",
                    "body",
                    "address",
                    "details",
                    "summary");
    private static final Set<String> ROLES =
            Set.of(
                    "navigation",
                    "banner",
                    "contentinfo",
                    "search",
                    "complementary",
                    "menu",
                    "dialog");
    private static final Pattern BOILERPLATE =
            Pattern.compile(
                    "(^|[-_\\s])(nav|navbar|navigation|menu|sidebar|footer|breadcrumbs?|cookies?|consent|banner|share|sharing|social|related|comments?|promo|advert(isement)?|ads?|sponsored|newsletter|subscribe|skip|pagination|toolbar|masthead)($|[-_\\s])");

    private static final double MOST_LINKS = 0.5;
    private static final int SHORT_WORDS = 10;

    /// Of the bytes of a page, in the encoding that it names.
    ///
    /// @param charset what was said of it beside the page; `null` where nothing was
    static MainText of(byte[] bytes, @Nullable String charset) {
        try {
            return of(Jsoup.parse(new ByteArrayInputStream(bytes), charset, ""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Of a page.
    public static MainText of(String html) {
        return of(Jsoup.parse(html));
    }

    private static MainText of(Document page) {
        var collector = new Collector();
        NodeTraversor.traverse(collector, root(page));
        collector.end();
        return new MainText(page.title().strip(), text(judged(collector.blocks)));
    }

    /// The one element that the page itself calls its main part, or all of it.
    private static Element root(Document page) {
        for (String query : new String[] {"main", "[role=main]", "article"}) {
            var found = page.select(query);
            if (found.size() == 1 && !found.getFirst().text().isBlank()) {
                return found.getFirst();
            }
        }
        return page.body();
    }

    private static List<Block> judged(List<Block> blocks) {
        var kept = new ArrayList<Block>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            boolean before = i > 0 && blocks.get(i - 1).isText();
            boolean after = i + 1 < blocks.size() && blocks.get(i + 1).isText();
            boolean heads = block.heading && i + 1 < blocks.size() && !blocks.get(i + 1).isLinks();
            if (block.isText()
                    || heads
                    || (!block.isLinks() && !block.heading && (before || after))) {
                kept.add(block);
            }
        }
        // A page of short lines, such as a poem, is its own.
        return kept.isEmpty() ? blocks.stream().filter(block -> !block.isLinks()).toList() : kept;
    }

    private static String text(List<Block> blocks) {
        var text = new StringBuilder();
        boolean item = false;
        for (Block block : blocks) {
            if (!text.isEmpty()) {
                text.append(item && block.item ? "\n" : "\n\n");
            }
            text.append(block.text);
            item = block.item;
        }
        return text.toString();
    }

    private record Block(
            String text,
            int words,
            int linkedCharacters,
            boolean heading,
            boolean item,
            boolean code) {
        boolean isLinks() {
            return linkedCharacters > MOST_LINKS * text.length();
        }

        boolean isText() {
            boolean ends = ".!?:;\u3002\uFF01\uFF1F".indexOf(text.charAt(text.length() - 1)) >= 0;
            return code || !isLinks() && !heading && (words >= SHORT_WORDS || (ends && words > 2));
        }
    }

    /// Walks through a page without recursion, so that no depth of elements matters.
    private static final class Collector implements NodeVisitor {
        private final List<Block> blocks = new ArrayList<>();
        private final StringBuilder current = new StringBuilder();
        private int linked;
        private int hidden;
        private int links;
        private int preformatted;
        private boolean heading;
        private boolean item;

        @Override
        public void head(Node node, int depth) {
            if (node instanceof Element element) {
                open(element, depth);
            } else if (hidden == 0 && node instanceof TextNode text) {
                append(text.getWholeText());
            }
        }

        private void open(Element element, int depth) {
            String tag = element.normalName();
            if (hidden > 0 || (depth > 0 && isLeftOut(element, tag))) {
                hidden++;
                return;
            }
            if (BLOCKS.contains(tag)) {
                end();
                heading = tag.length() == 2 && tag.charAt(0) == 'h' && tag.charAt(1) != 'r';
                item = tag.equals("li") || tag.equals("tr") || (item && tag.equals("p"));
            }
            switch (tag) {
                case "a" -> links++;
                case "pre" -> preformatted++;
                case "br" -> current.append('\n');
                case "td", "th" -> current.append(current.isEmpty() ? "" : "\t");
                default -> {}
            }
        }

        private static boolean isLeftOut(Element element, String tag) {
            if (LEFT_OUT.contains(tag) || element.hasAttr("hidden")) {
                return true;
            }
            if (ROLES.contains(element.attr("role").toLowerCase(Locale.ROOT))
                    || element.attr("aria-hidden").equals("true")) {
                return true;
            }
            boolean inline = !BLOCKS.contains(tag);
            String names = element.className() + " " + element.id();
            return !inline
                    && names.length() > 1
                    && !tag.equals("body")
                    && !tag.equals("main")
                    && !tag.equals("article")
                    && BOILERPLATE.matcher(names.toLowerCase(Locale.ROOT)).find();
        }

        private void append(String text) {
            if (preformatted > 0) {
                current.append(text);
                return;
            }
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean space = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
                boolean behindSpace =
                        current.isEmpty()
                                || current.charAt(current.length() - 1) == ' '
                                || current.charAt(current.length() - 1) == '\n';
                if (!space) {
                    current.append(c);
                    linked += links > 0 ? 1 : 0;
                } else if (!behindSpace) {
                    current.append(' ');
                }
            }
        }

        @Override
        public void tail(Node node, int depth) {
            if (!(node instanceof Element element)) {
                return;
            }
            if (hidden > 0) {
                hidden--;
                return;
            }
            String tag = element.normalName();
            if (BLOCKS.contains(tag)) {
                end();
                heading = false;
                item = false;
            }
            switch (tag) {
                case "a" -> links--;
                case "pre" -> preformatted--;
                default -> {}
            }
        }

        void end() {
            String text =
                    preformatted > 0
                            ? current.toString().stripTrailing()
                            : current.toString().strip();
            if (!text.isBlank()) {
                int words = text.strip().split("\\s+").length;
                blocks.add(new Block(text, words, linked, heading, item, preformatted > 0));
            }
            current.setLength(0);
            linked = 0;
        }
    }
}
