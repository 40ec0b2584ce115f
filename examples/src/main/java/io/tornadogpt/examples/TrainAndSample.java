package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.*;
import io.tornadogpt.sampler.*;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.nio.file.*;

class TrainAndSample {
    public static void main(String[] args) throws Exception {
        String text = Files.readString(Path.of(args[0]));
        var tokenizer = CharTokenizer.train(text);
        var config = new GptConfig(4, 4, 128, 64, tokenizer.vocabularySize(), false, 0.0);
        var training = TrainConfig.defaults().with("steps=" + args[1]);
        var data = TrainingData.of(tokenizer, text);
        var run = new Trainer(config, training, data, Path.of(args[2])).run();

        var trained = ModelDirectory.open(run.model());
        var model = new Model(trained.config());
        try (var gpt = Generator.open(Backends.named("cpu"), model, s -> trained.load(model, s))) {
            var options = new GenerationOptions(SamplingOptions.DEFAULT, 200, 1);
            new TextGenerator(gpt, tokenizer).generate("The ", options, System.out::print);
        }
    }
}
