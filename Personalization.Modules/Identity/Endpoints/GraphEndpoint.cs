using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Personalization.Identity.Domain;
using Personalization.Identity.Domain.Likelihood;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Identity.Endpoints;

/// <summary>A person's identifiers and how they came together. Server key required.</summary>
internal static class GraphEndpoint
{
    /// <summary>Of each list; somebody with more is no person.</summary>
    private const int MaxEntries = 5_000;

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/v1/profiles/{profileId:int}/graph", ReadAsync).RequireServerKey().WithName("GetProfileGraph");

    /// <summary>
    /// 200 with the graph of the person that the profile belongs to now; 404 when it was never created. Values are masked unless
    /// <paramref name="reveal"/>, which the audit log remembers.
    /// </summary>
    internal static async Task<IResult> ReadAsync(
        int profileId, IdentityMap map, LinkLedger links, LikelyLinks likely, PersonalValues values, IdentityRules rules, CancellationToken cancellationToken,
        [FromServices] IAuditLog? audit = null, bool reveal = false)
    {
        if (profileId < 0 || profileId >= map.Count)
        {
            return ProfileEndpoints.UnknownProfile.ToResult($"Profile {profileId} was never created.");
        }

        if (reveal && audit is not null)
        {
            await audit.AppendAsync(new AuditRecord("identity.reveal", "server", $"profile:{profileId}"), cancellationToken);
        }

        var living = map.Canonical(profileId);
        var group = map.GroupOf(living);
        var identifiers = group.SelectMany(map.IdentifiersOf).Order().ToList();
        var known = links.Of(group);
        var isWhole = identifiers.Count <= MaxEntries && known.Count <= MaxEntries && group.Count <= MaxEntries;
        return TypedResults.Ok(new Graph(
            living,
            [.. group.Order().Take(MaxEntries)],
            [.. identifiers.Take(MaxEntries).Select(number => Describe(number, map, values, rules, reveal))],
            [.. known.Where(link => !link.IsMerge).TakeLast(MaxEntries).Select(link => new LinkView(
                link.ProfileId, link.OtherProfileId < 0 ? null : link.OtherProfileId, GraphNames.Of(link.Rule), rules.NameOf(link.Kind),
                GraphNames.Of(link.Key), link.Confidence, link.Offset, Time(link.TimeMs)))],
            [.. known.Where(link => link.IsMerge).TakeLast(MaxEntries).Select(link => new MergeView(
                link.ProfileId, link.OtherProfileId, GraphNames.Of(link.Rule), link.Kind == 0 ? null : rules.NameOf(link.Kind),
                link.Key == default ? null : GraphNames.Of(link.Key), link.Confidence, link.Offset, Time(link.TimeMs)))],
            [.. likely.Of(group).Where(link => map.Canonical(link.One) != map.Canonical(link.Other)).Take(MaxEntries).Select(link => Describe(link, living, map))],
            isWhole));
    }

    private static IdentifierView Describe(int number, IdentityMap map, PersonalValues values, IdentityRules rules, bool reveal)
    {
        var identifier = map[number];
        var value = rules.IsPersonal(identifier.Kind) ? Encoding.UTF8.GetString(values.Read(number)) : "";
        return new IdentifierView(
            rules.NameOf(identifier.Kind),
            GraphNames.Of(identifier.Key),
            value.Length == 0 ? null : reveal ? value : MaskedValue.Of(value),
            identifier.Home,
            Time(identifier.EpochMs),
            Time(identifier.SeenMs),
            identifier.IsQuarantined,
            [.. map.EpochsOf(number).Select(epoch => new EpochView(Time(epoch.SinceMs), epoch.Home, map.Canonical(epoch.Home)))]);
    }

    private static SuppressedView Describe(LikelyLink link, int living, IdentityMap map) => new(
        map.Canonical(link.One) == living ? map.Canonical(link.Other) : map.Canonical(link.One),
        link.Confidence,
        Enum.GetValues<EvidenceKind>().Where(kind => link.CountOf(kind) > 0).ToDictionary(GraphNames.Of, link.CountOf),
        link.FirstOffset, link.LastOffset, Time(link.LastTimeMs));

    private static DateTimeOffset Time(long unixMs) => DateTimeOffset.FromUnixTimeMilliseconds(unixMs);

    /// <summary>The person.</summary>
    /// <param name="ProfileId">The profile that lives.</param>
    /// <param name="Profiles">All that live on in it, itself included.</param>
    /// <param name="Identifiers">What belongs to it now.</param>
    /// <param name="Links">Why.</param>
    /// <param name="Merges">How its profiles became one.</param>
    /// <param name="SuppressedLinks">Who else it may be, likeliest first. Used for nothing.</param>
    /// <param name="IsWhole">Whether nothing was left out for length.</param>
    internal sealed record Graph(
        int ProfileId, IReadOnlyList<int> Profiles, IReadOnlyList<IdentifierView> Identifiers, IReadOnlyList<LinkView> Links,
        IReadOnlyList<MergeView> Merges, IReadOnlyList<SuppressedView> SuppressedLinks, bool IsWhole);

    /// <summary>One identifier; <paramref name="Value"/> where it is kept, masked unless revealed.</summary>
    internal sealed record IdentifierView(
        string Kind, string Key, string? Value, int HomeProfileId, DateTimeOffset Since, DateTimeOffset LastNamed, bool IsQuarantined,
        IReadOnlyList<EpochView> EarlierEpochs);

    /// <summary>Whose a device was before.</summary>
    internal sealed record EpochView(DateTimeOffset Since, int HomeProfileId, int ProfileId);

    /// <summary>One entry of the ledger that bound an identifier.</summary>
    internal sealed record LinkView(
        int ProfileId, int? FormerProfileId, string Rule, string Kind, string Key, float Confidence, long Offset, DateTimeOffset At);

    /// <summary>A person that may be the same, and how often each kind of evidence was seen.</summary>
    internal sealed record SuppressedView(
        int ProfileId, float Confidence, IReadOnlyDictionary<string, int> Evidence, long FirstOffset, long LastOffset, DateTimeOffset LastAt);

    /// <summary>One entry of the ledger that merged a profile away.</summary>
    internal sealed record MergeView(
        int ProfileId, int IntoProfileId, string Rule, string? Kind, string? Key, float Confidence, long Offset, DateTimeOffset At);
}
