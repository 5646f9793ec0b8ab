namespace Personalization.Decisioning.Domain.Models.Purchases;

/// <summary>What each view of a customer's next purchases counts. Found on the held-out end of the shop's own purchases.</summary>
internal readonly record struct BlendWeights
{
    public const int Count = 7;

    /// <summary>What others bought who bought the same: the linear autoencoder.</summary>
    public float Linear { get; init; }

    /// <summary>The factors of those who bought the same.</summary>
    public float Factors { get; init; }

    /// <summary>Bought by many in the last days, and in the last weeks; 1 for the most bought item.</summary>
    public float PopularLately { get; init; }

    public float Popular { get; init; }

    /// <summary>Bought by the customer before: often and lately, often, at all.</summary>
    public float OwnLately { get; init; }

    public float Own { get; init; }

    public float Owned { get; init; }

    /// <summary>Where nothing could be held out: near to what does well in shops that sell again to the same people.</summary>
    public static BlendWeights Default => new() { Linear = 1, PopularLately = 0.25f, OwnLately = 0.25f, Own = 0.25f, Owned = 0.25f };

    /// <summary>Only what the customer never bought competes.</summary>
    public static BlendWeights DefaultForNew => new() { Linear = 1, PopularLately = 0.1f };

    public float this[int view] => view switch
    {
        0 => Linear,
        1 => Factors,
        2 => PopularLately,
        3 => Popular,
        4 => OwnLately,
        5 => Own,
        _ => Owned,
    };

    public BlendWeights With(int view, float weight) => view switch
    {
        0 => this with { Linear = weight },
        1 => this with { Factors = weight },
        2 => this with { PopularLately = weight },
        3 => this with { Popular = weight },
        4 => this with { OwnLately = weight },
        5 => this with { Own = weight },
        _ => this with { Owned = weight },
    };
}
