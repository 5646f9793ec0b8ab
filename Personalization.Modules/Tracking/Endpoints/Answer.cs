using Personalization.Kernel.Http;

namespace Personalization.Tracking.Endpoints;

/// <summary>What a request is told; made while its batch is held, written after the batch is gone.</summary>
/// <param name="Problem">Null for success.</param>
/// <param name="Detail">What in particular is wrong.</param>
internal readonly record struct Answer(Problem? Problem, string? Detail = null)
{
    public static Answer Success => default;

    public bool IsSuccess => Problem is null;
}
