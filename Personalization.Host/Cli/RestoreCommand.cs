using Personalization.Kernel.Sqlite.Backup;

namespace Personalization.Host.Cli;

/// <summary>
/// <c>restore --from DIR [--data DIR] [--replace]</c>: puts a backup in place, while the host is stopped. Answers 0 when it is done, 1 when the
/// backup is damaged or something is in the way, 2 when the command itself is wrong.
/// </summary>
internal static class RestoreCommand
{
    private const string Usage = "Usage: restore --from DIR [--data DIR] [--replace]";

    public static bool Handles(string[] args) => args is ["restore", ..];

    public static int Run(string[] args, TextWriter output, TextWriter errors)
    {
        string? from = null, data = null;
        var replaces = false;
        for (var i = 1; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--from" when i + 1 < args.Length && from is null:
                    from = args[++i];
                    break;
                case "--data" when i + 1 < args.Length && data is null:
                    data = args[++i];
                    break;
                case "--replace" when !replaces:
                    replaces = true;
                    break;
                default:
                    errors.WriteLine(Usage);
                    return 2;
            }
        }

        if (from is null)
        {
            errors.WriteLine(Usage);
            return 2;
        }

        var target = Path.GetFullPath(data ?? Environment.GetEnvironmentVariable("Personalization__DataDirectory") ?? "data");
        if (BackupRestore.Run(Path.GetFullPath(from), target, replaces) is { } fault)
        {
            errors.WriteLine(fault);
            return 1;
        }

        output.WriteLine($"Restored into {target}. People who were erased since are erased again at the next start, before it serves.");
        return 0;
    }
}
