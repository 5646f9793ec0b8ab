using System.Runtime.InteropServices;
using Personalization.Bench.Cli;
using Personalization.Bench.Reports;
using Personalization.Bench.Servers;

namespace Personalization.Bench.Benches;

/// <summary>What every measurement is given.</summary>
internal sealed record BenchContext(BenchOptions Options, Report Report, CancellationToken Cancellation)
{
    public static TimeProvider Time => TimeProvider.System;

    public ProductFiles Files { get; } = ProductFiles.Find(Options.HostFile);

    /// <summary>Where it was measured, for the conditions.</summary>
    public static string Machine => $"{Environment.ProcessorCount} cores shared by server and load, {RuntimeInformation.FrameworkDescription}";

    /// <summary>Says it when a load got other answers than it counted on: its figures are then not what they seem.</summary>
    public void ComplainOf(string what, long refused, long failed)
    {
        if (refused + failed > 0)
        {
            Report.Progress($"WARNING, {what}: {refused} requests were refused and {failed} had no answer");
        }
    }
}
