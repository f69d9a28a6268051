package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples in the Javadoc compile as they stand. */
final class JavadocExamplesTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?s) \\* <pre>\n(.*?) \\* </pre>");

  @ParameterizedTest
  @ValueSource(strings = {"Recommender", "Session", "ItemSet", "Ranking"})
  void theFirstExampleCompiles(String type, @TempDir Path folder) throws IOException {
    String source = Files.readString(Path.of("src/main/java/io/attar/runtime/" + type + ".java"));
    Matcher matcher = EXAMPLE.matcher(source);
    assertThat(matcher.find()).as("an example of %s", type).isTrue();
    String example = matcher.group(1).replaceAll("(?m)^ \\* ?", "");
    String program =
        """
        import io.attar.runtime.*;
        abstract class Example {
          abstract void show(String id);
          void run(%s) throws java.io.IOException {
            %s
          }
        }
        """
            .formatted(given(example), example);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter complaints = new StringWriter();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return program;
          }
        };
    List<String> options =
        List.of("-proc:none", "-d", folder.toString(), "-cp", Path.of("target/classes").toString());
    boolean compiled =
        compiler.getTask(complaints, null, null, options, null, List.of(file)).call();
    assertThat(compiled).as("%s\n%s", program, complaints).isTrue();
  }

  /** Parameters for the names that an example uses and does not declare. */
  private static String given(String example) {
    StringBuilder parameters = new StringBuilder("byte[] bytes");
    String[][] names = {
      {"Recommender", "shop"},
      {"Session", "visit"},
      {"ItemSet", "inStock"},
      {"ItemSet", "blocked"},
    };
    for (String[] name : names) {
      if (!example.contains(name[0] + " " + name[1] + " =")) {
        parameters.append(", ").append(name[0]).append(' ').append(name[1]);
      }
    }
    return parameters.toString();
  }
}
