using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Consent.Contracts;
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
        return
        [
            .. Enumerable.Range(0, map.Count).Select(profile =>
                $"{profile} in {map.Canonical(profile)}, {string.Join(' ', Asked.Select(purpose => consent.May(profile, purpose)))}, {shop.Digest(profile)}"),
        ];
    }

    /// <summary>The first profile that two shops hold differently; null when there is none.</summary>
    public static string? FirstDifference(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
        one.Count != other.Count ? $"{one.Count} profiles and {other.Count}"
        : one.Zip(other).FirstOrDefault(pair => pair.First != pair.Second) is { First: not null } pair ? $"{pair.First}\n{pair.Second}"
        : null;

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
