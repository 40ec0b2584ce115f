package io.tornadogpt.emulator.engine;

import static java.lang.invoke.MethodType.methodType;

import io.tornadogpt.emulator.engine.KernelBytecode.MethodKey;

import org.jspecify.annotations.Nullable;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A copy of a kernel and its helpers that reports to [Watch] what the emulator could not see
/// otherwise: accesses to local and private arrays, which barrier is waited at, rounds of
/// `@Parallel` loops, and operands that must not be negative. It computes the same.
final class CheckedKernel implements TaskDefinition.Call {

    private static final String LOADER = "tornadogpt-checked-kernel";
    private static final int SITE_BITS = 10;

    private final MethodHandle handle;

    private CheckedKernel(MethodHandle handle) {
        this.handle = handle;
    }

    @Override
    public void apply(Object[] arguments) {
        try {
            handle.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a kernel threw a checked exception", e);
        }
    }

    /// Copies a kernel, with the classes of its helpers.
    ///
    /// @throws ReflectiveOperationException if the copy cannot be linked
    static CheckedKernel of(KernelBytecode bytecode, MethodKey kernel, ClassLoader loader)
            throws ReflectiveOperationException {
        var copies = new HashMap<String, byte[]>();
        for (MethodKey method : bytecode.reached()) {
            String owner = method.owner();
            ClassModel model = bytecode.model(owner).orElse(null);
            if (model != null && !copies.containsKey(owner)) {
                copies.put(owner, copy(bytecode, model, owner, loader));
            }
        }
        var copier = new Copies(loader, copies);
        Watch.class.getModule().addReads(copier.getUnnamedModule());
        Watch.class.getModule().addExports(Watch.class.getPackageName(), copier.getUnnamedModule());
        Class<?> type = Class.forName(kernel.owner().replace('/', '.'), true, copier);
        MethodType signature = MethodType.fromMethodDescriptorString(kernel.descriptor(), copier);
        MethodHandle method =
                MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                        .findStatic(type, kernel.name(), signature);
        return new CheckedKernel(
                method.asType(signature.generic().changeReturnType(void.class))
                        .asSpreader(Object[].class, signature.parameterCount())
                        .asType(methodType(void.class, Object[].class)));
    }

    private static byte[] copy(
            KernelBytecode bytecode, ClassModel model, String owner, ClassLoader loader) {
        List<MethodKey> reached = bytecode.reached();
        int[] sites = {0};
        return ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)))
                .transformClass(
                        model,
                        (builder, element) -> {
                            if (element instanceof MethodModel method) {
                                MethodKey key =
                                        new MethodKey(
                                                owner,
                                                method.methodName().stringValue(),
                                                method.methodType().stringValue());
                                if (reached.contains(key)) {
                                    builder.transformMethod(
                                            method,
                                            MethodTransform.transformingCode(
                                                    Instrumentation.of(
                                                            bytecode, key, method, sites)));
                                    return;
                                }
                            }
                            builder.with(element);
                        });
    }

    /// The number of a call in a class's code, from which its line can be told.
    static int site(int line, int ordinal) {
        return line << SITE_BITS | ordinal & (1 << SITE_BITS) - 1;
    }

    /// The line of a call.
    static int line(int site) {
        return site >>> SITE_BITS;
    }

    /// The file and line of the kernel that is running, or null if it is not a copy.
    static @Nullable String place() {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            if (LOADER.equals(frame.getClassLoaderName())) {
                return frame.getFileName() + ":" + frame.getLineNumber();
            }
        }
        return null;
    }

    /// Defines the copies. All other classes are those that the kernel knows.
    private static final class Copies extends ClassLoader {

        private final Map<String, byte[]> copies;

        Copies(ClassLoader parent, Map<String, byte[]> copies) {
            super(LOADER, parent);
            this.copies = copies;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.equals(Watch.class.getName())) {
                return Watch.class; // the kernel's own loader may not see it
            }
            byte[] copy = copies.get(name.replace('.', '/'));
            if (copy == null) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defineClass(name, copy, 0, copy.length);
            }
        }
    }
}
