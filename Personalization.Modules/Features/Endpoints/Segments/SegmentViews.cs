using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Segments;

namespace Personalization.Features.Endpoints.Segments;

/// <summary>Segments as answers show them.</summary>
internal static class SegmentViews
{
    public static SegmentView Of(Segment segment, Func<SegmentVersion, int> askedOf) => new(
        (segment.Live ?? segment.Prepared.LastOrDefault())?.Definition.Name,
        segment.Live is not null ? "live" : segment.Prepared.IsEmpty ? "deleted" : "preparing",
        segment.Live?.Number,
        segment.Live?.Members.Count ?? 0,
        [.. segment.Prepared.Select(version => new PreparedView(version.Number, version.IsFilled ? "ready" : "preparing", askedOf(version), version.IsFilled ? version.Members.Count : null))]);

    public static ExplanationView Of(Explanation explanation) => new(
        explanation.Path,
        explanation.Holds,
        explanation.Text,
        explanation.Value,
        explanation.Offsets,
        explanation.ChangesAtMs is { } changes ? DateTimeOffset.FromUnixTimeMilliseconds(changes) : null,
        [.. explanation.Of.Select(Of)]);
}

/// <summary>How a segment stands.</summary>
/// <param name="Name">For people.</param>
/// <param name="State"><c>live</c>, <c>preparing</c> before the first version is ready, or <c>deleted</c>.</param>
/// <param name="Version">The live one.</param>
/// <param name="Members">Now.</param>
/// <param name="Prepared">Versions beside the live one.</param>
internal sealed record SegmentView(string? Name, string State, int? Version, int Members, IReadOnlyList<PreparedView> Prepared);

/// <summary>A version that waits for its turn.</summary>
/// <param name="Version">From 1.</param>
/// <param name="State"><c>preparing</c>, or <c>ready</c>: it may be activated.</param>
/// <param name="AskedProfiles">How far preparing has come, in profile numbers.</param>
/// <param name="Members">Who would be in it now; null before it is ready.</param>
internal sealed record PreparedView(int Version, string State, int AskedProfiles, int? Members);

/// <summary>Why somebody is in a segment or not, with all parts.</summary>
internal sealed record ExplanationView(
    string Path, bool Holds, string Text, string? Value, IReadOnlyList<long> Offsets, DateTimeOffset? ChangesAt, IReadOnlyList<ExplanationView> Of);
