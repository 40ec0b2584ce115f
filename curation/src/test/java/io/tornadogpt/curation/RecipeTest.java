package io.tornadogpt.curation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class RecipeTest {
    @Test
    void theDefaultIsWhatIsDocumented() {
        assertEquals(
                List.of(
                        "repair",
                        "gopherRepetition",
                        "gopherQuality",
                        "c4Quality",
                        "fineWebQuality",
                        "privateData",
                        "exactDuplicates",
                        "nearDuplicates",
                        "heldOut"),
                Recipe.named("default").stepNames());
    }

    @Test
    void aResolvedRecipeIsReadAsItself() {
        for (String name : Recipe.names()) {
            Recipe recipe = Recipe.named(name);
            assertEquals(recipe, Recipe.parse(recipe.json()));
        }
    }

    @Test
    void settingsAreChangedOneByOne() {
        Recipe recipe =
                Recipe.named("default")
                        .with("gopherQuality.minWords=20")
                        .with("heldOut.share=0.05")
                        .with("onBadInput=stop")
                        .with("reading.textField=content");
        assertTrue(recipe.json().contains("\"minWords\" : 20"), recipe.json());
        assertEquals(BadInput.STOP, recipe.onBadInput());
        assertEquals("content", recipe.reading().textField());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"steps\":[{\"step\":\"gopherQualty\"}]} | did you mean gopherQuality",
                "{\"steps\":[{\"step\":\"heldOut\",\"shar\":0.1}]} | 'heldOut' has no key 'shar'"
                        + " (did you mean share?)",
                "{\"steps\":[{\"step\":\"heldOut\",\"share\":1.5}]} | heldOut.share is 1.5; set it"
                        + " to a number from 0 to 1",
                "{\"steps\":[{\"step\":\"heldOut\",\"share\":\"much\"}]} | 'heldOut' of the recipe"
                        + " cannot be understood",
                "{\"steps\":[\"heldOut\",\"repair\"]} | the step 'repair' stands behind 'heldOut'",
                "{\"steps\":[\"heldOut\",\"heldOut\"]} | stands in the recipe twice",
                "{\"step\":[]} | the recipe has no key 'step' (did you mean steps?)",
                "{\"name\":\"x\"} | has no list 'steps'",
                "[] | a recipe is an object",
                "{ | is not JSON",
                "{\"steps\":[],\"onBadInput\":\"ignore\"} | 'onBadInput' of the recipe cannot be"
                        + " understood"
            })
    void whatIsWrongIsNamed(String json, String message) {
        var e = assertThrows(RecipeException.class, () -> Recipe.parse(json));
        assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    }

    @Test
    void anUnknownNameOrSettingIsNamed() {
        var name = assertThrows(RecipeException.class, () -> Recipe.named("defalt"));
        assertTrue(String.valueOf(name.getMessage()).contains("did you mean default?"));
        Recipe recipe = Recipe.named("default");
        var step = assertThrows(RecipeException.class, () -> recipe.with("heldOt.share=1"));
        assertTrue(String.valueOf(step.getMessage()).contains("did you mean heldOut?"));
    }
}
