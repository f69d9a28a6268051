package io.attar.cli;

import io.attar.data.ClickLogException;
import io.attar.data.PreparedFolderException;
import io.attar.data.RecipeException;
import io.attar.runtime.ModelFileException;
import io.attar.training.TrainingException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one message and an exit code. */
final class ErrorMessages {
  static final int FAILED = 1;
  static final int ASKED_WRONGLY = 2;

  private ErrorMessages() {}

  /** A command line that cannot be understood. */
  static int usage(ParameterException problem, Console console, boolean debug) {
    String command = problem.getCommandLine().getCommandSpec().qualifiedName();
    StringBuilder message = new StringBuilder(problem.getMessage());
    if (problem instanceof UnmatchedArgumentException unmatched) {
      List<String> near = unmatched.getSuggestions();
      if (!near.isEmpty()) {
        message.append("; did you mean ").append(String.join(" or ", near)).append('?');
      }
    }
    message.append("; `").append(command).append(" --help` tells more");
    return say(message.toString(), ASKED_WRONGLY, problem, console, debug);
  }

  /** A command that failed. */
  static int failure(Throwable problem, Console console, boolean debug) {
    int code =
        problem instanceof UsageException || problem instanceof IllegalArgumentException
            ? ASKED_WRONGLY
            : FAILED;
    return say(message(problem), code, problem, console, debug);
  }

  private static String message(Throwable problem) {
    if (problem instanceof UsageException
        || problem instanceof WorkException
        || problem instanceof IllegalArgumentException
        || problem instanceof ClickLogException
        || problem instanceof PreparedFolderException
        || problem instanceof RecipeException
        || problem instanceof ModelFileException
        || problem instanceof TrainingException) {
      return String.valueOf(problem.getMessage());
    }
    if (problem instanceof UncheckedIOException unchecked) {
      Throwable cause = unchecked.getCause();
      String own = String.valueOf(unchecked.getMessage());
      // A message of its own says more than the bare cause.
      return cause == null || !own.equals(cause.toString()) ? own : message(cause);
    }
    if (problem instanceof NoSuchFileException missing) {
      return "there is no file " + missing.getFile() + "; check the name";
    }
    if (problem instanceof AccessDeniedException denied) {
      return denied.getFile() + " may not be read or written; change its permissions";
    }
    if (problem instanceof FileSystemException file) {
      return file.getFile()
          + " could not be read or written ("
          + file.getReason()
          + "); check disk space and permissions";
    }
    if (problem instanceof IOException) {
      return String.valueOf(problem.getMessage());
    }
    if (problem instanceof OutOfMemoryError) {
      return "memory is used up ("
          + problem.getMessage()
          + "); give Java more, such as ATTAR_JAVA_OPTIONS=-Xmx4g, or take fewer items or a smaller"
          + " teacher.dimension";
    }
    if (problem instanceof LinkageError) {
      return "a library could not be loaded (" + problem.getMessage() + "); run `attar doctor`";
    }
    return "this should not have happened: "
        + problem
        + "; please report it with the output of the same command with --debug";
  }

  private static int say(
      String message, int code, Throwable problem, Console console, boolean debug) {
    console.err().println("attar: " + message);
    if (debug) {
      problem.printStackTrace(console.err());
    }
    console.err().flush();
    return code;
  }
}
