package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads weights as a model's files have them from a model that has queries, keys and values apart.
final class JoinedRows implements WeightReader {
    private final WeightReader own;
    private final Map<String, List<Parameter>> parts = new LinkedHashMap<>();

    JoinedRows(Model model, WeightReader own) {
        this.own = own;
        for (Parameter parameter : model.baseParameters()) {
            StoredRows rows = StoredRows.of(model.config(), parameter, model.prefix());
            if (!rows.whole()) {
                parts.computeIfAbsent(rows.name(), _ -> new ArrayList<>()).add(parameter);
            }
        }
    }

    /// Queries, keys and values come in this order, as parameters and as rows.
    @Override
    public float[] read(TensorSpec weight, int slice) throws IOException {
        List<Parameter> joined = parts.get(weight.name());
        if (joined == null) {
            return own.read(weight, slice);
        }
        float[] all = new float[Math.toIntExact(weight.shape().elements())];
        int at = 0;
        for (Parameter part : joined) {
            float[] rows = own.read(part.spec(), slice);
            System.arraycopy(rows, 0, all, at, rows.length);
            at += rows.length;
        }
        return all;
    }
}
