namespace Personalization.Tracking.Domain.Quality;

/// <summary>How a series is doing, as of the last look.</summary>
/// <param name="Source">Name of its source.</param>
/// <param name="Event">Name of its events.</param>
/// <param name="LastMinute">Events within the last whole minute.</param>
/// <param name="Expected">Events a minute that are usual now; null while learning.</param>
/// <param name="Baseline">What that rests on.</param>
/// <param name="InvalidShare">Share of refused events within the last minute or ten.</param>
/// <param name="DuplicateShare">Share of repeated ones.</param>
/// <param name="LateShare">Share of those that are more than a day old.</param>
internal sealed record SeriesState(
    string Source, string Event, int LastMinute, double? Expected, BaselineKind Baseline, double InvalidShare, double DuplicateShare, double LateShare);
