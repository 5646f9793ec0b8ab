namespace Personalization.Host.Cli;

/// <summary><c>--help</c>: what the program can be told. Answers 0.</summary>
internal static class HelpCommand
{
    private const string Text = """
        Usage: Personalization.Host [--demo] [--urls URL] [--Personalization:SETTING VALUE ...]
           or: Personalization.Host COMMAND

        Without a command it serves until it is stopped. Settings stand in appsettings.json, in environment
        variables (Personalization__Tracking__Sources__0__WriteKey) or on the command line.

        Commands:
          audit verify     read the audit log from beginning to end
          features         compare features with a replay of the log, or export them for training
          restore          put a backup in place while the host is stopped

        A command without its arguments prints how it is used.
        Exit codes: 0 done or stopped in order, 1 failed, 2 wrong command line, 3 nothing can be said.
        """;

    public static bool Handles(string[] args) => args is ["--help" or "-h" or "help", ..];

    public static int Run(TextWriter output)
    {
        output.WriteLine(Text);
        return 0;
    }
}
