using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning.Domain;

/// <summary>Names what made an answer: the model, the version of its code, and how many clicks it has learnt. Texts are kept until the number grows.</summary>
internal sealed class ModelVersions(SessionIndex sessions)
{
    private static readonly string[] Names = [.. Enum.GetValues<PlacementKind>().Select(NameOf)];
    private readonly Stamped?[] _texts = new Stamped?[Names.Length];
    private Stamped? _baseline;

    public string Of(PlacementKind kind) => Text(ref _texts[(int)kind], Names[(int)kind]);

    public string OfBaseline() => Text(ref _baseline, NameOf(PlacementKind.Popular));

    private string Text(ref Stamped? kept, string name)
    {
        var learnt = sessions.Learnt;
        if (Volatile.Read(ref kept) is { } text && text.Learnt == learnt)
        {
            return text.Text;
        }

        var made = new Stamped(learnt, $"{name}@1:{learnt}");
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

    private sealed record Stamped(long Learnt, string Text);
}
