namespace Personalization.Features.Domain.Declared.Aggregates;

/// <summary>The last value: when that has left the window, so have all.</summary>
internal sealed class LastAggregate(FeatureWindow window) : LastNAggregate(window, window.Kind == WindowKind.Session ? SessionPoints : 1)
{
    /// <summary>Two devices take turns: the newest event need not be of the current session.</summary>
    private const int SessionPoints = 4;
}
