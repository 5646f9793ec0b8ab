using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Features.Domain;

/// <summary>What is known of a profile, in the shop's own names, for the person that it is about.</summary>
internal static class ProfileExport
{
    /// <param name="json">Gets one object.</param>
    /// <param name="profileId">The profile's number.</param>
    /// <param name="view">What is known of it.</param>
    /// <param name="catalog">Names items, categories and brands; without one their numbers stand.</param>
    public static void Write(Utf8JsonWriter json, int profileId, ProfileView view, ICatalog? catalog)
    {
        json.WriteStartObject();
        json.WriteNumber("profileId", profileId);
        json.WritePropertyName("counters");
        JsonSerializer.Serialize(json, view.Counters, JsonSerializerOptions.Web);
        json.WriteNumber("lastEventAtMs", view.LastEventMs);
        WriteItems(json, "viewed", view.Recent(RecentKind.Viewed), catalog);
        WriteItems(json, "added", view.Recent(RecentKind.Added), catalog);
        WriteItems(json, "purchased", view.Recent(RecentKind.Purchased), catalog);
        WriteTerms(json, "inferredCategories", view.Categories, catalog);
        WriteTerms(json, "inferredBrands", view.Brands, catalog);
        json.WriteEndObject();
    }

    private static void WriteItems(Utf8JsonWriter json, string name, ReadOnlySpan<RecentItem> items, ICatalog? catalog)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            json.WriteString("item", catalog?.IdOf(item.Item) ?? item.Item.ToString());
            json.WriteNumber("atMs", item.TimestampMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTerms(Utf8JsonWriter json, string name, ReadOnlySpan<Affinity> affinities, ICatalog? catalog)
    {
        json.WriteStartArray(name);
        foreach (var affinity in affinities)
        {
            json.WriteStartObject();
            json.WriteString("name", catalog?.TermOf(affinity.Term) ?? affinity.Term.ToString());
            json.WriteNumber("weight", affinity.Weight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
