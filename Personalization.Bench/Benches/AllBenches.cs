using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>Each command in a process of its own, so that none inherits another's heap or compiled code.</summary>
internal static class AllBenches
{
    private static readonly string[] Commands =
    [
        "log", "ingest", "ingest --schemas", "freshness", "decide", "decide --full", "consent", "quality", "recovery", "import", "memory", "pressure", "path", "identity", "features", "segments", "uplift",
    ];

    /// <returns>0 when all went well, else the last exit code that was not 0.</returns>
    public static async Task<int> RunAsync(IReadOnlyCollection<string> options, CancellationToken cancellationToken)
    {
        var result = 0;
        foreach (var command in Commands)
        {
            using var child = ChildProcess.Start(
                [Path.Combine(AppContext.BaseDirectory, "Personalization.Bench.dll"), .. command.Split(' '), .. options], passOutput: true);
            var exitCode = await child.WaitAsync(cancellationToken);
            result = exitCode == 0 ? result : exitCode;
        }

        return result;
    }
}
