package io.tornadogpt.examples;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.sampler.Gpt;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.nio.file.Files;
import java.nio.file.Path;

class TrainAndSample {
    public static void main(String[] args) throws Exception {
        String text = Files.readString(Path.of(args[0]));
        var tokenizer = CharTokenizer.train(text);
        var sizes = GptConfig.builder().nLayer(4).nHead(4).nEmbd(128).blockSize(64);
        var config = sizes.vocabSize(tokenizer.vocabularySize()).build();
        var training = TrainConfig.defaults().with("steps=" + args[1]);
        var data = TrainingData.of(tokenizer, text);
        var run = new Trainer(config, training, data, Path.of(args[2])).run();

        try (var gpt = Gpt.load(run.model())) {
            gpt.complete("The ", Gpt.DEFAULT_OPTIONS.withMaxNewTokens(200), System.out::print);
        }
    }
}
