package io.tornadogpt.core.op;

import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// A gated linear unit (Dauphin et al., 2016; Shazeer, "GLU Variants Improve Transformer", 2020):
/// `out = f(gate) * up`. With SiLU it is Llama's SwiGLU, with GELU Gemma's and ModernBERT's GeGLU.
///
/// @param gate any shape
/// @param up as `gate`
/// @param out as `gate`
/// @param function f
public record GatedActivation(Tensor gate, Tensor up, Tensor out, Function function) implements Op {
    public GatedActivation {
        Expect.sameShape("GatedActivation", "up", up, "gate", gate);
        Expect.sameShape("GatedActivation", "out", out, "gate", gate);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(gate, up);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public List<Tensor> overwritable() {
        return List.of(gate, up);
    }

    @Override
    public GatedActivation map(UnaryOperator<Tensor> f) {
        return new GatedActivation(f.apply(gate), f.apply(up), f.apply(out), function);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && (gradients.wanted(gate) || gradients.wanted(up))) {
            gradients.append(
                    new Backward(
                            gate,
                            up,
                            dOut,
                            gradients.assigned(gate),
                            gradients.assigned(up),
                            function));
        }
    }

    @Override
    public long flops() {
        return 2 * out.elements();
    }

    /// `dGate = dOut * up * f'(gate)`, `dUp = dOut * f(gate)`; all of one shape, both assigned.
    public record Backward(
            Tensor gate, Tensor up, Tensor dOut, Tensor dGate, Tensor dUp, Function function)
            implements Op {
        public Backward {
            Expect.sameShape("GatedActivation.Backward", "up", up, "gate", gate);
            Expect.sameShape("GatedActivation.Backward", "dOut", dOut, "gate", gate);
            Expect.sameShape("GatedActivation.Backward", "dGate", dGate, "gate", gate);
            Expect.sameShape("GatedActivation.Backward", "dUp", dUp, "gate", gate);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(gate, up, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dGate, dUp);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(gate),
                    f.apply(up),
                    f.apply(dOut),
                    f.apply(dGate),
                    f.apply(dUp),
                    function);
        }

        @Override
        public long flops() {
            return 5 * gate.elements();
        }
    }
}
