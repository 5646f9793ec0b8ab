using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Identity.Contracts;

namespace Personalization.Features.Endpoints.Declared;

/// <summary><c>GET /v1/features/{id}/values</c> and <c>GET /v1/built-in-features</c>.</summary>
internal sealed class ReadFeatureEndpoint(
    FeatureRegistry registry, FeatureValues values, IValueTexts texts, ICatalog catalog, IProfileDirectory profiles, DeclaredFeaturesOptions options, TimeProvider time)
{
    private readonly IReadOnlyList<double> _priceBands = options.PriceBands;

    /// <summary>200 with the names of the features that every profile has.</summary>
    public static IResult BuiltIn() => TypedResults.Ok(new { features = BuiltInFeatures.All, itemFeatures = BuiltInItemFeatures.All });

    /// <summary>
    /// 200 with the value now, and when it will change by itself; <c>null</c> when there is nothing to tell. 400 without a key that fits the
    /// feature, 404 for a feature that is not there, or an item or shopper that nobody has named.
    /// </summary>
    public async Task ValuesAsync(HttpContext context)
    {
        var id = context.GetRouteValue("id")?.ToString() ?? "";
        var builtIn = BuiltInFeatures.Find(id);
        var current = registry.Current;
        var live = current.Find(id) is var number and >= 0 ? current.Live[number] : null;
        var isOfItem = live?.Definition.Key == FeatureKey.Item || BuiltInItemFeatures.IsOne(id);
        if (builtIn < 0 && live is null && !isOfItem)
        {
            await FeatureProblems.Unknown.WriteAsync(
                context, registry.NewestOf(id) is { IsAlive: true } newest ? $"Version {newest.Version} is being prepared; GET /v1/features/{id} tells how far it is." : null);
            return;
        }

        var key = isOfItem ? ItemOf(context.Request.Query) : ProfileOf(context.Request.Query);
        if (key is not { } found)
        {
            await FeatureProblems.UnknownKey.WriteAsync(context);
            return;
        }

        if (found < 0)
        {
            await (isOfItem ? CatalogProblems.UnknownItem : ProfileLookup.UnknownShopper).WriteAsync(context);
            return;
        }

        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        Write(writer, id, live, builtIn, found, time.GetUtcNow().ToUnixTimeMilliseconds());
        await writer.FlushAsync(context.RequestAborted);
    }

    private void Write(Utf8JsonWriter writer, string id, FeatureVersion? live, int builtIn, int key, long nowMs)
    {
        Span<byte> text = stackalloc byte[Scalar.MaxTextBytes];
        var nextChangeMs = long.MaxValue;
        var value = live is not null ? values.Read(live, key, nowMs, text, out nextChangeMs)
            : builtIn >= 0 ? values.Read(builtIn, key, nowMs, text, out nextChangeMs)
            : BuiltInItemFeatures.Read(id, key, catalog, _priceBands);
        writer.WriteStartObject();
        writer.WriteString("id", id);
        if (live?.Aggregate is { } aggregate)
        {
            writer.WriteNumber("version", live.Version);
            FeatureExport.WriteValue(writer, aggregate, values.StateOf(live, key), values.ReadTimeOf(live, key, nowMs), texts);
        }
        else
        {
            writer.WritePropertyName("value");
            FeatureExport.WriteScalar(writer, value, text);
        }

        writer.WriteString("asOf", DateTimeOffset.FromUnixTimeMilliseconds(nowMs));
        if (nextChangeMs != long.MaxValue)
        {
            writer.WriteString("changesAt", DateTimeOffset.FromUnixTimeMilliseconds(nextChangeMs));
        }

        writer.WriteEndObject();
    }

    private int? ItemOf(IQueryCollection query) => query.TryGetValue("item", out var item) ? catalog.Find(item.ToString()) : null;

    /// <summary>By number, or by what the shop calls the shopper.</summary>
    private int? ProfileOf(IQueryCollection query)
    {
        if (query.TryGetValue("profileId", out var number))
        {
            return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var profileId) ? profileId : null;
        }

        return query.ContainsKey("userId") || query.ContainsKey("anonymousId")
            ? profiles.Find(query["userId"].FirstOrDefault(), query["anonymousId"].FirstOrDefault())
            : null;
    }
}
