using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Features.Domain.History;
using Personalization.Identity.Contracts;
using Personalization.Kernel.Audit;
using Personalization.Kernel.Http;

namespace Personalization.Features.Endpoints;

/// <summary><c>GET /v1/profiles/{id}/history</c>: the recent events of a profile, latest first, as conditions see them.</summary>
internal sealed class ProfileHistoryEndpoint(ProfileHistory history, HistoryJson events, IProfileDirectory profiles)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 10_000;

    public static readonly Problem UnknownProfile = new("features/unknown-profile", "There is no profile of this number", StatusCodes.Status404NotFound);
    public static readonly Problem Invalid = new("features/invalid-history-query", "The query cannot be understood", StatusCodes.Status400BadRequest);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<ProfileHistoryEndpoint>();
        endpoints.MapGet("/v1/profiles/{id:int}/history", endpoint.Handle).RequireServerKey().AuditsPlainly("id").WithName("ReadProfileHistory");
    }

    /// <summary>200; 400 for a limit that is none; 404 for a profile that never was.</summary>
    /// <param name="id">The profile's number; one that was merged answers with the events of the one that it became.</param>
    /// <param name="limit">Events at most, 1 to 10,000; default 100.</param>
    internal IResult Handle(int id, string? limit = null)
    {
        if (id < 0 || id >= profiles.Count)
        {
            return UnknownProfile.ToResult();
        }

        if (!TryParse(limit, out var most))
        {
            return Invalid.ToResult($"'limit' must be a whole number from 1 to {MaxLimit}.");
        }

        var facts = new ProfileFacts();
        var profileId = profiles.Canonical(id);
        history.TryRead(profileId, facts);
        return TypedResults.Stream(stream => WriteAsync(stream, profileId, facts, most), "application/json");
    }

    private static bool TryParse(string? limit, out int most)
    {
        most = DefaultLimit;
        return limit is null || (int.TryParse(limit, System.Globalization.CultureInfo.InvariantCulture, out most) && most is >= 1 and <= MaxLimit);
    }

    private async Task WriteAsync(Stream stream, int profileId, ProfileFacts facts, int most)
    {
        await using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteNumber("profileId", profileId);
        json.WriteNumber("kept", facts.Events.Length);
        HistoryJson.WriteTime(json, "incompleteUntil", facts.IncompleteUntilMs);
        json.WriteNumber("bytes", history.BytesOf(profileId));
        json.WriteStartArray("events");
        events.WriteEvents(json, facts, most);
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync();
    }
}
