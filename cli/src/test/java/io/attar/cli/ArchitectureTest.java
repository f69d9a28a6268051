package io.attar.cli;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between the modules, and who may speak. */
final class ArchitectureTest {
  private static final String RUNTIME = "io.attar.runtime..";
  private static final String DATA = "io.attar.data..";
  private static final String EVALUATION = "io.attar.evaluation..";
  private static final String TRAINING = "io.attar.training..";
  private static final String WEB = "io.attar.web..";
  private static final String CLI = "io.attar.cli..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.attar");

  @Test
  void runtimeNeedsNothingButJava() {
    classes()
        .that()
        .resideInAPackage(RUNTIME)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(RUNTIME, "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void runtimeHasNoThreadClockFileOrNetwork() {
    noClasses()
        .that()
        .resideInAPackage(RUNTIME)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.nio.file..", "java.net..", "java.time..", "java.util.concurrent..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.Thread")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.File")
        .check(CLASSES);
  }

  @Test
  void dataKnowsNoneOfUs() {
    arrow(DATA, RUNTIME, EVALUATION, TRAINING, WEB, CLI);
  }

  @Test
  void evaluationKnowsRuntimeAndData() {
    arrow(EVALUATION, TRAINING, WEB, CLI);
  }

  @Test
  void trainingKnowsAllButTheCommand() {
    arrow(TRAINING, WEB, CLI);
  }

  @Test
  void webKnowsTheRuntimeAndItsCompiler() {
    classes()
        .that()
        .resideInAPackage(WEB)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(WEB, RUNTIME, "java..", "org.jspecify..", "org.teavm..")
        .check(CLASSES);
  }

  @Test
  void nobodyButTheWebKnowsItsCompiler() {
    noClasses()
        .that()
        .resideOutsideOfPackage(WEB)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.teavm..")
        .check(CLASSES);
  }

  @Test
  void onlyTrainingAndTheDoctorTouchTheNativeLibrary() {
    noClasses()
        .that()
        .resideOutsideOfPackage(TRAINING)
        .and()
        .doNotHaveSimpleName("DoctorCommand")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandSpeaks() {
    noClasses().that().resideOutsideOfPackage(CLI).should(speak()).check(CLASSES);
  }

  /** To write to the standard streams, stack traces included. */
  private static ArchCondition<JavaClass> speak() {
    return accessField(System.class, "out")
        .or(accessField(System.class, "err"))
        .or(
            callMethodWhere(
                target(name("printStackTrace")).and(target(owner(assignableTo(Throwable.class))))));
  }

  static final class ToOutput {
    static void greet() {
      System.out.println("heard");
    }
  }

  static final class ToError {
    static void greet() {
      System.err.println("heard");
    }
  }

  static final class ByTrace {
    static void greet(IllegalStateException problem) {
      problem.printStackTrace();
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {ToOutput.class, ToError.class, ByTrace.class})
  void whoSpeaksWouldBeHeard(Class<?> speaker) {
    JavaClasses imported = new ClassFileImporter().importClasses(speaker);
    assertThatThrownBy(() -> noClasses().should(speak()).check(imported))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(speaker.getSimpleName());
  }

  /** That the rules look at something: the opposite of a true arrow is found out. */
  @Test
  void aForbiddenArrowWouldBeSeen() {
    assertThatThrownBy(() -> arrow(CLI, TRAINING))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Corridor");
    assertThatThrownBy(() -> arrow(TRAINING, DATA)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> arrow(EVALUATION, RUNTIME)).isInstanceOf(AssertionError.class);
  }

  private static void arrow(String from, String... forbidden) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .check(CLASSES);
  }
}
