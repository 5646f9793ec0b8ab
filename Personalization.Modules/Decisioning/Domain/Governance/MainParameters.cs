using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Offers;
using Personalization.Decisioning.Domain.Rules;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>What determines a placement's ranking, in the order of importance.</summary>
/// <param name="Placement">Name.</param>
/// <param name="Version">Of all of this: a hash that changes when anything in it does.</param>
/// <param name="Model">What answers.</param>
/// <param name="Text">In plain words.</param>
/// <param name="UsesProfile">Whether anything known of the shopper is used.</param>
/// <param name="Parameters">Most important first: what a part leaves open is filled by the next.</param>
/// <param name="Rules">What may not be in an answer, and how long it may be.</param>
/// <param name="Options">What shoppers can do about it.</param>
internal sealed record MainParameters(
    string Placement,
    string Version,
    string Model,
    string Text,
    bool UsesProfile,
    IReadOnlyList<MainParameter> Parameters,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> Options)
{
    private const int VersionDigits = 16;

    /// <summary>Reads the very objects that decide: the placement, the parts of its plan, and what the shop's rules and offers say of it now.</summary>
    public static MainParameters Of(Placement placement, CandidatePlan plan, ImmutableArray<Rule> rules, ImmutableArray<Offer> offers, long nowMs)
    {
        var parts = plan[placement.Kind].Select(part => part.Describe()).ToList();
        var parameters = parts.Select((part, place) => new MainParameter(place + 1, part.Code, part.Text, part.UsesProfile, part.Weights)).ToList();
        var usesProfile = parts.Exists(part => part.UsesProfile) || placement.ExcludePurchased;
        var made = new MainParameters(
            placement.Name,
            "",
            ModelVersions.NameOf(placement.Kind),
            TextOf(placement, parts) + " " + Steering.TextOf(placement, rules, offers, nowMs),
            usesProfile,
            parameters,
            [.. RulesOf(placement, plan)],
            [.. OptionsOf(usesProfile)]);
        return made with { Version = VersionOf(made) };
    }

    private static string TextOf(Placement placement, List<PartDescription> parts)
    {
        var first = placement.Ranker == PlacementRanker.Plan
            ? $"The {placement.Limit} items shown here are chosen in this order, and each step only fills what the ones before it left open: "
            : $"The {placement.Limit} items shown here are chosen among what these propose, and put in order by what shoppers made of earlier answers (clicks, carts, orders), with some chance, so that new items are tried: ";
        return first + string.Join(" ", parts.Select((part, place) => $"{place + 1}. {part.Text}"));
    }

    private static IEnumerable<string> RulesOf(Placement placement, CandidatePlan plan)
    {
        yield return "Items that cannot be sold are never shown.";
        if (placement.ExcludePurchased)
        {
            yield return "Items that the shopper bought are left out.";
        }

        yield return placement.AllowCurrentItem ? "The item that is being looked at may be shown again." : "The item that is being looked at is left out.";
        if (placement.Diversity > 0)
        {
            yield return $"Items unlike those above them stand higher (weight {placement.Diversity:0.##}).";
        }

        if (placement.Novelty > 0)
        {
            yield return $"Little-known items stand higher (weight {placement.Novelty:0.##}).";
        }

        if (placement.MaxAgeMs != long.MaxValue)
        {
            yield return $"What the shopper did more than {TimeSpan.FromMilliseconds(placement.MaxAgeMs).TotalDays:0} days ago is not used, except in the current session.";
        }

        var baseline = string.Join(" ", plan.Baseline.Select(part => part.Describe().Text));
        yield return $"If that takes longer than {placement.Budget.TotalMilliseconds:0} ms, fails, or is switched off, this is shown instead: {baseline}";
    }

    private static IEnumerable<string> OptionsOf(bool usesProfile)
    {
        if (usesProfile)
        {
            yield return "Without consent to personalisation nothing known of the shopper is used: the choice depends on the page alone, or on what is popular.";
            yield return "Consent can be withdrawn at any time, and takes effect with the next answer.";
        }
        else
        {
            yield return "Nothing known of the shopper is used here, so there is nothing to choose.";
        }
    }

    private static string VersionOf(MainParameters made) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(made)))[..VersionDigits];
}

/// <summary>One thing that determines a ranking.</summary>
/// <param name="Order">1 is the most important.</param>
/// <param name="Code">Stable name; where an item has it as its reason, the same.</param>
/// <param name="Text">In plain words.</param>
/// <param name="UsesProfile">Whether it looks at what is known of the shopper.</param>
/// <param name="Weights">The numbers that it works with, by name.</param>
internal sealed record MainParameter(int Order, string Code, string Text, bool UsesProfile, IReadOnlyDictionary<string, double> Weights);
