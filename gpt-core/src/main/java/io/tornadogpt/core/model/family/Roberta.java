package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.op.Activation.Function;

import java.util.List;
import java.util.regex.Pattern;

/// RoBERTa (Liu et al., 2019): BERT whose positions begin behind that of padding.
public final class Roberta implements Family {
    public static final Roberta FAMILY = new Roberta();

    private static final String PADDING = "pad_token_id";
    private static final String HEAD_BIAS = "lm_head.bias";
    private static final String UNTIED_HEAD_BIAS = "lm_head.decoder.bias";

    /// What is no weight, and the parts of a pre-trained model that the one at hand does without.
    private static final Pattern NO_WEIGHT =
            Pattern.compile(
                    "(roberta\\.)?embeddings\\.position_ids|(roberta\\.)?pooler\\..*"
                            + "|lm_head\\.(decoder\\.)?bias");

    private Roberta() {}

    @Override
    public String modelType() {
        return "roberta";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "RobertaForMaskedLM";
            case Task.HiddenStates _ -> "RobertaModel";
            case Task.Labels _ -> "RobertaForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        double padding = config.number(PADDING, 1);
        if (padding < 0 || padding != Math.rint(padding) || padding >= Integer.MAX_VALUE) {
            throw config.bad(
                    PADDING,
                    "is %s; expected the number of a token".formatted(config.shown(PADDING)));
        }
        var labels = new Head.Labels(Head.Layer.OWN, Function.TANH, true, true);
        var transform = new Head.Transform(Function.GELU, true);
        return Bert.read(config, (int) padding + 1, new Head(transform, true, 0, labels));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        Bert.writeSizes(a, config);
        if (a.position() instanceof Position.Learned(int offset)) {
            config.put(PADDING, offset - 1);
        }
    }

    @Override
    public String prefix() {
        return "roberta.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case HEAD_TRANSFORM -> "lm_head.dense";
            case HEAD_NORM -> "lm_head.layer_norm";
            case HEAD -> "lm_head.decoder";
            case CLASSIFIER_TRANSFORM -> "classifier.dense";
            case CLASSIFIER -> "classifier.out_proj";
            default -> prefix() + Bert.encoderModule(part);
        };
    }

    /// The bias of a tied head lies beside it.
    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        boolean beside =
                architecture.embedding().tied()
                        && part == Part.HEAD
                        && name.equals(UNTIED_HEAD_BIAS);
        return List.of(new Piece(beside ? HEAD_BIAS : name, rows, columns));
    }

    @Override
    public List<String> copies(String tensor) {
        return tensor.equals(UNTIED_HEAD_BIAS) ? List.of(HEAD_BIAS) : List.of();
    }

    @Override
    public List<String> otherNames(String tensor) {
        return Bert.FAMILY.otherNames(tensor);
    }

    @Override
    public boolean ignores(String tensor) {
        return NO_WEIGHT.matcher(tensor).matches();
    }
}
