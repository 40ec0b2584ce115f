package io.tornadogpt.curation.run;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.curation.Document;
import io.tornadogpt.curation.Verdict;
import io.tornadogpt.curation.step.DocumentStep;
import io.tornadogpt.curation.step.MinHash;
import io.tornadogpt.curation.step.PassageStep;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Takes documents through the steps for single ones.
///
/// Immutable; any number of threads may share it.
final class Judge {
    private final List<String> names;
    private final List<DocumentStep> steps;
    private final @Nullable MinHash near;
    private final List<PassageStep> passageSteps;

    Judge(
            List<String> names,
            List<DocumentStep> steps,
            @Nullable MinHash near,
            List<PassageStep> passageSteps) {
        this.passageSteps = List.copyOf(passageSteps);
        this.names = List.copyOf(names);
        this.steps = List.copyOf(steps);
        this.near = near;
    }

    Judgement judge(Document read) {
        var verdicts = new ArrayList<Verdict>(steps.size());
        var nanos = new long[steps.size() + 1];
        var lengths = new int[steps.size()];
        Document current = read;
        for (int i = 0; i < steps.size(); i++) {
            lengths[i] = current.text().length();
            long start = System.nanoTime();
            Verdict verdict = steps.get(i).apply(current);
            nanos[i] = System.nanoTime() - start;
            verdicts.add(verdict);
            if (verdict instanceof Verdict.Removed) {
                return new Judgement(
                        read, current, verdicts, nanos, lengths, null, null, List.of());
            }
            if (verdict instanceof Verdict.Changed changed) {
                current = changed.document();
            }
        }
        if (current.text().isBlank()) {
            // Whatever the recipe: a document without text is none.
            verdicts.add(new Verdict.Removed("empty", "there is no text"));
            return new Judgement(
                    read,
                    current,
                    verdicts,
                    nanos,
                    Arrays.copyOf(lengths, lengths.length + 1),
                    null,
                    null,
                    List.of());
        }
        long start = System.nanoTime();
        String text = current.text();
        long[] signature = Signature.of(text, near);
        List<long[]> passages =
                passageSteps.stream().map(step -> step.passages(text).hashes()).toList();
        nanos[steps.size()] = System.nanoTime() - start;
        byte[] line = line(current, verdicts);
        return new Judgement(read, current, verdicts, nanos, lengths, line, signature, passages);
    }

    /// Gives back what the steps took.
    void close() {
        steps.forEach(DocumentStep::close);
    }

    private byte[] line(Document document, List<Verdict> verdicts) {
        var out = new ByteArrayOutputStream(document.text().length() + 256);
        try (JsonGenerator json = Json.MAPPER.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("text", document.text());
            json.writeStringField("id", document.id());
            if (!document.metadata().isEmpty()) {
                json.writeFieldName("metadata");
                Json.MAPPER.writeValue(json, document.metadata());
            }
            writeHistory(json, verdicts);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // in memory
        }
        out.write('\n');
        return out.toByteArray();
    }

    private void writeHistory(JsonGenerator json, List<Verdict> verdicts) throws IOException {
        boolean any = false;
        for (int i = 0; i < verdicts.size(); i++) {
            if (verdicts.get(i) instanceof Verdict.Changed changed && !changed.counts().isEmpty()) {
                if (!any) {
                    json.writeObjectFieldStart("history");
                    any = true;
                }
                json.writeObjectFieldStart(names.get(i));
                for (Map.Entry<String, Integer> entry : changed.counts().entrySet()) {
                    json.writeNumberField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
        }
        if (any) {
            json.writeEndObject();
        }
    }
}
