package io.tornadogpt.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Libraries speak of settings and values. Which option of the command line sets them is known to
/// the command alone: who embeds a library has no command line.
class MessagesTest {
    private static final JavaClasses OURS =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("io.tornadogpt");

    /// An option as people type it; those of Java itself are for every program.
    private static final Pattern OPTION =
            Pattern.compile("(^|[^\\w-])--(?!add-modules|add-opens|enable-native-access)[a-z]");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "core",
                "cpu",
                "kernels",
                "tokenizer",
                "chat",
                "gguf",
                "hub",
                "trainer",
                "finetune",
                "parallel",
                "curation",
                "evaluation",
                "scaling",
                "sampler",
                "server",
                "bench"
            })
    void librariesNameNoOptionOfTheCommandLine(String room) {
        assertEquals(List.of(), texts(room, true));
        assertFalse(texts(room, false).isEmpty(), "no text was found in " + room);
    }

    /// What the rule above looks for is found where it may be.
    @Test
    void optionsAreFoundInTheCommand() {
        assertFalse(texts("cli", true).isEmpty());
    }

    /// What a library has to say goes to [System.Logger], and where that goes the application says.
    @Test
    void onlyProgramsPrint() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "io.tornadogpt.cli..",
                        "io.tornadogpt.examples..",
                        "io.tornadogpt.kernels.examples..",
                        "io.tornadogpt.microbenchmarks..")
                .should(ACCESS_STANDARD_STREAMS)
                .check(OURS);
    }

    /// String constants of a room's classes, also those that are parts of concatenations.
    private static List<String> texts(String room, boolean onlyWithOptions) {
        var found = new ArrayList<String>();
        for (JavaClass type : OURS) {
            String name = type.getPackageName() + ".";
            if (!name.startsWith("io.tornadogpt." + room + ".")) {
                continue;
            }
            for (PoolEntry entry : ClassFile.of().parse(bytes(type)).constantPool()) {
                if (entry instanceof StringEntry text
                        && (!onlyWithOptions || OPTION.matcher(text.stringValue()).find())) {
                    found.add(type.getName() + ": " + text.stringValue());
                }
            }
        }
        return found;
    }

    private static byte[] bytes(JavaClass type) {
        try (var in = type.getSource().orElseThrow().getUri().toURL().openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
