package io.tornadogpt.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

class LikelihoodsTest {

    @TempDir private Path folder;

    private static List<Score> scores(StoredModel stored, String device, List<ScoreRequest> all)
            throws IOException {
        return Likelihoods.of(
                stored, DType.F32, Backends.named(device), ExecutionOptions.DEFAULT, all);
    }

    private static int[] ids(java.util.Random random, int count) {
        return IntStream.range(0, count).map(_ -> random.nextInt(512)).toArray();
    }

    /// Contexts of many lengths, with one to five continuations of many lengths each.
    private static List<ScoreRequest> requests() {
        var random = new java.util.Random(5);
        var requests = new ArrayList<ScoreRequest>();
        for (int i = 0; i < 23; i++) {
            int[] context = ids(random, 1 + random.nextInt(i % 5 == 0 ? 90 : 14));
            for (int j = 0; j <= i % 5; j++) {
                requests.add(new ScoreRequest(context, ids(random, 1 + random.nextInt(20))));
            }
        }
        return requests;
    }

    /// What a program without a cache says of one sequence alone.
    private static Score plain(StoredModel stored, ScoreRequest request) throws IOException {
        int[] all =
                IntStream.concat(
                                IntStream.of(request.context()),
                                IntStream.of(request.continuation()))
                        .toArray();
        Model model = stored.model();
        int length = request.length();
        LogitsProgram program = model.logits("logits", 1, length);
        Backend reference = Backends.named("reference");
        try (var session = reference.open(List.of(program.program()))) {
            stored.load(model, session);
            session.write(program.tokens(), java.util.Arrays.copyOf(all, length));
            program.inputs().writePositions(session, program.program());
            session.run("logits");
            double[] logits = session.readDoubles(program.logits(), 0);
            int vocabulary = program.logits().shape().columns();
            double sum = 0;
            boolean greedy = true;
            for (int at = request.contextLength() - 1; at < length; at++) {
                int target = all[at + 1];
                double total = 0;
                for (int v = 0; v < vocabulary; v++) {
                    total += Math.exp(logits[at * vocabulary + v]);
                    greedy &= logits[at * vocabulary + v] <= logits[at * vocabulary + target];
                }
                sum += logits[at * vocabulary + target] - Math.log(total);
            }
            return new Score(sum, greedy, request.continuationLength());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "reference"})
    void manyTogetherAreWhatEachIsAlone(String device) throws IOException {
        StoredModel stored = StoredModel.open(TestModels.llama(folder));
        List<ScoreRequest> requests = requests();
        List<Score> scores = scores(stored, device, requests);
        for (int i = 0; i < requests.size(); i++) {
            Score expected = plain(stored, requests.get(i));
            assertEquals(expected.logLikelihood(), scores.get(i).logLikelihood(), 1e-4);
            assertEquals(expected.greedy(), scores.get(i).greedy());
            assertEquals(expected.tokens(), scores.get(i).tokens());
        }
    }

    @Test
    void continuationsThatTheModelWouldWriteAreGreedy() throws IOException {
        StoredModel stored = StoredModel.open(TestModels.llama(folder));
        int[] context = {1, 40, 200};
        int best = 0;
        double likeliest = Double.NEGATIVE_INFINITY;
        var all = IntStream.range(0, 512).mapToObj(id -> new ScoreRequest(context, new int[] {id}));
        List<Score> scores = scores(stored, "cpu", all.toList());
        for (int id = 0; id < 512; id++) {
            if (scores.get(id).logLikelihood() > likeliest) {
                likeliest = scores.get(id).logLikelihood();
                best = id;
            }
        }
        double sum = scores.stream().mapToDouble(s -> Math.exp(s.logLikelihood())).sum();
        assertEquals(1, sum, 1e-5);
        for (int id = 0; id < 512; id++) {
            assertEquals(id == best, scores.get(id).greedy());
        }
    }

    @Test
    void whatIsTooLongIsCutFromTheLeft() {
        var request = new ScoreRequest(new int[] {1, 2, 3, 4, 5}, new int[] {6, 7, 8});
        assertEquals(List.of(4, 5), IntStream.of(request.cut(4).context()).boxed().toList());
        assertEquals(4, request.cut(4).length());
        assertEquals(5, request.cut(7).contextLength());
        assertTrue(request.cut(6).contextLength() == 4);
        assertFalse(request.cut(3).contextLength() == 0);
    }
}
