using System.Collections.Frozen;
using System.Text.Json;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Documents;
using Personalization.Decisioning.Domain.Restraint;
using Personalization.Decisioning.Domain.Rules;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Offers;

/// <summary>Reads and compiles offers as <c>docs/rules.md</c> describes them.</summary>
internal sealed class OfferReader(IConditions conditions, Func<string, bool> isPlacement)
{
    private const int MaxNames = 100;
    private const int MaxNote = 500;
    private const int MaxPayload = 16 * 1024;
    private const int MaxCaps = 5;

    /// <summary>Null when it cannot be used at all.</summary>
    public Offer? Read(string id, int version, JsonElement body, List<DocumentFault> faults)
    {
        var before = faults.Count;
        var members = new DocumentMembers(body, "", faults);
        if (body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        members.Text("description", MaxNote);
        var placements = members.Texts("placements", MaxNames, 64);
        foreach (var unknown in placements.Where(name => !isPlacement(name)))
        {
            members.Fault("placements", $"There is no placement '{unknown}'.");
        }

        var key = Impression.OfferKey(id);
        var offer = new Offer
        {
            Id = id,
            Version = version,
            Key = key,
            Kind = KindOf(members),
            Payload = PayloadOf(members),
            Placements = placements.ToFrozenSet(StringComparer.Ordinal),
            Channels = members.Texts("channels", MaxNames, RequestContext.MaxLength).ToFrozenSet(StringComparer.Ordinal),
            Priority = members.Whole("priority", -1_000, 1_000) ?? 0,
            FromMs = members.Time("from") ?? long.MinValue,
            UntilMs = members.Time("until") ?? long.MaxValue,
            Caps = CapsOf(members, key, faults),
        };
        if (offer.FromMs >= offer.UntilMs)
        {
            members.Fault("until", "It must be after 'from', or the offer is never shown.");
        }

        if (members.Take("budget") is { } json)
        {
            var budget = new DocumentMembers(json, members.PathOf("budget"), faults);
            offer = offer with
            {
                MaxImpressions = budget.Whole("impressions", 1, int.MaxValue) ?? long.MaxValue,
                MaxPerShopper = budget.Whole("perShopper", 1, 10_000) ?? long.MaxValue,
            };
            budget.Finish();
        }

        var isUsable = faults.Count == before;
        offer = offer with { When = RuleReader.ConditionIn(members, "when", conditions, faults, ref isUsable) };
        members.Finish();
        return isUsable && faults.TrueForAll(fault => fault.Pointer.StartsWith("/when", StringComparison.Ordinal)) ? offer : null;
    }

    private static string KindOf(DocumentMembers members)
    {
        if (members.Take("kind") is { ValueKind: JsonValueKind.String } kind && kind.GetString() is "offer" or "content")
        {
            return kind.GetString()!;
        }

        members.Fault("kind", "It must be \"offer\" or \"content\".");
        return "";
    }

    private static JsonElement PayloadOf(DocumentMembers members)
    {
        if (members.Take("payload") is { ValueKind: JsonValueKind.Object } payload && payload.GetRawText().Length <= MaxPayload)
        {
            return payload.Clone();
        }

        members.Fault("payload", $"It must be an object of at most {MaxPayload} characters: what the shop needs to show it.");
        return default;
    }

    private static Cap[] CapsOf(DocumentMembers members, ulong key, List<DocumentFault> faults)
    {
        if (members.Take("caps") is not { } list)
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxCaps)
        {
            members.Fault("caps", $"It must be a list of 1 to {MaxCaps} caps, such as {{\"count\": 1, \"within\": \"1d\"}}.");
            return [];
        }

        return [.. list.EnumerateArray().Select((each, i) =>
        {
            var cap = new DocumentMembers(each, $"{members.PathOf("caps")}/{i}", faults);
            var (count, within) = (cap.Whole("count", 1, 100, isRequired: true), cap.Duration("within", isRequired: true));
            cap.Finish();
            return new Cap(count ?? 1, within ?? 1, key, 0, 0, PerOffer: true, $"offer:{i}");
        })];
    }
}
