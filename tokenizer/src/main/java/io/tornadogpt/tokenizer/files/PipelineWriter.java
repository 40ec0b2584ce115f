package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.json.JsonFile;
import io.tornadogpt.tokenizer.json.Stage;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.model.WordPiece;
import io.tornadogpt.tokenizer.pipeline.Conventions;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;
import io.tornadogpt.tokenizer.pretokenizer.KnownPatterns;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceJson;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceModel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Writes a pipeline into a directory: `tokenizer.json`, `tokenizer_config.json`, and the older
/// files that hold the same vocabulary where there are such.
public final class PipelineWriter {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PipelineWriter() {}

    public static void write(Pipeline pipeline, Path directory) throws IOException {
        Files.createDirectories(directory);
        write(pipeline, JsonFile.in(directory));
    }

    /// Writes its files wherever they are to go.
    public static void write(Pipeline pipeline, JsonFile.Sink files) throws IOException {
        if (pipeline.model() instanceof SentencePieceModel model) {
            byte[] bytes = model.bytes();
            files.write(TokenizerFiles.TOKENIZER_MODEL, out -> out.write(bytes));
            writeJson(SentencePieceJson.forJson(pipeline, model), files);
        } else {
            writeJson(pipeline, files);
        }
    }

    private static void writeJson(Pipeline pipeline, JsonFile.Sink files) throws IOException {
        files.writeJson(TokenizerFiles.TOKENIZER_JSON, json -> writeDocument(json, pipeline));
        if (pipeline.model() instanceof Bpe bpe
                && KnownPatterns.scanner(pipeline.preTokenizer()) == Gpt2Pieces.GPT2) {
            VocabularyAndMerges.write(pipeline, bpe, files);
        }
        if (pipeline.model() instanceof WordPiece wordPiece) {
            writeWords(wordPiece.vocabulary(), files);
        }
        ObjectNode config = config(pipeline);
        files.writeJson(TokenizerConfig.FILE, json -> JSON.writeTree(json, config));
    }

    private static void writeDocument(JsonGenerator json, Pipeline pipeline) throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        ObjectNode lengths = JsonNodeFactory.instance.objectNode();
        if (pipeline.truncation() != null) {
            pipeline.truncation().write(lengths.putObject("truncation"));
        }
        if (pipeline.padding() != null) {
            pipeline.padding().write(lengths.putObject("padding"));
        }
        for (String name : new String[] {"truncation", "padding"}) {
            json.writeFieldName(name);
            JSON.writeTree(
                    json,
                    lengths.has(name) ? lengths.get(name) : JsonNodeFactory.instance.nullNode());
        }
        json.writeArrayFieldStart("added_tokens");
        for (AddedToken token : pipeline.added().all()) {
            writeAdded(json, token);
        }
        json.writeEndArray();
        writeStage(json, "normalizer", pipeline.normalizer());
        writeStage(json, "pre_tokenizer", pipeline.preTokenizer());
        writeStage(json, "post_processor", pipeline.postProcessor());
        writeStage(json, "decoder", pipeline.decoder());
        json.writeObjectFieldStart("model");
        json.writeStringField("type", pipeline.model().type());
        pipeline.model().write(json);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeAdded(JsonGenerator json, AddedToken token) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", token.id());
        json.writeStringField("content", token.content());
        json.writeBooleanField("single_word", token.singleWord());
        json.writeBooleanField("lstrip", token.lstrip());
        json.writeBooleanField("rstrip", token.rstrip());
        json.writeBooleanField("normalized", token.normalized());
        json.writeBooleanField("special", token.special());
        json.writeEndObject();
    }

    private static void writeStage(JsonGenerator json, String name, @Nullable Stage stage)
            throws IOException {
        json.writeFieldName(name);
        if (stage == null) {
            json.writeNull();
        } else {
            JSON.writeTree(json, stage.toJson());
        }
    }

    private static void writeWords(Vocabulary vocabulary, JsonFile.Sink files) throws IOException {
        files.write(
                WordPieceFile.VOCAB_TXT,
                out -> {
                    for (int id = 0; id < vocabulary.size(); id++) {
                        String token = vocabulary.token(id);
                        String line = (token == null ? "[unused" + id + "]" : token) + "\n";
                        out.write(line.getBytes(StandardCharsets.UTF_8));
                    }
                });
    }

    /// The `tokenizer_config.json` that was read, or one by which transformers finds
    /// `tokenizer.json` and learns not to tidy up the spaces of decoded text.
    private static ObjectNode config(Pipeline pipeline) {
        Conventions conventions = pipeline.conventions();
        if (conventions.config() != null) {
            return conventions.config();
        }
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("clean_up_tokenization_spaces", false);
        Map<String, String> roles = new TreeMap<>(conventions.roles());
        if (roles.isEmpty() && pipeline.added().special().containsKey(Tokenizer.END_OF_TEXT)) {
            roles.put("bos_token", Tokenizer.END_OF_TEXT);
            roles.put("eos_token", Tokenizer.END_OF_TEXT);
        }
        roles.forEach(config::put);
        return config;
    }
}
