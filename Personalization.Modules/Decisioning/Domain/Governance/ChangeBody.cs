using System.Text.Json;
using Personalization.Decisioning.Contracts.Governance;

namespace Personalization.Decisioning.Domain.Governance;

/// <summary>Reads the body of a change, which anybody may have written.</summary>
internal static class ChangeBody
{
    /// <summary>A whole number of that name; null when there is none.</summary>
    public static long? Number(ChangeRequest request, string name) =>
        request.Body.ValueKind == JsonValueKind.Object
        && request.Body.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;
}
