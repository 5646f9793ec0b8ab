using System.Diagnostics;
using System.Security.Cryptography;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Clients;

/// <summary>The real clients, from npm, at the versions of the lock file: installed once, and again when that changes.</summary>
internal static class ClientPackages
{
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>Folder of the scripts and of their <c>node_modules</c>.</summary>
    public static string Folder { get; } = Path.Combine(Checkout.Root, "Personalization.Tests", "Clients", "npm");

    public static Task EnsureAsync() => Installed.Value;

    /// <summary>Runs a program in the folder to its end and returns what it wrote; fails with its errors.</summary>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors} {await output}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task InstallAsync()
    {
        var stamp = Path.Combine(Folder, "node_modules", ".installed");
        var wanted = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json"))));
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
        {
            return;
        }

        await TestContext.Progress.WriteLineAsync("Installing the npm clients that the tests run …");

        // Not "ci": it insists on optional packages for other platforms, which not every registry has.
        await RunAsync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]);
        await File.WriteAllTextAsync(stamp, wanted);
    }
}
