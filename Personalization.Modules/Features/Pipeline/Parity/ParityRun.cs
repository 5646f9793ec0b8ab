using Personalization.Kernel.Replay;

namespace Personalization.Features.Pipeline.Parity;

/// <summary>A comparison as it is told: how far it is, or what came of it.</summary>
/// <param name="Id">Of the run.</param>
/// <param name="State"><c>running</c>, <c>done</c>, <c>gave-way</c>, <c>cancelled</c> or <c>failed</c>.</param>
/// <param name="RequestedAt">Our clock, UTC.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="Report">Once it is done.</param>
/// <param name="Error">Why there is no report.</param>
internal sealed record ParityRun(Guid Id, string State, DateTimeOffset RequestedAt, double Progress, ParityReport? Report, string? Error)
{
    public const string Running = "running";
    public const string Done = "done";

    /// <summary>An erasure or a backup wanted the files. It may be begun again.</summary>
    public const string GaveWay = "gave-way";
    public const string Cancelled = "cancelled";
    public const string Failed = "failed";
}
