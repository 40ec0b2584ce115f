package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.HiddenProgram;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.model.objective.Classification;
import io.tornadogpt.core.model.objective.Pooled;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.MemoryBudget;

import java.io.IOException;
import java.util.List;

/// What a model's head makes of one sequence, in a session that is open until this is closed.
///
/// @param name `logits` or `hidden_states`
/// @param shape without the batch
/// @param values of the session
record Prediction(Session session, String name, List<Long> shape, TensorSpec values)
        implements AutoCloseable {
    private static final String LOGITS = "logits";

    /// A program, and what of it is asked for.
    private record Plan(
            Program program, Inputs inputs, String name, List<Long> shape, TensorSpec values) {}

    /// Computes it.
    ///
    /// @param hidden whether hidden states are asked for, whatever the head
    static Prediction of(StoredModel stored, int[] ids, boolean hidden, DeviceOptions device)
            throws IOException {
        Model model = stored.model().withContext(ids.length);
        BatchForm form = BatchForm.full(1, ids.length);
        long length = ids.length;
        return switch (hidden ? new Task.HiddenStates() : stored.config().task()) {
            case Task.Tokens _ -> {
                LogitsProgram program = model.logits(LOGITS, form);
                List<Long> shape = List.of(length, (long) stored.config().vocabulary());
                var plan =
                        new Plan(
                                program.program(),
                                program.inputs(),
                                LOGITS,
                                shape,
                                program.logits());
                yield run(plan, open(plan, stored, model, device), ids);
            }
            case Task.HiddenStates _ -> {
                HiddenProgram program = model.hidden("hidden", form);
                List<Long> shape = List.of(length, (long) model.architecture().width());
                var plan =
                        new Plan(
                                program.program(),
                                program.inputs(),
                                "hidden_states",
                                shape,
                                program.states());
                yield run(plan, open(plan, stored, model, device), ids);
            }
            case Task.Labels labels -> {
                LossProgram program = model.evaluate(LOGITS, new Classification(labels), form);
                var plan =
                        new Plan(
                                program.program(),
                                program.inputs(),
                                LOGITS,
                                List.of((long) labels.labels()),
                                program.output(LOGITS));
                Session session = open(plan, stored, model, device);
                boolean mean = labels.pooling() == Task.Pooling.MEAN;
                int[] given = Pooled.given(labels.pooling(), new int[] {ids.length}, ids.length);
                session.write(program.given(mean ? "lengths" : "rows"), given);
                session.write(program.given("labels"), new int[] {-1});
                session.write(program.given("weights"), new float[] {0});
                yield run(plan, session, ids);
            }
        };
    }

    private static Session open(Plan plan, StoredModel stored, Model model, DeviceOptions device)
            throws IOException {
        List<Program> programs = List.of(plan.program);
        Backend backend = device.backend();
        MemoryBudget.require(backend.plan(programs).bytes());
        Session session = backend.open(programs, device.execution());
        try {
            stored.load(model, session);
            return session;
        } catch (IOException | RuntimeException failure) {
            session.close();
            throw failure;
        }
    }

    private static Prediction run(Plan plan, Session session, int... ids) {
        session.write(plan.inputs.tokens(), ids);
        plan.inputs.writePositions(session, plan.program);
        session.run(plan.program.name());
        return new Prediction(session, plan.name, plan.shape, plan.values);
    }

    float[] floats() {
        return session.readFloats(values);
    }

    double[] doubles() {
        return session.readDoubles(values, 0);
    }

    @Override
    public void close() {
        session.close();
    }
}
