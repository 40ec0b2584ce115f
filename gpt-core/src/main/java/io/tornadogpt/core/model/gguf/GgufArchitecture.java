package io.tornadogpt.core.model.gguf;

import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Bert;
import io.tornadogpt.core.model.family.Falcon;
import io.tornadogpt.core.model.family.Family;
import io.tornadogpt.core.model.family.Gemma;
import io.tornadogpt.core.model.family.Gemma2;
import io.tornadogpt.core.model.family.Gemma3Text;
import io.tornadogpt.core.model.family.Gpt2;
import io.tornadogpt.core.model.family.GptNeoX;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.model.family.Mistral;
import io.tornadogpt.core.model.family.Phi;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.family.Qwen2;
import io.tornadogpt.core.model.family.Qwen3;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// An architecture under the name that `general.architecture` has, the families that are written
/// under it, and what its tensors are called.
///
/// Source: the conversion scripts and `llama-arch.cpp` of llama.cpp.
public enum GgufArchitecture {
    GPT2("gpt2", Gpt2.FAMILY),
    /// Mistral differs from Llama by its window alone, which these files do not have.
    LLAMA("llama", Llama.FAMILY, Mistral.FAMILY),
    QWEN2("qwen2", Qwen2.FAMILY),
    QWEN3("qwen3", Qwen3.FAMILY),
    GEMMA("gemma", Gemma.FAMILY),
    GEMMA2("gemma2", Gemma2.FAMILY),
    GEMMA3("gemma3", Gemma3Text.FAMILY),
    FALCON("falcon", Falcon.FAMILY),
    GPTNEOX("gptneox", GptNeoX.FAMILY),
    PHI2("phi2", Phi.FAMILY),
    BERT("bert", Bert.FAMILY);

    private final String key;
    private final List<Family> families;

    GgufArchitecture(String key, Family... families) {
        this.key = key;
        this.families = List.of(families);
    }

    /// The architecture of that name, null where it is none of these.
    public static @Nullable GgufArchitecture named(String key) {
        for (GgufArchitecture architecture : values()) {
            if (architecture.key.equals(key)) {
                return architecture;
            }
        }
        return null;
    }

    /// What models of a family are written as.
    ///
    /// @throws IllegalArgumentException where GGUF has no name for them
    public static GgufArchitecture of(Family family) {
        for (GgufArchitecture architecture : values()) {
            if (architecture.families.contains(family)) {
                return architecture;
            }
        }
        throw new IllegalArgumentException(
                "GGUF files cannot hold models of the family %s; they can of %s. Save the model as a Hugging Face directory instead"
                        .formatted(
                                family.modelType(),
                                Arrays.stream(values())
                                        .flatMap(each -> each.families.stream())
                                        .map(Family::modelType)
                                        .collect(Collectors.joining(", "))));
    }

    /// The names of all architectures.
    public static List<String> names() {
        return Arrays.stream(values()).map(GgufArchitecture::key).toList();
    }

    /// The name in files, which their keys begin with.
    public String key() {
        return key;
    }

    /// The family that such files are read as.
    public Family family() {
        return families.getFirst();
    }

    /// Whether models are Gemma's: norms multiply with one more than their weights, and the files
    /// hold what they multiply with.
    boolean isGemma() {
        return this == GEMMA || this == GEMMA2 || this == GEMMA3;
    }

    /// The stored tensor of a parameter.
    ///
    /// @param name of the parameter, whose last part is `weight` or `bias`
    /// @param layer number of the block, where the part is in one
    /// @param rows of the parameter, as a matrix
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int layer, int rows, int columns) {
        String module = module(architecture, part);
        String stored =
                (part.inBlock() ? "blk." + layer + "." : "")
                        + module
                        + name.substring(name.lastIndexOf('.'));
        var piece = new Piece(stored, rows, columns);
        if (this == LLAMA && (part == Part.QUERY || part == Part.KEY)) {
            int size = architecture.attention().headSize();
            return List.of(piece.ordered(row -> interleaved(row, size)));
        }
        return List.of(isGemma() && isNorm(part) ? piece.withAdded(1) : piece);
    }

    /// Llama's queries and keys are turned in pairs of neighbours, where Hugging Face's files have
    /// the first elements of all pairs of a head before the second ones.
    private static int interleaved(int row, int headSize) {
        int pairs = headSize / 2;
        int element = row % headSize;
        return row - element + 2 * (element % pairs) + element / pairs;
    }

    private static boolean isNorm(Part part) {
        return switch (part) {
            case ATTENTION_NORM,
                    ATTENTION_POST_NORM,
                    MLP_NORM,
                    MLP_POST_NORM,
                    QUERY_NORM,
                    KEY_NORM,
                    FINAL_NORM ->
                    true;
            default -> false;
        };
    }

    private String module(Architecture architecture, Part part) {
        boolean twoNorms = this == FALCON && architecture.form() == BlockForm.PARALLEL_TWO_NORMS;
        return switch (part) {
            case TOKEN_EMBEDDING -> "token_embd";
            case POSITION_EMBEDDING -> "position_embd";
            case TYPE_EMBEDDING -> "token_types";
            case EMBEDDING_NORM -> "token_embd_norm";
            case ATTENTION_NORM ->
                    this == BERT ? "attn_output_norm" : twoNorms ? "attn_norm_2" : "attn_norm";
            case QUERY_KEY_VALUE -> "attn_qkv";
            case QUERY -> "attn_q";
            case KEY -> "attn_k";
            case VALUE -> "attn_v";
            case QUERY_NORM -> "attn_q_norm";
            case KEY_NORM -> "attn_k_norm";
            case ATTENTION_OUTPUT -> "attn_output";
            case ATTENTION_POST_NORM -> "post_attention_norm";
            case MLP_NORM ->
                    this == BERT ? "layer_output_norm" : twoNorms ? "attn_norm" : "ffn_norm";
            case GATE -> "ffn_gate";
            case UP -> "ffn_up";
            case DOWN -> "ffn_down";
            case MLP_POST_NORM -> "post_ffw_norm";
            case FINAL_NORM -> "output_norm";
            case HEAD -> "output";
            case HEAD_TRANSFORM, HEAD_NORM, POOLER, CLASSIFIER_TRANSFORM, CLASSIFIER ->
                    throw new IllegalArgumentException("GGUF files have no " + part);
        };
    }
}
