package io.tornadogpt.tokenizer.files;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.processor.PostProcessor;
import io.tornadogpt.tokenizer.processor.PostProcessors;
import io.tornadogpt.tokenizer.processor.TemplateProcessing;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceJson;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Finds a tokenizer's files and tells by what they hold which kind they are.
public final class TokenizerFiles {

    private record FilePair(String vocabulary, String merges) {}

    static final String TOKENIZER_JSON = "tokenizer.json";
    static final String TOKENIZER_MODEL = "tokenizer.model";

    /// Hugging Face's names and OpenAI's.
    private static final List<FilePair> FILE_PAIRS =
            List.of(
                    new FilePair(VocabularyAndMerges.VOCAB_JSON, VocabularyAndMerges.MERGES_TXT),
                    new FilePair("encoder.json", "vocab.bpe"));

    /// Names that SentencePiece's files and rank files go by in a directory.
    private static final List<String> MODEL_FILES =
            List.of(
                    TOKENIZER_MODEL,
                    "spiece.model",
                    "sentencepiece.bpe.model",
                    "spm.model",
                    "source.spm");

    private static final int LARGEST_MODEL = 64 << 20;

    private TokenizerFiles() {}

    public static Pipeline load(Path path) throws IOException {
        if (GgufTokenizer.isGguf(path)) {
            return GgufTokenizer.read(path);
        }
        if (Files.isDirectory(path)) {
            Path file =
                    find(path)
                            .orElseThrow(
                                    () ->
                                            new TokenizerFormatException(
                                                    path,
                                                    "the directory holds no tokenizer; expected "
                                                            + TOKENIZER_JSON
                                                            + ", tokenizer.model, vocab.json with"
                                                            + " merges.txt, or vocab.txt"));
            return read(file, TokenizerConfig.read(path));
        }
        return read(path, TokenizerConfig.NONE);
    }

    /// The file that a directory's tokenizer is read from.
    public static Optional<Path> find(Path directory) throws IOException {
        Path json = directory.resolve(TOKENIZER_JSON);
        if (Files.exists(json)) {
            return Optional.of(json);
        }
        for (String name : MODEL_FILES) {
            if (Files.exists(directory.resolve(name))) {
                return Optional.of(directory.resolve(name));
            }
        }
        for (FilePair pair : FILE_PAIRS) {
            if (Files.exists(directory.resolve(pair.vocabulary()))) {
                return Optional.of(directory.resolve(pair.vocabulary()));
            }
        }
        if (Files.exists(directory.resolve(WordPieceFile.VOCAB_TXT))) {
            return Optional.of(directory.resolve(WordPieceFile.VOCAB_TXT));
        }
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(RankFile.SUFFIX))
                    .sorted()
                    .findFirst();
        }
    }

    private static Pipeline read(Path file, TokenizerConfig config) throws IOException {
        String name = String.valueOf(file.getFileName());
        for (FilePair pair : FILE_PAIRS) {
            if (name.equals(pair.vocabulary())
                    && Files.exists(file.resolveSibling(pair.merges()))) {
                return withConfig(
                        VocabularyAndMerges.read(file, file.resolveSibling(pair.merges())),
                        config,
                        file);
            }
        }
        return switch (Content.of(file)) {
            case JSON ->
                    withRules(PipelineReader.read(TokenizerJson.read(file)), config)
                            .withConventions(config.conventions());
            case RANKS -> {
                Pipeline ranks = RankFile.read(file);
                yield config.isEmpty() ? ranks : withConfig(ranks, config, file);
            }
            case SENTENCEPIECE -> withConfig(readSentencePiece(file), config, file);
            case WORDS -> withConfig(WordPieceFile.read(file, config), config, file);
        };
    }

    /// What a file holds, as far as its first bytes tell.
    private enum Content {
        JSON,
        RANKS,
        SENTENCEPIECE,
        WORDS;

        private static final int LOOKED_AT = 256;

        static Content of(Path file) throws IOException {
            TokenizerJson.checkSize(file);
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(RankFile.SUFFIX)) {
                return RANKS;
            }
            byte[] head;
            try (InputStream in = Files.newInputStream(file)) {
                head = in.readNBytes(LOOKED_AT);
            }
            if (name.endsWith(".json")) {
                return JSON;
            }
            if (head.length > 0 && head[0] == 0x0A && !name.endsWith(".txt")) {
                return SENTENCEPIECE;
            }
            if (head.length > 0 && head[0] == '{') {
                return JSON;
            }
            String line = new String(head, StandardCharsets.ISO_8859_1);
            return line.matches("(?s)[A-Za-z0-9+/]+=* \\d+\\r?\\n.*") ? RANKS : WORDS;
        }
    }

    private static Pipeline readSentencePiece(Path file) throws IOException {
        if (Files.size(file) > LARGEST_MODEL) {
            throw new TokenizerFormatException(
                    file, "holds " + Files.size(file) + " bytes; at most " + LARGEST_MODEL);
        }
        byte[] bytes = Files.readAllBytes(file);
        try {
            return SentencePieceJson.pipeline(SentencePieceFile.read(bytes), bytes);
        } catch (IllegalArgumentException e) {
            throw new TokenizerFormatException(file, String.valueOf(e.getMessage()), e);
        }
    }

    /// Adds what the files beside say: tokens, roles and rules of beginning and end.
    private static Pipeline withConfig(Pipeline pipeline, TokenizerConfig config, Path file)
            throws TokenizerFormatException {
        Map<Integer, AddedToken> tokens = new TreeMap<>();
        Map<String, Integer> ids = new HashMap<>();
        for (AddedToken token : pipeline.added().all()) {
            tokens.put(token.id(), token);
            ids.put(token.content(), token.id());
        }
        for (AddedToken token : config.allAddedTokens().values()) {
            String known = pipeline.token(token.id());
            int other = ids.getOrDefault(token.content(), token.id());
            if ((known != null && !known.equals(token.content())) || other != token.id()) {
                throw new TokenizerFormatException(
                        file.resolveSibling(TokenizerConfig.FILE),
                        "adds the token "
                                + JsonSection.quote(token.content())
                                + " with the id "
                                + token.id()
                                + ", but "
                                + file.getFileName()
                                + (other != token.id()
                                        ? " gives it " + other
                                        : " has "
                                                + JsonSection.quote(String.valueOf(known))
                                                + " there"));
            }
            tokens.put(token.id(), token);
        }
        Pipeline with = pipeline.withAdded(tokens.values());
        return withRules(with, config).withConventions(config.conventions());
    }

    /// Which classes of transformers put a token before the text, and which behind it, unless the
    /// file says otherwise.
    private static final Set<String> BEGINS =
            Set.of("LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer");

    private static final Set<String> ENDS = Set.of("T5Tokenizer");

    /// Builds the rules of beginning and end that `add_bos_token` and `add_eos_token` ask for,
    /// where the tokenizer's own are not richer.
    private static Pipeline withRules(Pipeline pipeline, TokenizerConfig config)
            throws TokenizerFormatException {
        Boolean bos = config.flag("add_bos_token");
        Boolean eos = config.flag("add_eos_token");
        String type = config.tokenizerClass();
        boolean isJson = pipeline.postProcessor() != null;
        if (!isJson && bos == null && BEGINS.contains(type)) {
            bos = true;
        }
        if (!isJson && eos == null && ENDS.contains(type)) {
            eos = true;
        }
        if ((bos == null && eos == null) || !isPlain(pipeline.postProcessor(), config)) {
            return pipeline;
        }
        PostProcessors.Token before = token(pipeline, config, "bos_token", bos);
        PostProcessors.Token behind = token(pipeline, config, "eos_token", eos);
        if (before == null && behind == null) {
            boolean template = pipeline.postProcessor() instanceof TemplateProcessing;
            return template ? pipeline.withPostProcessor(null) : pipeline;
        }
        return pipeline.withPostProcessor(TemplateProcessing.around(before, behind));
    }

    private static PostProcessors.@Nullable Token token(
            Pipeline pipeline, TokenizerConfig config, String role, @Nullable Boolean wanted) {
        String name = config.roles().get(role);
        if (wanted == null || !wanted || name == null) {
            return null;
        }
        Integer special = pipeline.added().special().get(name);
        int id = special != null ? special : pipeline.model().vocabulary().id(name);
        return id < 0 ? null : new PostProcessors.Token(name, id);
    }

    /// Whether a post-processor adds nothing but tokens of the beginning and the end.
    private static boolean isPlain(@Nullable PostProcessor processor, TokenizerConfig config) {
        return switch (processor) {
            case null -> true;
            case PostProcessors.ByteLevel _ -> true;
            case TemplateProcessing template ->
                    template.special().keySet().stream()
                            .allMatch(
                                    name ->
                                            name.equals(config.roles().get("bos_token"))
                                                    || name.equals(
                                                            config.roles().get("eos_token")));
            default -> false;
        };
    }
}
