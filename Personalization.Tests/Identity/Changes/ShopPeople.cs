using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Consent.Contracts;
using Personalization.Decisioning.Domain;
using Personalization.Features.Domain;
using Personalization.Identity.Domain;
using Personalization.Identity.Pipeline;
using Personalization.Kernel.Log;
using Personalization.Tests.Support;

namespace Personalization.Tests.Identity.Changes;

/// <summary>Looks at the people of a shop, and changes them.</summary>
internal static class ShopPeople
{
    private static readonly Purposes[] Asked = [Purposes.Profile, Purposes.Train];

    public static int Profile(this ShopServer shop, string? user = null, string? device = null) =>
        shop.Services.GetRequiredService<IdentityMap>().Find(user, device);

    public static string Digest(this ShopServer shop, int profile) =>
        Convert.ToHexString(shop.Services.GetRequiredService<ProfileFeatureStore>().Digest(profile));

    /// <summary>What the modules hold of every profile that there is, as text.</summary>
    public static IReadOnlyList<string> Everything(this ShopServer shop)
    {
        var map = shop.Services.GetRequiredService<IdentityMap>();
        var consent = shop.Services.GetRequiredService<IConsent>();
        var sessions = SessionsOf(shop, map.Count);
        return
        [
            .. Enumerable.Range(0, map.Count).Select(profile =>
                $"{profile} in {map.Canonical(profile)}, {string.Join(' ', Asked.Select(purpose => consent.May(profile, purpose)))}, {shop.Digest(profile)}, {sessions[profile]}"),
        ];
    }

    /// <summary>The whole index of sessions, as it lies in memory.</summary>
    public static IReadOnlyList<string> SessionIndex(this ShopServer shop)
    {
        var state = shop.Services.GetRequiredService<LearnedModels>().Sessions.State;
        return
        [
            .. state.Owners.Select((owner, slot) => $"{owner.Serial}: {owner.Profile} {Describe(state, slot)} after {owner.Previous}"),
            .. state.Rings.Select((ring, item) => $"{item}: {state.Arrivals[item]} {string.Join(' ', ring ?? [])}"),
        ];
    }

    /// <summary>
    /// The sessions of each profile, in no order: when a merge had made one session of two, somebody else's may stand before or after the
    /// second, whose place was not kept.
    /// </summary>
    private static string[] SessionsOf(ShopServer shop, int profiles)
    {
        var state = shop.Services.GetRequiredService<LearnedModels>().Sessions.State;
        var sessions = state.Owners.Select((owner, slot) => (owner.Serial, owner.Profile, Text: Describe(state, slot))).Where(session => session.Serial != 0).ToList();
        return
        [
            .. Enumerable.Range(0, profiles).Select(profile =>
                string.Join("; ", sessions.Where(session => session.Profile == profile).Select(session => session.Text).Order(StringComparer.Ordinal))),
        ];
    }

    private static string Describe(SessionIndexState state, int slot)
    {
        var span = new SessionSpan(state.Spans[slot]);
        return $"{state.Owners[slot].Number} until {state.Owners[slot].LastMs}: {string.Join(' ', state.Items.AsSpan(span.Start, span.Count).ToArray())}";
    }

    /// <summary>The first profile that two shops hold differently; null when there is none.</summary>
    public static string? FirstDifference(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
        one.Count != other.Count ? $"{one.Count} profiles and {other.Count}"
        : one.Zip(other).FirstOrDefault(pair => pair.First != pair.Second) is { First: not null } pair ? Describe(pair.First, pair.Second)
        : null;

    private static string Describe(string one, string other)
    {
        var at = Math.Max(0, one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count() - 40);
        return $"{one[..Math.Min(10, one.Length)]}… {one[at..]}\n{other[at..]}";
    }

    public static async Task<(int Status, JsonElement Answer)> ChangeAsync(this ShopServer shop, int profile, string verb, object body)
    {
        using var response = await shop.Server.PostAsJsonAsync($"/v1/profiles/{profile}/{verb}", body);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public static async Task<JsonElement> ChangedAsync(this ShopServer shop, int profile, string verb, object body)
    {
        var (status, answer) = await shop.ChangeAsync(profile, verb, body);
        return status == 200 ? answer : throw new InvalidOperationException($"{verb} of {profile} answered {status}: {answer}");
    }

    /// <summary>Takes a place in the log, as a change does, and changes nothing.</summary>
    public static async Task SkipAsync(this ShopServer shop)
    {
        var entry = new IdentityChangeEntry(IdentityChange.Erased);
        shop.Services.GetRequiredService<IEventLog>().TryAppend(entry);
        await entry.Committed;
        entry.Release();
    }
}
