package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Norms.Placement;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.family.Bert;
import io.tornadogpt.core.op.Activation.Function;

/// BERT in the size of the smallest GPT here.
final class SmallEncoder {
    private static final int WIDTH = 128;
    private static final int HEADS = 4;

    static final ModelConfig MODEL =
            new ModelConfig(
                    Bert.FAMILY,
                    new Architecture(
                            4,
                            WIDTH,
                            1024,
                            128,
                            new Norms(
                                    new Norm.Layer(1e-12, true),
                                    Placement.AFTER,
                                    false,
                                    true,
                                    false),
                            new Position.Learned(0),
                            AttentionShape.causal(HEADS, HEADS, WIDTH / HEADS, true, true)
                                    .bidirectional(),
                            new Mlp.Plain(4 * WIDTH, Function.GELU, true),
                            BlockForm.SEQUENTIAL,
                            new EmbeddingShape(1, true, 2),
                            new Head(
                                    new Head.Transform(Function.GELU, true),
                                    true,
                                    0,
                                    new Head.Labels(Head.Layer.POOLER, Function.TANH, true, true)),
                            Dropouts.NONE));

    private SmallEncoder() {}
}
