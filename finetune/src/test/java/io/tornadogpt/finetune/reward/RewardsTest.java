package io.tornadogpt.finetune.reward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.finetune.data.DataRow;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.regex.Pattern;

class RewardsTest {
    private static Answer answer(String text, @Nullable String wanted) {
        var row = new DataRow(Path.of("rows.jsonl"), 3, JsonNodeFactory.instance.objectNode());
        return new Answer(row, "", text, wanted, true);
    }

    @ParameterizedTest
    @CsvSource({"' 42 ', 42, 1", "42., 42, 0", "4 2, 42, 0"})
    void exactMatchIsTheTextWithoutSpaceAround(String text, String wanted, double reward) {
        assertEquals(reward, new ExactMatch().of(answer(text, wanted)));
    }

    @ParameterizedTest
    @CsvSource({
        "'so #### 1,234', '2 + 2 #### 1234', 1",
        "'#### 7 #### 8', 8, 1",
        "'#### $3.50', '#### 3.5', 1",
        "'#### -5', -5, 1",
        "'#### 12 apples', 12, 1",
        "'12', 12, 0",
        "'####', 12, 0",
        "'#### twelve', 12, 0",
        "'#### 1e99999999', 1, 1"
    })
    void finalNumberIsTheOneBehindTheLastMark(String text, String wanted, double reward) {
        assertEquals(reward, new FinalNumber().of(answer(text, wanted)));
    }

    @Test
    void numberOfAnyLengthTakesNoTime() {
        assertEquals(0, new FinalNumber().of(answer("#### " + "9".repeat(1_000_000), "1")));
    }

    @ParameterizedTest
    @CsvSource({
        "'yes, it is', ^yes, '', 1",
        "'no', ^yes, '', 0",
        "'answer: 5', 'answer: (\\d+)', 5, 1",
        "'answer: 6', 'answer: (\\d+)', 5, 0"
    })
    void patternIsFoundAndItsGroupIsTheAnswer(
            String text, String pattern, String wanted, double reward) {
        var expression = new RegularExpression(Pattern.compile(pattern));
        assertEquals(reward, expression.of(answer(text, wanted)));
    }

    @Test
    void missingAnswerIsNamedByItsRow() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new ExactMatch().of(answer("5", null)));
        assertTrue(e.getMessage().contains("rows.jsonl, line 3"), e.getMessage());
    }
}
