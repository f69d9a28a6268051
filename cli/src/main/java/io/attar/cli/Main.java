package io.attar.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The {@code attar} command. Exit codes: 0 done; 1 the work failed (bad data or model file, disk,
 * ...); 2 asked wrongly (command line, configuration); 130 interrupted.
 */
@Command(
    name = "attar",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT,
    description = "From a shop's click log to one small file that recommends the next item.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "First steps: attar quickstart   and, with your own clicks,   attar build CLICKS --out FILE",
      "Exit codes: 0 done, 1 the work failed, 2 asked wrongly, 130 interrupted."
    })
public final class Main implements Runnable {
  private static final int INTERRUPTED = 130;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Shows the stack trace of an error.")
  private boolean debug;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Not System.out: its encoding is the platform's, and reports are UTF-8.
    PrintStream out = stream(FileDescriptor.out);
    PrintStream err = stream(FileDescriptor.err);
    boolean interactive = Boolean.getBoolean("attar.terminal");
    Console console = new Console(out, err, interactive);
    AtomicBoolean ended = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!ended.get()) {
                    err.println();
                    err.println(interrupted(console, arguments));
                    err.flush();
                    // At once: an orderly end would wait for the native step under way, and
                    // whatever
                    // is being written appears whole or not at all.
                    Runtime.getRuntime().halt(INTERRUPTED);
                  }
                }));
    int code = run(console, arguments);
    ended.set(true);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /** What is left to do: only a command with a work folder keeps what it did. */
  static String interrupted(Console console, String... arguments) {
    Map<String, CommandLine> commands = commandLine(new Main(), console).getSubcommands();
    boolean keeps =
        Arrays.stream(arguments)
            .map(commands::get)
            .anyMatch(
                command ->
                    command != null && command.getCommandSpec().findOption("--work") != null);
    return keeps
        ? "attar: interrupted; the same command again goes on from here"
        : "attar: interrupted";
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Runs a command. */
  static int run(Console console, String... arguments) {
    Main main = new Main();
    try {
      return commandLine(main, console).execute(arguments);
    } catch (OutOfMemoryError | LinkageError e) {
      return ErrorMessages.failure(e, console, main.debug);
    }
  }

  private static CommandLine commandLine(Main main, Console console) {
    CommandLine line = new CommandLine(main);
    PrepareCommand prepare = new PrepareCommand(console);
    CommandLine prepareLine = new CommandLine(prepare);
    prepare.options().addPreparation(prepareLine.getCommandSpec());
    BuildCommand build = new BuildCommand(console);
    CommandLine buildLine = new CommandLine(build);
    build.options().addPreparation(buildLine.getCommandSpec());
    line.addSubcommand(new QuickstartCommand(console));
    line.addSubcommand(buildLine);
    line.addSubcommand(prepareLine);
    line.addSubcommand(new TrainCommand(console));
    line.addSubcommand(new DistillCommand(console));
    line.addSubcommand(new SweepCommand(console));
    line.addSubcommand(new EvaluateCommand(console));
    line.addSubcommand(new RuleCommand(console));
    line.addSubcommand(new RecommendCommand(console));
    line.addSubcommand(new InspectCommand(console));
    line.addSubcommand(new ReproduceCommand(console));
    line.addSubcommand(new ReportCommand(console));
    line.addSubcommand(new DemoCommand(console));
    line.addSubcommand(new SeedsCommand(console));
    line.addSubcommand(new SpeedCommand(console));
    line.addSubcommand(new DoctorCommand(console));
    line.addSubcommand(new ConfigCommand(console));
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setUsageHelpWidth(100);
    line.setParameterExceptionHandler(
        (problem, given) -> ErrorMessages.usage(problem, console, main.debug));
    line.setExecutionExceptionHandler(
        (problem, command, parsed) -> ErrorMessages.failure(problem, console, main.debug));
    return line;
  }

  /** Without a command: the help, as an answer to a question not asked. */
  @Override
  public void run() {
    throw new UsageException("name a command; `attar --help` lists them");
  }

  /** Says which Attar and which Java this is. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {
        "attar " + (version == null ? "development" : version),
        "Java " + Runtime.version() + ", " + System.getProperty("os.name")
      };
    }
  }
}
