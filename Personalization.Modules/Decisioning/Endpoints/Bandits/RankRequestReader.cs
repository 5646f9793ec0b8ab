using System.Text.Json;
using Personalization.Decisioning.Domain.Bandits;

namespace Personalization.Decisioning.Endpoints.Bandits;

/// <summary>A rank request as it was sent.</summary>
/// <param name="EventId">The caller's, or one made for it.</param>
/// <param name="Context">Features.</param>
/// <param name="Actions">In the caller's order.</param>
/// <param name="IsDeferred">Whether an activation must follow.</param>
internal sealed record RankRequest(string EventId, HashedFeature[] Context, IReadOnlyList<RankedAction> Actions, bool IsDeferred);

/// <summary>Reads rank requests of Personalizer's clients. Bounds are its own (50 actions), or such as its clients do not reach.</summary>
internal static class RankRequestReader
{
    public const int MaxActions = 50;
    public const int MaxContextFeatures = 256;
    public const int MaxActionFeatures = 64;
    public const int MaxIdLength = 256;

    /// <summary>Null when something is wrong, which <paramref name="fault"/> says.</summary>
    public static RankRequest? Read(JsonElement body, TimeProvider time, out string fault)
    {
        fault = "The body must be a JSON object.";
        if (body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var context = new List<HashedFeature>();
        if (!TryReadFeatures(body, "contextFeatures", MaxContextFeatures, context, out fault)
            || ReadExcluded(body, out fault) is not { } excluded
            || ReadActions(body, excluded, out fault) is not { } actions
            || !TryReadEventId(body, out var eventId, out fault)
            || !TryReadDeferred(body, out var isDeferred, out fault))
        {
            return null;
        }

        return new RankRequest(eventId ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("D"), [.. context], actions, isDeferred);
    }

    private static List<RankedAction>? ReadActions(JsonElement body, HashSet<string> excluded, out string fault)
    {
        fault = $"'actions' must list 1 to {MaxActions} actions.";
        if (!body.TryGetProperty("actions", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MaxActions)
        {
            return null;
        }

        var actions = new List<RankedAction>();
        foreach (var element in list.EnumerateArray())
        {
            if (TextOf(element, "id") is not { } id)
            {
                fault = $"Each action needs an 'id' of 1 to {MaxIdLength} characters.";
                return null;
            }

            if (actions.Exists(action => action.Id == id))
            {
                fault = $"The action '{id}' is listed twice.";
                return null;
            }

            List<HashedFeature> features = [new HashedFeature(FeatureHashes.Hash(0x8422_2325, id), 1)];
            if (!TryReadFeatures(element, "features", MaxActionFeatures, features, out fault))
            {
                return null;
            }

            actions.Add(new RankedAction(id, [.. features], excluded.Remove(id)));
        }

        fault = excluded.Count == 0 ? "" : $"The excluded action '{excluded.First()}' is none of the actions.";
        return excluded.Count == 0 ? actions : null;
    }

    private static HashSet<string>? ReadExcluded(JsonElement body, out string fault)
    {
        fault = "";
        if (!body.TryGetProperty("excludedActions", out var list) || list.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        fault = "'excludedActions' must be a list of action ids.";
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= MaxActions && list.EnumerateArray().All(id => id.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(id => id.GetString()!)]
            : null;
    }

    private static bool TryReadFeatures(JsonElement owner, string name, int most, List<HashedFeature> into, out string fault)
    {
        fault = "";
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out var features) || features.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        fault = $"'{name}' must be a list of objects with at most {most} features, nested at most 8 deep.";
        return features.ValueKind == JsonValueKind.Array
            && features.EnumerateArray().All(element => element.ValueKind == JsonValueKind.Object)
            && FeatureHashes.TryRead(features, most, into);
    }

    private static bool TryReadEventId(JsonElement body, out string? eventId, out string fault)
    {
        eventId = null;
        fault = $"'eventId' must be a text of 1 to {MaxIdLength} characters.";
        if (!body.TryGetProperty("eventId", out var id) || id.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        eventId = TextOf(body, "eventId");
        return eventId is not null;
    }

    private static bool TryReadDeferred(JsonElement body, out bool isDeferred, out string fault)
    {
        fault = "'deferActivation' must be true or false.";
        isDeferred = body.TryGetProperty("deferActivation", out var value) && value.ValueKind == JsonValueKind.True;
        return value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False;
    }

    private static string? TextOf(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            && text.GetString() is { Length: > 0 and <= MaxIdLength } read ? read : null;
}
