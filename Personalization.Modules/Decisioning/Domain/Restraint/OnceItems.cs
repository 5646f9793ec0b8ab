using System.Text.Json;
using Personalization.Features.Contracts;

namespace Personalization.Decisioning.Domain.Restraint;

/// <summary>Items that one can have only once: a licence, a course, a subscription. The catalogue says so by the attribute <c>once</c>.</summary>
internal static class OnceItems
{
    public static bool IsOnce(CatalogItem? item)
    {
        if (item?.Attributes is not { } attributes || !attributes.Contains("\"once\"", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(attributes);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("once"u8, out var once) && once.ValueKind == JsonValueKind.True;
        }
        catch (JsonException) // The catalogue has checked it; if it is broken all the same, the item has no attributes.
        {
            return false;
        }
    }
}
