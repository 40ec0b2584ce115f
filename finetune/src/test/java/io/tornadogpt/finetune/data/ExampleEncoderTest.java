package io.tornadogpt.finetune.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.data.Row;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

class ExampleEncoderTest {
    private static final String MARKED =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
                    + "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}"
                    + "{{ m.content }}<|im_end|>{% endif %}{{ '\n' }}{% endfor %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    private static final String UNMARKED =
            MARKED.replace("{% generation %}", "").replace("{% endgeneration %}", "");
    private static final String TURNS =
            """
            {"messages": [
              {"role": "system", "content": "be short"},
              {"role": "user", "content": "red or blue"},
              {"role": "assistant", "content": "red"},
              {"role": "user", "content": "sure"},
              {"role": "assistant", "content": "yes well"}]}
            """;

    private static Path model(String name) {
        try {
            var url =
                    ExampleEncoderTest.class.getResource("/io/tornadogpt/finetune/golden/" + name);
            return Path.of(Objects.requireNonNull(url).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static ExampleEncoder encoder(String model, String template, boolean everything)
            throws IOException {
        var own = ModelTemplates.of(model(model));
        var templates =
                template.isEmpty()
                        ? own
                        : new ModelTemplates(Map.of("default", template), own.specialTokens());
        return new ExampleEncoder(
                Tokenizer.load(model(model)), templates, TemplateChoice.AUTO, everything);
    }

    private static DataRow row(String json) throws IOException {
        return new DataRow(
                Path.of("rows.jsonl"), 7, (ObjectNode) new ObjectMapper().readTree(json));
    }

    /// The text, with what is trained between brackets.
    private static String shown(String model, ExampleEncoder encoder, String json)
            throws IOException {
        DataRow row = row(json);
        Encoded encoded = encoder.encode(row, RowForms.instruction(row));
        Tokenizer tokenizer = Tokenizer.load(model(model));
        var text = new StringBuilder();
        boolean trained = false;
        for (int i = 0; i < encoded.ids().length; i++) {
            if (encoded.trained()[i] != trained) {
                trained = !trained;
                text.append(trained ? "[" : "]");
            }
            text.append(tokenizer.decode(encoded.ids()[i]));
        }
        return text + (trained ? "]" : "");
    }

    @Test
    void answerAndItsEndAreTrained() throws IOException {
        String completion = "{\"prompt\": \"a cat\", \"completion\": \" sings\"}";
        assertEquals(
                "a cat[ sings<|endoftext|>]",
                shown("gpt2", encoder("gpt2", "", false), completion));
        assertEquals(
                "<s>a cat[ sings</s>]", shown("llama", encoder("llama", "", false), completion));
        assertEquals(
                "[<s>a cat sings</s>]", shown("llama", encoder("llama", "", true), completion));
    }

    @Test
    void endThatIsThereIsNotWrittenTwice() throws IOException {
        assertEquals(
                "<s>a cat[ sings</s>]",
                shown(
                        "llama",
                        encoder("llama", "", false),
                        "{\"prompt\": \"a cat\", \"completion\": \" sings</s>\"}"));
    }

    /// Padding is no token of a row, so an end that looks like padding is still a target.
    @Test
    void endIsATargetAlsoWhereItIsThePaddingToken() throws IOException {
        DataRow row = row("{\"prompt\": \"a\", \"completion\": \"b\"}");
        Row trained = encoder("gpt2", "", false).encode(row, RowForms.instruction(row)).row();
        int end = Tokenizer.load(model("gpt2")).endTokens().getFirst();
        assertEquals(end, trained.targets()[trained.length() - 1]);
    }

    @Test
    void wholeTextIsTrained() throws IOException {
        assertEquals(
                "[a warm day<|endoftext|>]",
                shown("gpt2", encoder("gpt2", "", false), "{\"text\": \"a warm day\"}"));
    }

    @Test
    void alpacasFormHasHeadingsAndOneBeginning() throws IOException {
        String shown =
                shown(
                        "llama",
                        encoder("llama", "", false),
                        "{\"instruction\": \"sing\", \"input\": \"a song\", \"output\": \"la"
                                + " la\"}");
        assertTrue(shown.startsWith("<s>Below is an instruction"), shown);
        assertTrue(
                shown.endsWith(
                        """
                        ### Instruction:
                        sing

                        ### Input:
                        a song

                        ### Response:
                        [la la</s>]\
                        """),
                shown);
    }

    @Test
    void inputFollowsTheInstructionInOtherTemplates() throws IOException {
        assertEquals(
                """
                <|im_start|>user
                sing

                a song<|im_end|>
                <|im_start|>assistant
                [la<|im_end|>
                ]\
                """,
                shown(
                        "gpt2",
                        encoder("gpt2", UNMARKED, false),
                        "{\"instruction\": \"sing\", \"input\": \"a song\", \"output\": \"la\"}"));
    }

    @Test
    void everyAnswerOfAConversationIsTrained() throws IOException {
        String start =
                """
                <|im_start|>system
                be short<|im_end|>
                <|im_start|>user
                red or blue<|im_end|>
                <|im_start|>assistant
                """;
        String middle = "<|im_start|>user\nsure<|im_end|>\n<|im_start|>assistant\n";
        assertEquals(
                start + "[red<|im_end|>]\n" + middle + "[yes well<|im_end|>]\n",
                shown("gpt2", encoder("gpt2", MARKED, false), TURNS));
        assertEquals(
                start + "[red<|im_end|>\n]" + middle + "[yes well<|im_end|>\n]",
                shown("gpt2", encoder("gpt2", UNMARKED, false), TURNS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void templatesThatAreBuiltInGetOneBeginning(String family) throws IOException {
        String shown = shown(family, encoder(family, "", false), TURNS);
        String beginning = family.equals("llama") ? "<s>" : "";
        assertTrue(shown.startsWith(beginning + "<|im_start|>system"), shown);
        assertTrue(shown.contains("[red<|im_end|>]"), shown);
    }

    @Test
    void beginningThatATemplateWritesIsNotWrittenTwice() throws IOException {
        String shown = shown("llama", encoder("llama", "{{ bos_token }}" + MARKED, false), TURNS);
        assertTrue(shown.startsWith("<s><|im_start|>system"), shown);
    }

    @Test
    void promptMayBeTurns() throws IOException {
        assertEquals(
                "<|im_start|>user\nred<|im_end|>\n<|im_start|>assistant\n[blue<|im_end|>\n]",
                shown(
                        "gpt2",
                        encoder("gpt2", MARKED, false),
                        """
                        {"prompt": [{"role": "user", "content": "red"}],
                         "completion": [{"role": "assistant", "content": "blue"}]}
                        """));
    }

    @Test
    void pairsShareTheirPrompt() throws IOException {
        DataRow row =
                row(
                        """
                        {"chosen": [{"role": "user", "content": "red"}, {"role": "assistant", "content": "a"}],
                         "rejected": [{"role": "user", "content": "red"}, {"role": "assistant", "content": "the"}]}
                        """);
        RowForms.Pair pair = RowForms.preference(row);
        ExampleEncoder encoder = encoder("gpt2", MARKED, false);
        Encoded chosen = encoder.encode(row, pair.chosen());
        Encoded rejected = encoder.encode(row, pair.rejected());
        int first = 0;
        while (!chosen.trained()[first]) {
            first++;
        }
        assertEquals(first, Arrays.mismatch(chosen.ids(), rejected.ids()));
        assertTrue(rejected.trained()[first]);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\": [{\"role\": \"user\", \"content\": \"red\"}]}",
                "{\"prompt\": \"red\", \"completion\": \"\"}",
                "{\"instruction\": \"red\", \"output\": \"\"}",
                "{\"instruction\": \"red\"}",
                "{\"messages\": \"red\"}",
                "{\"messages\": [{\"content\": \"red\"}]}",
                "{\"prompt\": 5, \"completion\": \"a\"}",
                "{\"question\": \"red\"}"
            })
    void rowWithoutAnAnswerIsNamed(String json) throws IOException {
        ExampleEncoder encoder = encoder("gpt2", MARKED, false);
        DataRow row = row(json);
        var e =
                assertThrows(
                        DataFileException.class,
                        () -> encoder.encode(row, RowForms.instruction(row)));
        assertTrue(e.getMessage().startsWith("rows.jsonl: line 7 "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void templateThatRefusesARowIsNamedWithIt() throws IOException {
        ExampleEncoder encoder = encoder("gpt2", "{{ raise_exception('no system turns') }}", false);
        DataRow row = row(TURNS);
        var e =
                assertThrows(
                        DataFileException.class,
                        () -> encoder.encode(row, RowForms.instruction(row)));
        assertTrue(e.getMessage().contains("no system turns"), e.getMessage());
    }
}
