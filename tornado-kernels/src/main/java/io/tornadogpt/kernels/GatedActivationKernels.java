package io.tornadogpt.kernels;

import io.tornadogpt.core.op.GatedActivation;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Gated linear units (Dauphin et al., 2016), and their gradients: one of two products of an MLP
/// goes through a function and multiplies the other.
public final class GatedActivationKernels {
    private GatedActivationKernels() {}

    /// How [GatedActivation] is launched.
    public static OpKernels of(GatedActivation o) {
        return OpKernels.of(
                "gatedActivation",
                (t, g, name) ->
                        g.task(
                                name,
                                GatedActivationKernels::gatedActivation,
                                t.layer(),
                                t.floats(o.gate()),
                                t.place(o.gate()),
                                t.floats(o.up()),
                                t.place(o.up()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                ActivationKernels.number(o.function())));
    }

    /// How [GatedActivation.Backward] is launched.
    public static OpKernels of(GatedActivation.Backward o) {
        return OpKernels.of(
                "gatedActivationBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                GatedActivationKernels::gatedActivationBackward,
                                t.layer(),
                                t.floats(o.gate()),
                                t.place(o.gate()),
                                t.floats(o.up()),
                                t.place(o.up()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dGate()),
                                t.place(o.dGate()),
                                t.floats(o.dUp()),
                                t.place(o.dUp()),
                                t.elements(o.dUp()),
                                ActivationKernels.number(o.function())));
    }

    /// `out = f(gate) * up`: n elements; `out` may be `gate` or `up`. One work-item an element.
    /// About 15 FLOPs and 12 bytes an element.
    ///
    /// @param function [ActivationKernels#number] of f
    public static void gatedActivation(
            IntArray layer,
            FloatArray gate,
            long gatePlace,
            FloatArray up,
            long upPlace,
            FloatArray out,
            long outPlace,
            int n,
            int function) {
        for (@Parallel int i = 0; i < n; i++) {
            float open =
                    ActivationKernels.value(gate.get(Place.start(gatePlace, layer) + i), function);
            out.set(
                    Place.start(outPlace, layer) + i,
                    open * up.get(Place.start(upPlace, layer) + i));
        }
    }

    /// `dGate = dOut * up * f'(gate)`, `dUp = dOut * f(gate)`: n elements. One work-item an
    /// element. About 40 FLOPs and 20 bytes an element.
    ///
    /// @param function [ActivationKernels#number] of f
    public static void gatedActivationBackward(
            IntArray layer,
            FloatArray gate,
            long gatePlace,
            FloatArray up,
            long upPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dGate,
            long dGatePlace,
            FloatArray dUp,
            long dUpPlace,
            int n,
            int function) {
        for (@Parallel int i = 0; i < n; i++) {
            float x = gate.get(Place.start(gatePlace, layer) + i);
            float factor = up.get(Place.start(upPlace, layer) + i);
            float gradient = dOut.get(Place.start(dOutPlace, layer) + i);
            dGate.set(
                    Place.start(dGatePlace, layer) + i,
                    gradient * factor * ActivationKernels.derivative(x, function));
            dUp.set(
                    Place.start(dUpPlace, layer) + i,
                    gradient * ActivationKernels.value(x, function));
        }
    }
}
