package io.tornadogpt.sampler.engine;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Requests that wait for a slot. Clients take turns: the next one is the oldest request of the
/// client whose turn it is. Guarded by the engine's lock.
final class WaitingLine {
    private final Map<String, ArrayDeque<Job>> ofClients = new LinkedHashMap<>(); // by turn
    private int size;

    int size() {
        return size;
    }

    int size(String client) {
        ArrayDeque<Job> line = ofClients.get(client);
        return line == null ? 0 : line.size();
    }

    void add(Job job) {
        ofClients.computeIfAbsent(job.client(), client -> new ArrayDeque<>()).add(job);
        size++;
    }

    /// Takes the next job; the client's next turn is after all others'.
    @Nullable Job poll() {
        var turns = ofClients.entrySet().iterator();
        if (!turns.hasNext()) {
            return null;
        }
        Map.Entry<String, ArrayDeque<Job>> turn = turns.next();
        String client = turn.getKey();
        ArrayDeque<Job> line = turn.getValue();
        turns.remove();
        Job job = line.remove();
        if (!line.isEmpty()) {
            ofClients.put(client, line);
        }
        size--;
        return job;
    }

    /// Takes out all jobs of a kind.
    List<Job> removeIf(Predicate<Job> condition) {
        var removed = new ArrayList<Job>();
        for (ArrayDeque<Job> line : ofClients.values()) {
            line.removeIf(job -> condition.test(job) && removed.add(job));
        }
        ofClients.values().removeIf(ArrayDeque::isEmpty);
        size -= removed.size();
        return removed;
    }
}
