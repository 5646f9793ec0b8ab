using System.Globalization;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>
/// Names what made an answer: the model, the version of the session neighbours that were asked (1 where none were), and how many clicks they have learnt.
/// Texts are kept until the number grows.
/// </summary>
internal sealed class ModelVersions(SessionIndex sessions)
{
    private static readonly string[] Names = [.. Enum.GetValues<PlacementKind>().Select(NameOf)];

    /// <summary>Versions whose texts are kept beside each other: the live one and those that are tried.</summary>
    private const int KeptVersions = 64;
    private readonly Stamped?[] _texts = new Stamped?[Names.Length * KeptVersions];
    private Stamped? _baseline;

    public string Of(PlacementKind kind, int version)
    {
        version = Math.Max(version, 1);
        return Text(ref _texts[((int)kind * KeptVersions) + (version % KeptVersions)], Names[(int)kind], version);
    }

    public string OfBaseline() => Text(ref _baseline, NameOf(PlacementKind.Popular), 1);

    /// <summary>The version in a text of ours; null when it is none.</summary>
    public static int? VersionOf(string text)
    {
        var (start, end) = (text.IndexOf('@', StringComparison.Ordinal) + 1, text.IndexOf(':', StringComparison.Ordinal));
        return start > 0 && end > start && int.TryParse(text.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
    }

    private string Text(ref Stamped? kept, string name, int version)
    {
        var learnt = sessions.Learnt;
        if (Volatile.Read(ref kept) is { } text && text.Learnt == learnt && text.Version == version)
        {
            return text.Text;
        }

        var made = new Stamped(learnt, version, $"{name}@{version}:{learnt}");
        Volatile.Write(ref kept, made);
        return made.Text;
    }

    /// <summary>The model that answers for a kind of placement.</summary>
    public static string NameOf(PlacementKind kind) => kind switch
    {
        PlacementKind.ForYou => "session-knn",
        PlacementKind.Similar => "viewed-together",
        PlacementKind.BoughtTogether => "bought-together",
        PlacementKind.Trending => "trending",
        PlacementKind.RecentlyViewed => "recently-viewed",
        PlacementKind.NewArrivals => "new-arrivals",
        PlacementKind.Random => "random",
        _ => "popularity",
    };

    private sealed record Stamped(long Learnt, int Version, string Text);
}
