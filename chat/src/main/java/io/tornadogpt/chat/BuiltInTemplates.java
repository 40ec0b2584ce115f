package io.tornadogpt.chat;

import java.util.List;

/// Templates for models that come without one.
public final class BuiltInTemplates {

    private static final String CHAT_ML =
            """
            {%- for message in messages -%}
                {{- '<|im_start|>' ~ message.role ~ '\\n' -}}
                {%- if message.role == 'assistant' -%}
                    {%- generation -%}
                        {{- message.content ~ '<|im_end|>' -}}
                    {%- endgeneration -%}
                    {{- '\\n' -}}
                {%- else -%}
                    {{- message.content ~ '<|im_end|>\\n' -}}
                {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{- '<|im_start|>assistant\\n' -}}
            {%- endif -%}
            """;

    private static final String ALPACA =
            """
            {%- set header = 'Below is an instruction that describes a task. \
            Write a response that appropriately completes the request.' -%}
            {%- if messages[0].role == 'system' -%}
                {%- set header = messages[0].content -%}
            {%- endif -%}
            {{- header -}}
            {%- for message in messages -%}
                {%- if message.role == 'user' -%}
                    {{- '\\n\\n### Instruction:\\n' ~ message.content -}}
                    {%- if message.input -%}
                        {{- '\\n\\n### Input:\\n' ~ message.input -}}
                    {%- endif -%}
                {%- elif message.role == 'assistant' -%}
                    {{- '\\n\\n### Response:\\n' -}}
                    {%- generation -%}
                        {{- message.content ~ (eos_token or '') -}}
                    {%- endgeneration -%}
                {%- elif not loop.first or message.role != 'system' -%}
                    {{- raise_exception('the Alpaca template has no place for the role ' ~ message.role ~ ' in turn ' ~ loop.index) -}}
                {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{- '\\n\\n### Response:\\n' -}}
            {%- endif -%}
            """;

    private BuiltInTemplates() {}

    /// The names under which [#named] knows the templates.
    public static List<String> names() {
        return List.of("alpaca", "chatml");
    }

    /// A template by its name.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public static ChatTemplate named(String name) {
        return switch (name) {
            case "alpaca" -> alpaca();
            case "chatml" -> chatMl();
            default ->
                    throw new IllegalArgumentException(
                            "there is no template '" + name + "'; choose one of " + names());
        };
    }

    /// Turns between `<|im_start|>` and `<|im_end|>`, of any roles. An answer ends with
    /// `<|im_end|>`, which is trained.
    public static ChatTemplate chatMl() {
        return ChatTemplate.parse(CHAT_ML);
    }

    /// Instruction, perhaps an input (the field `input` of a user's message), and response, under
    /// headings. A system message replaces the sentence on top. Responses end with `eos_token`,
    /// where there is one.
    public static ChatTemplate alpaca() {
        return ChatTemplate.parse(ALPACA);
    }
}
