package io.tornadogpt.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

import java.io.ObjectInputStream;

/// Which module may name which. That only exported packages are used, in the examples as elsewhere,
/// needs no test: the compiler sees to it.
class RoomsTest {

    private static final JavaClasses OURS =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.tornadogpt");

    /// A rule about no classes would pass, so each room that a rule speaks of must have been found.
    @Test
    void everyRoomIsSeen() {
        for (String room :
                new String[] {
                    "core",
                    "gguf",
                    "cpu",
                    "tokenizer",
                    "chat",
                    "trainer",
                    "finetune",
                    "parallel",
                    "curation",
                    "evaluation",
                    "scaling",
                    "sampler",
                    "server",
                    "hub",
                    "bench",
                    "cli"
                }) {
            assertTrue(
                    OURS.stream()
                            .anyMatch(c -> c.getPackageName().startsWith("io.tornadogpt." + room)),
                    room);
        }
    }

    @Test
    void coreKnowsNoOtherRoom() {
        noClasses()
                .that()
                .resideInAPackage("io.tornadogpt.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.tornadogpt.bench..",
                        "io.tornadogpt.chat..",
                        "io.tornadogpt.cli..",
                        "io.tornadogpt.cpu..",
                        "io.tornadogpt.curation..",
                        "io.tornadogpt.evaluation..",
                        "io.tornadogpt.examples..",
                        "io.tornadogpt.finetune..",
                        "io.tornadogpt.kernels..",
                        "io.tornadogpt.parallel..",
                        "io.tornadogpt.sampler..",
                        "io.tornadogpt.scaling..",
                        "io.tornadogpt.server..",
                        "io.tornadogpt.tokenizer..",
                        "io.tornadogpt.trainer..")
                .check(OURS);
    }

    @Test
    void trainerSamplerAndCommandNameNoBackend() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.tornadogpt.trainer..",
                        "io.tornadogpt.finetune..",
                        "io.tornadogpt.parallel..",
                        "io.tornadogpt.curation..",
                        "io.tornadogpt.evaluation..",
                        "io.tornadogpt.scaling..",
                        "io.tornadogpt.sampler..",
                        "io.tornadogpt.server..",
                        "io.tornadogpt.bench..",
                        "io.tornadogpt.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.tornadogpt.cpu..",
                        "io.tornadogpt.kernels..",
                        "io.tornadogpt.core.reference..")
                .check(OURS);
    }

    @Test
    void onlyTheKernelsKnowTornado() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.tornadogpt.kernels..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("uk.ac.manchester.tornado..")
                .check(OURS);
    }

    @Test
    void jsonIsReadAndWrittenOnlyWhereFilesAre() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.tornadogpt.core..",
                        "io.tornadogpt.tokenizer..",
                        "io.tornadogpt.chat..",
                        "io.tornadogpt.trainer..",
                        "io.tornadogpt.finetune..",
                        "io.tornadogpt.curation..",
                        "io.tornadogpt.evaluation..",
                        "io.tornadogpt.hub..",
                        "io.tornadogpt.sampler.grammar..",
                        "io.tornadogpt.server..",
                        "io.tornadogpt.bench..",
                        "io.tornadogpt.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson..")
                .check(OURS);
    }

    @Test
    void nothingIsReadByJavaSerialization() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .check(OURS);
    }

    /// Templates are programs of strangers: what runs them has no way to the host.
    @Test
    void theInterpreterOfTemplatesReachesNothingButValues() {
        noClasses()
                .that()
                .resideInAPackage("io.tornadogpt.chat.jinja..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.lang.invoke..",
                        "java.lang.reflect..",
                        "java.net..",
                        "java.nio..",
                        "java.io..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Runtime.class, ProcessBuilder.class, ClassLoader.class)
                .check(OURS);
    }
}
