package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.*;
import io.tornadogpt.finetune.task.Classifier;
import io.tornadogpt.tokenizer.Tokenizer;

import java.nio.file.Path;
import java.util.List;

class LabelTexts {
    public static void main(String[] args) throws Exception {
        var model = StoredModel.open(Path.of(args[0]));
        var begun =
                NewFineTuning.of(Goal.CLASSIFY, model, Path.of(args[1]))
                        .with("train.learningRate=5e-4", "data.epochs=2")
                        .with("classify.classWeights=balanced");
        var result = FineTuning.begin(Path.of(args[2]), begun).train();
        System.out.println("validation loss " + result.bestValidationLoss().orElse(Double.NaN));

        var trained = StoredModel.open(result.model());
        var tokenizer = Tokenizer.load(result.model());
        try (var labels = Classifier.open(trained, tokenizer, Backends.named("cpu"))) {
            labels.classify(List.of(args[3])).forEach(System.out::println);
        }
    }
}
