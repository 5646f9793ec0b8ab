using Personalization.Features.Domain;
using Personalization.Features.Domain.Traits;

namespace Personalization.Features.Endpoints;

/// <summary>One trait of a person as it is shown.</summary>
/// <param name="Name">With dots for what stood in an object.</param>
/// <param name="Value">A text, a number or a boolean.</param>
/// <param name="SaidAt">Event time.</param>
/// <param name="Source">Who says so; null for the shop itself.</param>
/// <param name="Licence">What allows its use, of an imported one.</param>
/// <param name="ExpiresAt">From when it is not known any more; null for never.</param>
/// <param name="IsExpired">Whether that has come.</param>
internal sealed record TraitAnswer(
    string Name, object? Value, DateTimeOffset SaidAt, string? Source, string? Licence, DateTimeOffset? ExpiresAt, bool IsExpired)
{
    public static IReadOnlyList<TraitAnswer> Of(int profileId, ITraitReader traits, TraitNames names, DateTimeOffset now)
    {
        var set = new TraitSet();
        traits.TryRead(profileId, set);
        var answers = new List<TraitAnswer>(set.All.Length);
        foreach (ref readonly var trait in set.All)
        {
            var (source, licence) = trait.Source > 0 ? names.SourceOf(trait.Source) : (null, null);
            answers.Add(new TraitAnswer(
                names[trait.Key], ValueOf(trait.Value, set.Text), DateTimeOffset.FromUnixTimeMilliseconds(trait.TimeMs), source, licence,
                trait.ExpiresAtMs == long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(trait.ExpiresAtMs),
                trait.ExpiresAtMs <= now.ToUnixTimeMilliseconds()));
        }

        return answers;
    }

    private static object? ValueOf(Scalar value, ReadOnlySpan<byte> texts) => value.Kind switch
    {
        ScalarKind.Number => value.AsNumber,
        ScalarKind.True => true,
        ScalarKind.False => false,
        _ => value.ToString(texts),
    };
}
