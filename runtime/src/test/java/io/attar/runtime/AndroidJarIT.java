package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.android.tools.r8.ClassFileResourceProvider;
import com.android.tools.r8.CompilationMode;
import com.android.tools.r8.D8;
import com.android.tools.r8.D8Command;
import com.android.tools.r8.Diagnostic;
import com.android.tools.r8.DiagnosticsHandler;
import com.android.tools.r8.JdkClassFileProvider;
import com.android.tools.r8.OutputMode;
import com.android.tools.r8.R8;
import com.android.tools.r8.R8Command;
import com.android.tools.r8.origin.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Turns the finished jar into what an Android app packages, by both ways the Android build has: D8,
 * which only translates, and R8, which also looks for classes that no jar brings. Neither may have
 * anything to say.
 *
 * <p>The JDK stands in for Android's own library, which is on no package registry we can rely on;
 * that the runtime uses nothing Android 8 lacks is the job of the signature check in the POM.
 */
class AndroidJarIT {
  /** Android 8.0. */
  private static final int MINIMUM_API = 26;

  private static final Path JAR = Path.of(System.getProperty("attar.runtimeJar"));
  private static final Path JDK = Path.of(System.getProperty("java.home"));

  @Test
  void dexesWithoutADiagnostic(@TempDir Path folder) throws Exception {
    List<String> diagnostics = new ArrayList<>();
    ClassFileResourceProvider library = JdkClassFileProvider.fromJdkHome(JDK);
    D8.run(
        D8Command.builder(collector(diagnostics))
            .addLibraryResourceProvider(library)
            .addProgramFiles(JAR)
            .setMinApiLevel(MINIMUM_API)
            .setMode(CompilationMode.RELEASE)
            .setOutput(folder, OutputMode.DexIndexed)
            .build());
    assertThat(diagnostics).isEmpty();
    assertThat(classesOf(folder)).startsWith('d', 'e', 'x', '\n');
  }

  @Test
  void needsNothingThatIsNotInIt(@TempDir Path folder) throws Exception {
    List<String> diagnostics = new ArrayList<>();
    ClassFileResourceProvider library = JdkClassFileProvider.fromJdkHome(JDK);
    R8.run(
        R8Command.builder(collector(diagnostics))
            .addLibraryResourceProvider(library)
            .addProgramFiles(JAR)
            .addProguardConfiguration(
                List.of("-keep class io.attar.runtime.** { *; }"), Origin.unknown())
            .setMinApiLevel(MINIMUM_API)
            .setMode(CompilationMode.RELEASE)
            .setOutput(folder, OutputMode.DexIndexed)
            .build());
    assertThat(diagnostics).isEmpty();
    assertThat(classesOf(folder)).startsWith('d', 'e', 'x', '\n');
  }

  private static byte[] classesOf(Path folder) throws Exception {
    return Files.readAllBytes(folder.resolve("classes.dex"));
  }

  private static DiagnosticsHandler collector(List<String> diagnostics) {
    return new DiagnosticsHandler() {
      @Override
      public void error(Diagnostic error) {
        diagnostics.add("error: " + error.getDiagnosticMessage());
      }

      @Override
      public void warning(Diagnostic warning) {
        diagnostics.add("warning: " + warning.getDiagnosticMessage());
      }

      @Override
      public void info(Diagnostic info) {
        diagnostics.add("info: " + info.getDiagnosticMessage());
      }
    };
  }
}
