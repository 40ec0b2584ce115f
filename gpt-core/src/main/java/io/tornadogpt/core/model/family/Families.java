package io.tornadogpt.core.model.family;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;

import java.util.List;

/// The families there are.
public final class Families {
    private static final List<Family> ALL = 
            List.of(
                    Gpt2.FAMILY,
                    GptNeo.FAMILY,
                    GptNeoX.FAMILY,
                    Llama.FAMILY,
                    Mistral.FAMILY,
                    Qwen2.FAMILY,
                    Qwen3.FAMILY,
                    Gemma.FAMILY,
                    Gemma2.FAMILY,
                    Gemma3Text.FAMILY,
                    Phi.FAMILY,
                    Falcon.FAMILY,
                    Opt.FAMILY);

    private Families() {}

    /// All families.
    public static List<Family> all() {
        return ALL;
    }

    /// The family that a `config.json` names; GPT-2 where it names none.
    ///
    /// @throws ModelFileException where it is none of these
    public static Family of(ConfigDocument config) throws ModelFileException {
        String type = config.text("model_type", Gpt2.FAMILY.modelType());
        for (Family family : ALL) {
            if (family.modelType().equals(type)) {
                return family;
            }
        }
        throw config.bad(
                "model_type",
                "is %s; supported: %s"
                        .formatted(
                                BadFileException.quote(type),
                                ALL.stream().map(Family::modelType).toList()));
    }
}
