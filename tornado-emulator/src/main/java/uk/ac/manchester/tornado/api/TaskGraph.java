package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.engine.GraphDefinition;
import io.tornadogpt.emulator.engine.TaskDefinition;

import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;

import java.util.List;

/// A sequence of tasks and what they copy between host and device.
@SuppressWarnings("unchecked") // Each task casts its arguments back to the types they came with.
public class TaskGraph {

    private final GraphDefinition graph;

    /// A graph without tasks.
    public TaskGraph(String name) {
        this.graph = new GraphDefinition(name);
    }

    /// Copies arrays to the device before the tasks run, once or always.
    ///
    /// @param mode `FIRST_EXECUTION` or `EVERY_EXECUTION` of [DataTransferMode]
    public TaskGraph transferToDevice(final int mode, Object... objects) {
        switch (mode) {
            case DataTransferMode.FIRST_EXECUTION -> graph.copyIn(false, objects);
            case DataTransferMode.EVERY_EXECUTION -> graph.copyIn(true, objects);
            default -> throw graph.unknownMode("transferToDevice", mode);
        }
        return this;
    }

    /// Copies arrays to the host after the tasks have run; on demand means to keep them.
    ///
    /// @param mode one of [DataTransferMode]
    public TaskGraph transferToHost(final int mode, Object... objects) {
        switch (mode) {
            case DataTransferMode.FIRST_EXECUTION -> graph.copyOut(false, objects);
            case DataTransferMode.EVERY_EXECUTION -> graph.copyOut(true, objects);
            case DataTransferMode.UNDER_DEMAND -> graph.persist(objects);
            default -> throw graph.unknownMode("transferToHost", mode);
        }
        return this;
    }

    /// Keeps arrays on the device for other graphs of the plan, and for the host to ask for.
    public TaskGraph persistOnDevice(Object... objects) {
        graph.persist(objects);
        return this;
    }

    /// Takes arrays over from another graph of the plan.
    public TaskGraph consumeFromDevice(String uniqueTaskGraphName, Object... objects) {
        graph.consume(uniqueTaskGraphName, objects);
        return this;
    }

    /// Takes arrays over from whichever graph of the plan ran just before.
    public TaskGraph consumeFromDevice(Object... objects) {
        graph.consume(graph.name(), objects);
        return this;
    }

    /// The graph's name.
    public String getTaskGraphName() {
        return graph.name();
    }

    /// The graph as it is now, ready for a plan.
    public ImmutableTaskGraph snapshot() {
        return new ImmutableTaskGraph(graph.snapshot());
    }

    private TaskGraph add(String id, Object code, TaskDefinition.Call call, Object... arguments) {
        graph.addTask(new TaskDefinition(id, code, call, List.of(arguments)));
        return this;
    }

    /// Adds a task without arguments.
    public TaskGraph task(String id, TornadoFunctions.Task code) {
        return add(id, code, _ -> code.apply());
    }

    /// Adds a task of 1 argument.
    public <T1> TaskGraph task(String id, TornadoFunctions.Task1<T1> code, T1 arg1) {
        return add(id, code, a -> code.apply((T1) a[0]), arg1);
    }

    /// Adds a task of 2 arguments.
    public <T1, T2> TaskGraph task(
            String id, TornadoFunctions.Task2<T1, T2> code, T1 arg1, T2 arg2) {
        return add(id, code, a -> code.apply((T1) a[0], (T2) a[1]), arg1, arg2);
    }

    /// Adds a task of 3 arguments.
    public <T1, T2, T3> TaskGraph task(
            String id, TornadoFunctions.Task3<T1, T2, T3> code, T1 arg1, T2 arg2, T3 arg3) {
        return add(id, code, a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2]), arg1, arg2, arg3);
    }

    /// Adds a task of 4 arguments.
    public <T1, T2, T3, T4> TaskGraph task(
            String id,
            TornadoFunctions.Task4<T1, T2, T3, T4> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4) {
        return add(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3]),
                arg1,
                arg2,
                arg3,
                arg4);
    }

    /// Adds a task of 5 arguments.
    public <T1, T2, T3, T4, T5> TaskGraph task(
            String id,
            TornadoFunctions.Task5<T1, T2, T3, T4, T5> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5) {
        return add(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5);
    }

    /// Adds a task of 6 arguments.
    public <T1, T2, T3, T4, T5, T6> TaskGraph task(
            String id,
            TornadoFunctions.Task6<T1, T2, T3, T4, T5, T6> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6) {
        return add(
                id,
                code,
                a -> code.apply((T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6);
    }

    /// Adds a task of 7 arguments.
    public <T1, T2, T3, T4, T5, T6, T7> TaskGraph task(
            String id,
            TornadoFunctions.Task7<T1, T2, T3, T4, T5, T6, T7> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5],
                                (T7) a[6]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7);
    }

    /// Adds a task of 8 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8> TaskGraph task(
            String id,
            TornadoFunctions.Task8<T1, T2, T3, T4, T5, T6, T7, T8> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5],
                                (T7) a[6], (T8) a[7]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8);
    }

    /// Adds a task of 9 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9> TaskGraph task(
            String id,
            TornadoFunctions.Task9<T1, T2, T3, T4, T5, T6, T7, T8, T9> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0], (T2) a[1], (T3) a[2], (T4) a[3], (T5) a[4], (T6) a[5],
                                (T7) a[6], (T8) a[7], (T9) a[8]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9);
    }

    /// Adds a task of 10 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> TaskGraph task(
            String id,
            TornadoFunctions.Task10<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10);
    }

    /// Adds a task of 11 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> TaskGraph task(
            String id,
            TornadoFunctions.Task11<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11);
    }

    /// Adds a task of 12 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> TaskGraph task(
            String id,
            TornadoFunctions.Task12<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11,
            T12 arg12) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12);
    }

    /// Adds a task of 13 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> TaskGraph task(
            String id,
            TornadoFunctions.Task13<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11,
            T12 arg12,
            T13 arg13) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13);
    }

    /// Adds a task of 14 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> TaskGraph task(
            String id,
            TornadoFunctions.Task14<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
                    code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11,
            T12 arg12,
            T13 arg13,
            T14 arg14) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14);
    }

    /// Adds a task of 15 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15> TaskGraph task(
            String id,
            TornadoFunctions.Task15<
                            T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15>
                    code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11,
            T12 arg12,
            T13 arg13,
            T14 arg14,
            T15 arg15) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15);
    }

    /// Adds a task of 16 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16> TaskGraph task(
            String id,
            TornadoFunctions.Task16<
                            T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16>
                    code,
            T1 arg1,
            T2 arg2,
            T3 arg3,
            T4 arg4,
            T5 arg5,
            T6 arg6,
            T7 arg7,
            T8 arg8,
            T9 arg9,
            T10 arg10,
            T11 arg11,
            T12 arg12,
            T13 arg13,
            T14 arg14,
            T15 arg15,
            T16 arg16) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14],
                                (T16) a[15]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15,
                arg16);
    }

    /// Adds a task of 17 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17>
            TaskGraph task(
                    String id,
                    TornadoFunctions.Task17<
                                    T1,
                                    T2,
                                    T3,
                                    T4,
                                    T5,
                                    T6,
                                    T7,
                                    T8,
                                    T9,
                                    T10,
                                    T11,
                                    T12,
                                    T13,
                                    T14,
                                    T15,
                                    T16,
                                    T17>
                            code,
                    T1 arg1,
                    T2 arg2,
                    T3 arg3,
                    T4 arg4,
                    T5 arg5,
                    T6 arg6,
                    T7 arg7,
                    T8 arg8,
                    T9 arg9,
                    T10 arg10,
                    T11 arg11,
                    T12 arg12,
                    T13 arg13,
                    T14 arg14,
                    T15 arg15,
                    T16 arg16,
                    T17 arg17) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14],
                                (T16) a[15],
                                (T17) a[16]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15,
                arg16,
                arg17);
    }

    /// Adds a task of 18 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18>
            TaskGraph task(
                    String id,
                    TornadoFunctions.Task18<
                                    T1,
                                    T2,
                                    T3,
                                    T4,
                                    T5,
                                    T6,
                                    T7,
                                    T8,
                                    T9,
                                    T10,
                                    T11,
                                    T12,
                                    T13,
                                    T14,
                                    T15,
                                    T16,
                                    T17,
                                    T18>
                            code,
                    T1 arg1,
                    T2 arg2,
                    T3 arg3,
                    T4 arg4,
                    T5 arg5,
                    T6 arg6,
                    T7 arg7,
                    T8 arg8,
                    T9 arg9,
                    T10 arg10,
                    T11 arg11,
                    T12 arg12,
                    T13 arg13,
                    T14 arg14,
                    T15 arg15,
                    T16 arg16,
                    T17 arg17,
                    T18 arg18) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14],
                                (T16) a[15],
                                (T17) a[16],
                                (T18) a[17]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15,
                arg16,
                arg17,
                arg18);
    }

    /// Adds a task of 19 arguments.
    public <T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16, T17, T18, T19>
            TaskGraph task(
                    String id,
                    TornadoFunctions.Task19<
                                    T1,
                                    T2,
                                    T3,
                                    T4,
                                    T5,
                                    T6,
                                    T7,
                                    T8,
                                    T9,
                                    T10,
                                    T11,
                                    T12,
                                    T13,
                                    T14,
                                    T15,
                                    T16,
                                    T17,
                                    T18,
                                    T19>
                            code,
                    T1 arg1,
                    T2 arg2,
                    T3 arg3,
                    T4 arg4,
                    T5 arg5,
                    T6 arg6,
                    T7 arg7,
                    T8 arg8,
                    T9 arg9,
                    T10 arg10,
                    T11 arg11,
                    T12 arg12,
                    T13 arg13,
                    T14 arg14,
                    T15 arg15,
                    T16 arg16,
                    T17 arg17,
                    T18 arg18,
                    T19 arg19) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14],
                                (T16) a[15],
                                (T17) a[16],
                                (T18) a[17],
                                (T19) a[18]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15,
                arg16,
                arg17,
                arg18,
                arg19);
    }

    /// Adds a task of 20 arguments.
    public <
                    T1,
                    T2,
                    T3,
                    T4,
                    T5,
                    T6,
                    T7,
                    T8,
                    T9,
                    T10,
                    T11,
                    T12,
                    T13,
                    T14,
                    T15,
                    T16,
                    T17,
                    T18,
                    T19,
                    T20>
            TaskGraph task(
                    String id,
                    TornadoFunctions.Task20<
                                    T1,
                                    T2,
                                    T3,
                                    T4,
                                    T5,
                                    T6,
                                    T7,
                                    T8,
                                    T9,
                                    T10,
                                    T11,
                                    T12,
                                    T13,
                                    T14,
                                    T15,
                                    T16,
                                    T17,
                                    T18,
                                    T19,
                                    T20>
                            code,
                    T1 arg1,
                    T2 arg2,
                    T3 arg3,
                    T4 arg4,
                    T5 arg5,
                    T6 arg6,
                    T7 arg7,
                    T8 arg8,
                    T9 arg9,
                    T10 arg10,
                    T11 arg11,
                    T12 arg12,
                    T13 arg13,
                    T14 arg14,
                    T15 arg15,
                    T16 arg16,
                    T17 arg17,
                    T18 arg18,
                    T19 arg19,
                    T20 arg20) {
        return add(
                id,
                code,
                a ->
                        code.apply(
                                (T1) a[0],
                                (T2) a[1],
                                (T3) a[2],
                                (T4) a[3],
                                (T5) a[4],
                                (T6) a[5],
                                (T7) a[6],
                                (T8) a[7],
                                (T9) a[8],
                                (T10) a[9],
                                (T11) a[10],
                                (T12) a[11],
                                (T13) a[12],
                                (T14) a[13],
                                (T15) a[14],
                                (T16) a[15],
                                (T17) a[16],
                                (T18) a[17],
                                (T19) a[18],
                                (T20) a[19]),
                arg1,
                arg2,
                arg3,
                arg4,
                arg5,
                arg6,
                arg7,
                arg8,
                arg9,
                arg10,
                arg11,
                arg12,
                arg13,
                arg14,
                arg15,
                arg16,
                arg17,
                arg18,
                arg19,
                arg20);
    }
}
