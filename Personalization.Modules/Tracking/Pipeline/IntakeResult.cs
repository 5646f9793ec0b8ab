using Personalization.Kernel.Http;

namespace Personalization.Tracking.Pipeline;

/// <summary>What became of a batch at the door.</summary>
/// <param name="Problem">Why it was refused as a whole; null when it was taken.</param>
/// <param name="Detail">What in particular is wrong.</param>
/// <param name="Accepted">Events that are on disk.</param>
/// <param name="Refused">Events that were refused alone.</param>
internal readonly record struct IntakeResult(Problem? Problem, string? Detail, int Accepted, int Refused)
{
    /// <summary>Seconds after which the request may come again; 0 when there is nothing to say beyond the configured answer.</summary>
    public int RetryAfterSeconds { get; init; }

    public bool IsSuccess => Problem is null;

    public static IntakeResult Taken(int accepted, int refused) => new(null, null, accepted, refused);

    public static IntakeResult Of(Problem problem, string? detail = null) => new(problem, detail, 0, 0);
}
