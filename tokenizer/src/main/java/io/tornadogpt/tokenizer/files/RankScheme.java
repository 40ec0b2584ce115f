package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.pipeline.Conventions;
import io.tornadogpt.tokenizer.pretokenizer.ByteLevel;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;
import io.tornadogpt.tokenizer.pretokenizer.Gpt4Pieces;
import io.tornadogpt.tokenizer.pretokenizer.KnownPatterns;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizer;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;
import io.tornadogpt.tokenizer.pretokenizer.SplitBehavior;
import io.tornadogpt.tokenizer.processor.PostProcessor;
import io.tornadogpt.tokenizer.processor.PostProcessors;
import io.tornadogpt.tokenizer.processor.TemplateProcessing;
import io.tornadogpt.tokenizer.regex.RegexException;
import io.tornadogpt.tokenizer.regex.TextPattern;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a rank file does not say: how text is cut, and which special tokens there are. It is known
/// for the files in use, which are told apart by the number of their ranks.
record RankScheme(
        PreTokenizer preTokenizer,
        List<AddedToken> special,
        @Nullable PostProcessor postProcessor,
        Conventions conventions) {

    private static final int LLAMA_3_RANKS = 128_000;
    private static final int CL100K_RANKS = 100_256;
    private static final int O200K_RANKS = 199_998;
    private static final String LLAMA_3_BEGIN = "<|begin_of_text|>";
    private static final String LLAMA_3_END = "<|end_of_text|>";

    private static final String O200K_PATTERN =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /// @param free the first id that the file leaves free
    static RankScheme of(int ranks, int free) {
        return switch (ranks) {
            case LLAMA_3_RANKS -> llama3();
            case CL100K_RANKS ->
                    openAi(
                            KnownPatterns.preTokenizer(Gpt4Pieces.BY_THREE_DIGITS),
                            AddedToken.special(100_257, Tokenizer.END_OF_TEXT),
                            AddedToken.special(100_258, "<|fim_prefix|>"),
                            AddedToken.special(100_259, "<|fim_middle|>"),
                            AddedToken.special(100_260, "<|fim_suffix|>"),
                            AddedToken.special(100_276, "<|endofprompt|>"));
            case O200K_RANKS ->
                    openAi(
                            o200k(),
                            AddedToken.special(199_999, Tokenizer.END_OF_TEXT),
                            AddedToken.special(200_018, "<|endofprompt|>"));
            default ->
                    openAi(
                            KnownPatterns.preTokenizer(Gpt2Pieces.GPT2),
                            AddedToken.special(free, Tokenizer.END_OF_TEXT));
        };
    }

    private static RankScheme openAi(PreTokenizer preTokenizer, AddedToken... special) {
        return new RankScheme(
                preTokenizer,
                List.of(special),
                new PostProcessors.ByteLevel(false, true, true),
                Conventions.NONE);
    }

    private static PreTokenizer o200k() {
        try {
            return new PreTokenizers.Sequence(
                    List.of(
                            new PreTokenizers.Split(
                                    TextPattern.expression(O200K_PATTERN),
                                    SplitBehavior.ISOLATED,
                                    false),
                            new ByteLevel(false, true, false)));
        } catch (RegexException e) {
            throw new IllegalStateException(O200K_PATTERN, e);
        }
    }

    /// Llama 3's 256 special tokens, most of which are reserved.
    private static RankScheme llama3() {
        String[] names = new String[256];
        names[0] = LLAMA_3_BEGIN;
        names[1] = LLAMA_3_END;
        names[6] = "<|start_header_id|>";
        names[7] = "<|end_header_id|>";
        names[9] = "<|eot_id|>";
        List<AddedToken> special = new ArrayList<>();
        int reserved = 0;
        for (int i = 0; i < names.length; i++) {
            String name = names[i] != null ? names[i] : reservedName(reserved++);
            special.add(AddedToken.special(LLAMA_3_RANKS + i, name));
        }
        return new RankScheme(
                KnownPatterns.preTokenizer(Gpt4Pieces.BY_THREE_DIGITS),
                special,
                TemplateProcessing.around(
                        new PostProcessors.Token(LLAMA_3_BEGIN, LLAMA_3_RANKS), null),
                new Conventions(
                        Map.of("bos_token", LLAMA_3_BEGIN, "eos_token", LLAMA_3_END),
                        List.of(LLAMA_3_RANKS + 1, LLAMA_3_RANKS + 9),
                        null));
    }

    private static String reservedName(int number) {
        return "<|reserved_special_token_" + number + "|>";
    }
}
