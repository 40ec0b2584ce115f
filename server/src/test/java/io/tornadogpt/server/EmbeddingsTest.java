package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// `/v1/embeddings`.
@Timeout(120)
class EmbeddingsTest {
    private static Server server;
    private static TestClient client;

    @BeforeAll
    static void start() throws IOException {
        server =
                Server.start(
                        ServerSettings.DEFAULT.withPort(0),
                        List.of(TestModel.open(TestModel.settings())));
        client = new TestClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static TestClient.Answer embed(String body) throws Exception {
        return client.post("/v1/embeddings", body.replace('\'', '"'));
    }

    private static float[] numbers(JsonNode embedding) {
        if (embedding.isTextual()) {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Base64.getDecoder().decode(embedding.asText()))
                            .order(ByteOrder.LITTLE_ENDIAN);
            float[] values = new float[bytes.remaining() / Float.BYTES];
            bytes.asFloatBuffer().get(values);
            return values;
        }
        float[] values = new float[embedding.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) embedding.get(i).asDouble();
        }
        return values;
    }

    @Test
    void textsTokensAndBothEncodingsGiveTheSameVectors() throws Exception {
        JsonNode two = embed("{'model': 'tiny', 'input': ['the quick', 'brown fox']}").json();
        assertEquals("list", two.path("object").asText());
        assertEquals("embedding", two.at("/data/1/object").asText());
        assertEquals(1, two.at("/data/1/index").asInt());
        float[] vector = numbers(two.at("/data/0/embedding"));
        assertEquals(12, vector.length);
        double length = 0;
        for (float x : vector) {
            length += x * x;
        }
        assertEquals(1, length, 1e-5);
        int[] tokens = TestModel.TOKENIZER.encode("the quick");
        for (String body :
                List.of(
                        "{'input': 'the quick', 'encoding_format': 'base64'}",
                        "{'input': 'the quick', 'encoding_format': 'float'}",
                        "{'input': " + Arrays.toString(tokens) + "}",
                        "{'input': ["
                                + Arrays.toString(tokens)
                                + "], 'encoding_format': 'base64'}")) {
            JsonNode one = embed(body).json();
            float[] same = numbers(one.at("/data/0/embedding"));
            for (int i = 0; i < vector.length; i++) {
                assertEquals(vector[i], same[i], 1e-5, body);
            }
            assertEquals(tokens.length, one.at("/usage/prompt_tokens").asInt());
        }
    }

    @Test
    void shorterVectorsAreTheBeginningScaledAgain() throws Exception {
        float[] whole = numbers(embed("{'input': 'the'}").at("/data/0/embedding"));
        float[] part = numbers(embed("{'input': 'the', 'dimensions': 5}").at("/data/0/embedding"));
        assertEquals(5, part.length);
        for (int i = 0; i < 5; i++) {
            assertEquals(whole[i] / whole[0], part[i] / part[0], 1e-4);
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedAndNothingIsCutOff() throws Exception {
        for (String body :
                List.of(
                        "{}",
                        "{'input': []}",
                        "{'input': [[]]}",
                        "{'input': 'a', 'dimensions': 13}",
                        "{'input': 'a', 'dimensions': 0}",
                        "{'input': 'a', 'encoding_format': 'hex'}",
                        "{'input': 'a', 'pooling': 'max'}",
                        "{'input': " + java.util.Collections.nCopies(2049, "'a'") + "}")) {
            assertEquals(400, embed(body).status(), body);
        }
        TestClient.Answer tooLong = embed("{'input': '" + "x".repeat(65) + "'}");
        assertEquals(400, tooLong.status());
        assertEquals("context_length_exceeded", tooLong.at("/error/code").asText());
        assertTrue(embed("{'input': '" + "x".repeat(64) + "'}").status() == 200);
    }
}
