package io.tornadogpt.finetune.data;

import io.tornadogpt.chat.BuiltInTemplates;
import io.tornadogpt.chat.ChatTemplate;
import io.tornadogpt.chat.ChatTemplateException;
import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Message;
import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.chat.RenderOptions;
import io.tornadogpt.chat.Rendered;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataFileException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Turns what rows say into tokens, and says which of them are the answer.
///
/// Conversations go through a chat template, which writes all special tokens itself; one that is
/// built in does not write those that a tokenizer puts around every text, so they are added, once.
/// Two texts follow each other as they are. An answer ends with the end token, which is learned.
public final class ExampleEncoder {
    private static final String EOS = "eos_token";

    private final Tokenizer tokenizer;
    private final ModelTemplates templates;
    private final TemplateChoice choice;
    private final boolean everything;
    private final RenderOptions options;
    private final int[] before;
    private final Map<Boolean, ChatTemplate> own = new HashMap<>();
    private @Nullable ChatTemplate builtIn;

    /// @param templates of the model
    /// @param everything whether the prompt is learned too
    public ExampleEncoder(
            Tokenizer tokenizer,
            ModelTemplates templates,
            TemplateChoice choice,
            boolean everything) {
        this.tokenizer = tokenizer;
        this.templates = templates;
        this.choice = choice;
        this.everything = everything;
        this.options = RenderOptions.of(specialTokens());
        this.before = addedBefore(tokenizer);
    }

    /// The end token has to be known to templates also where only the tokenizer's own file says it.
    private Map<String, String> specialTokens() {
        var tokens = new LinkedHashMap<>(templates.specialTokens());
        OptionalInt end = endToken();
        if (!tokens.containsKey(EOS) && end.isPresent()) {
            String name = tokenizer.token(end.getAsInt());
            if (name != null) {
                tokens.put(EOS, name);
            }
        }
        return tokens;
    }

    /// The token that ends an answer; empty where the tokenizer has none.
    public OptionalInt endToken() {
        return tokenizer.endTokens().isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(tokenizer.endTokens().getFirst());
    }

    /// What the tokenizer puts before every text: as far as two texts of one token begin alike.
    static int[] addedBefore(Tokenizer tokenizer) {
        int[] first = tokenizer.addSpecialTokens(0);
        return Arrays.copyOf(first, Arrays.mismatch(first, tokenizer.addSpecialTokens(1)));
    }

    /// The template that conversations went through where it was not the model's own: it belongs to
    /// the model from now on. Null where there was none.
    public @Nullable ChatTemplate builtIn() {
        return builtIn;
    }

    /// Turns a row into tokens.
    ///
    /// @param row that says it, for messages
    /// @throws DataFileException where it has no answer, or the template refuses it
    public Encoded encode(DataRow row, Example example) throws DataFileException {
        Encoded encoded;
        try {
            encoded =
                    switch (example) {
                        case Example.Dialog dialog -> dialog(row, dialog);
                        case Example.Completion(String prompt, String answer) ->
                                choice == TemplateChoice.AUTO
                                        ? completion(prompt, answer)
                                        : dialog(row, asDialog(prompt, answer));
                        case Example.Text(String text) -> completion("", text);
                    };
        } catch (ChatTemplateException e) {
            throw unwritable(row, e);
        }
        if (encoded.targets() == 0) {
            throw row.bad("has no token to train on", "give it an answer, or leave it out");
        }
        return encoded;
    }

    /// Turns what a row asks into tokens, up to where the answer begins.
    ///
    /// @param row that says it, for messages
    /// @param example whose last turn is the question; an answer in it does not count
    /// @throws DataFileException where the template refuses it
    public int[] prompt(DataRow row, Example example) throws DataFileException {
        try {
            return switch (example) {
                case Example.Dialog dialog -> prompt(dialog);
                case Example.Completion(String prompt, String _) ->
                        choice == TemplateChoice.AUTO
                                ? withBefore(tokenizer.encode(prompt))
                                : prompt(asDialog(prompt, ""));
                case Example.Text(String text) -> withBefore(tokenizer.encode(text));
            };
        } catch (ChatTemplateException e) {
            throw unwritable(row, e);
        }
    }

    private int[] prompt(Example.Dialog dialog) {
        ChatTemplate template = template(dialog);
        Conversation conversation =
                knowsInput(template)
                        ? dialog.conversation()
                        : RowForms.withoutInput(dialog.conversation());
        String text = rendered(template, conversation, dialog.answersFrom(), true);
        int[] plain = tokenizer.encodeWithSpecialTokens(text);
        return writesBeginning(template) ? plain : withBefore(plain);
    }

    private static DataFileException unwritable(DataRow row, ChatTemplateException e) {
        return row.bad(
                "cannot be written as text (" + e.getMessage() + ")",
                "correct the row, or choose another template with data.template");
    }

    private static Example.Dialog asDialog(String prompt, String answer) {
        return new Example.Dialog(
                Conversation.of(Message.user(prompt), Message.assistant(answer)), 1, true);
    }

    /// A text that follows another, and the end token.
    private Encoded completion(String prompt, String answer) {
        String end = options.specialTokens().getOrDefault(EOS, "");
        boolean ended = !end.isEmpty() && answer.endsWith(end); // as text; the token comes anyway
        String text =
                prompt + (ended ? answer.substring(0, answer.length() - end.length()) : answer);
        int[] plain = tokenizer.encode(text);
        int[] ids = withBefore(plain);
        int first = new TokenPlaces(tokenizer, text, plain).firstBehind(prompt.length());
        int from = everything ? 0 : first + ids.length - plain.length;
        if (endToken().isPresent()) {
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = endToken().getAsInt();
        }
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, from, ids.length, true);
        return new Encoded(ids, trained);
    }

    /// With what the tokenizer puts before every text, unless it is there.
    private int[] withBefore(int... ids) {
        boolean there =
                ids.length >= before.length
                        && Arrays.equals(before, 0, before.length, ids, 0, before.length);
        if (there) {
            return ids;
        }
        int[] all = Arrays.copyOf(before, before.length + ids.length);
        System.arraycopy(ids, 0, all, before.length, ids.length);
        return all;
    }

    private Encoded dialog(DataRow row, Example.Dialog dialog) throws DataFileException {
        ChatTemplate template = template(dialog);
        Conversation conversation =
                knowsInput(template)
                        ? dialog.conversation()
                        : RowForms.withoutInput(dialog.conversation());
        Rendered rendered = template.render(conversation, options);
        String text = rendered.text();
        int[] plain = tokenizer.encodeWithSpecialTokens(text);
        int[] ids = writesBeginning(template) ? plain : withBefore(plain);
        int shift = ids.length - plain.length;
        boolean[] trained = new boolean[ids.length];
        if (everything) {
            Arrays.fill(trained, true);
            return new Encoded(ids, trained);
        }
        var places = new TokenPlaces(tokenizer, text, plain);
        for (Rendered.Span span : answers(row, template, conversation, dialog, rendered)) {
            int from = places.firstBehind(span.start());
            int to = places.lastBefore(span.end());
            if (from < to) {
                Arrays.fill(trained, shift + from, shift + to, true);
            }
        }
        return new Encoded(ids, trained);
    }

    private static boolean knowsInput(ChatTemplate template) {
        return template.source().contains("message.input");
    }

    private ChatTemplate template(Example.Dialog dialog) {
        boolean models =
                choice == TemplateChoice.MODEL
                        || (choice == TemplateChoice.AUTO && !templates.sources().isEmpty());
        if (models) {
            boolean tools = dialog.conversation().tools() != null;
            return own.computeIfAbsent(tools, t -> templates.template(dialog.conversation()));
        }
        if (builtIn == null) {
            boolean instruction =
                    choice == TemplateChoice.ALPACA
                            || (choice == TemplateChoice.AUTO && dialog.answersFrom() == 1);
            builtIn = instruction ? BuiltInTemplates.alpaca() : BuiltInTemplates.chatMl();
        }
        return builtIn;
    }

    /// Templates that are built in write no token for the beginning of a text, also where a model
    /// was trained with one of them and brings it along.
    private static boolean writesBeginning(ChatTemplate template) {
        return BuiltInTemplates.names().stream()
                .noneMatch(n -> BuiltInTemplates.named(n).source().equals(template.source()));
    }

    /// Parts of the text that are answers: those that the template marks, else what each turn adds
    /// to the text behind what precedes an answer.
    private List<Rendered.Span> answers(
            DataRow row,
            ChatTemplate template,
            Conversation conversation,
            Example.Dialog dialog,
            Rendered rendered)
            throws DataFileException {
        String text = rendered.text();
        if (!dialog.onlyAssistant() || dialog.answersFrom() > 0) {
            int from = answerFrom(row, template, conversation, dialog.answersFrom(), text);
            return List.of(new Rendered.Span(from, text.length()));
        }
        if (!rendered.assistant().isEmpty()) {
            return rendered.assistant();
        }
        var spans = new ArrayList<Rendered.Span>();
        List<Message> turns = conversation.messages();
        for (int turn = 0; turn < turns.size(); turn++) {
            if (turns.get(turn).role().equals("assistant")) {
                int from = answerFrom(row, template, conversation, turn, text);
                int to =
                        turn + 1 == turns.size()
                                ? text.length()
                                : rendered(template, conversation, turn + 1, false).length();
                spans.add(new Rendered.Span(from, Math.max(from, Math.min(to, text.length()))));
            }
        }
        return spans;
    }

    /// Where a turn begins in the text of all turns: behind the text of those before it and what
    /// precedes an answer.
    private int answerFrom(
            DataRow row, ChatTemplate template, Conversation conversation, int turn, String text)
            throws DataFileException {
        if (turn == 0) {
            return 0;
        }
        String earlier = rendered(template, conversation, turn, false);
        String prompt = rendered(template, conversation, turn, true);
        int same = 0;
        int most = Math.min(prompt.length(), text.length());
        while (same < most && prompt.charAt(same) == text.charAt(same)) {
            same++;
        }
        if (same < prompt.length() && !text.startsWith(earlier)) {
            throw row.bad(
                    "has answers that cannot be told from the prompt: the chat template marks none,"
                            + " and writes earlier turns otherwise when more follow",
                    "set sft.loss=all, or choose another template with data.template");
        }
        return same;
    }

    private String rendered(
            ChatTemplate template, Conversation conversation, int turns, boolean prompt) {
        var first =
                new Conversation(conversation.messages().subList(0, turns), conversation.tools());
        return template.render(first, options.withGenerationPrompt(prompt)).text();
    }
}
