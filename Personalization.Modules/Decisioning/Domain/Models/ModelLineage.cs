namespace Personalization.Decisioning.Domain.Models;

/// <summary>What a model was made of: enough to make it again, and to see that it is the same.</summary>
internal sealed record ModelLineage
{
    /// <summary>All events below this offset, of those who let models be taught and are not erased.</summary>
    public required long LogOffset { get; init; }

    /// <summary>Time of the newest thing that was learnt, Unix ms: age is counted from here, not from a clock.</summary>
    public required long AsOfMs { get; init; }

    /// <summary>Shoppers it learnt from.</summary>
    public int Profiles { get; init; }

    public int Items { get; init; }

    /// <summary>Purchases, words, or whatever it learnt from.</summary>
    public long Examples { get; init; }

    /// <summary>The numbers that it was trained with, those that it chose itself included.</summary>
    public required IReadOnlyDictionary<string, double> Options { get; init; }

    /// <summary>How it did on the held-out end of its own training part; empty when there was too little of it.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>SHA-256 of the numbers that it answers with, hexadecimal.</summary>
    public required string Fingerprint { get; init; }
}
