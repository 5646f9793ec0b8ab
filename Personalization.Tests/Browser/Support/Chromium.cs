using System.ComponentModel;
using System.Diagnostics;

namespace Personalization.Tests.Browser.Support;

/// <summary>
/// Finds a Chromium for the browser tests, and installs one where it may: first the PATH, then Debian's package when run as root,
/// then Playwright's own download.
/// </summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(8);

    /// <summary>
    /// The executable, or the empty text for Playwright's own; null with the reason when there is none and none could be installed.
    /// </summary>
    public static async Task<(string? Path, string Reason)> FindAsync()
    {
        if (OnPath() is { } present)
        {
            return (present, "");
        }

        var attempts = new List<string> { $"none of {string.Join(", ", Names)} is on the PATH" };
        if (Environment.IsPrivilegedProcess && On("apt-get") is not null)
        {
            // The list of packages of a new machine may be old or empty, so that it is fetched first.
            var failure = await RunAsync("apt-get", "update", "-q") ?? await RunAsync("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium");
            if (failure is null && OnPath() is { } installed)
            {
                return (installed, "");
            }

            attempts.Add($"apt-get did not install it ({failure ?? "but succeeded"})");
        }
        else
        {
            attempts.Add("this is not root on a system with apt-get");
        }

        var exitCode = await Task.Run(() => Microsoft.Playwright.Program.Main(["install", "chromium-headless-shell"]));
        if (exitCode == 0)
        {
            return ("", "");
        }

        attempts.Add($"Playwright's own installation ended with {exitCode}");
        return (null, "There is no Chromium to test with: " + string.Join("; ", attempts) + ".");
    }

    private static string? OnPath() => Names.Select(On).FirstOrDefault(path => path is not null);

    private static string? On(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Null when it succeeded, else what went wrong.</summary>
    private static async Task<string?> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        try
        {
            using var process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(InstallPatience);
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            await output;
            return process.ExitCode == 0 ? null : $"{program} {arguments[0]} ended with {process.ExitCode}: {(await errors).Trim()}";
        }
        catch (Exception error) when (error is Win32Exception or OperationCanceledException)
        {
            return $"{program} {arguments[0]}: {error.Message}";
        }
    }
}
