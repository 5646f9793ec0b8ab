using System.Text.Json;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Json;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Endpoints.DeadLetters;

/// <summary>
/// What is to be done with every letter that matches, a bounded part of them at a time:
/// <c>{"filter": {…}, "patch": …, "dryRun": true, "limit": 1000, "cursor": "17", "source": "web"}</c>.
/// </summary>
internal sealed record BulkRequest
{
    private const int DefaultLimit = 1_000;
    private const int MaxLimit = 10_000;

    public required DeadLetterFilter Filter { get; init; }

    /// <summary>Null when none was stated.</summary>
    public JsonPatch? Patch { get; init; }

    /// <summary>Nothing is changed; the answer is what it would be.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Letters of one call.</summary>
    public int Limit { get; init; } = DefaultLimit;

    /// <summary>Only letters above this id.</summary>
    public long After { get; init; }

    /// <summary>Whose events those are that nobody known sent.</summary>
    public string? Source { get; init; }

    /// <summary>Null when the body is none, which <paramref name="fault"/> then explains.</summary>
    public static BulkRequest? Read(ReadOnlySpan<byte> body, KeyHasher hasher, out string fault)
    {
        fault = "";
        try
        {
            var request = BodyJson.Parse(body);
            if (request.ValueKind != JsonValueKind.Object || !request.TryGetProperty("filter", out var filterJson))
            {
                fault = "A JSON object with a 'filter' is needed; an empty filter matches every letter.";
                return null;
            }

            return FilterReader.Read(filterJson, hasher, out fault) is { } filter ? Fill(new BulkRequest { Filter = filter }, request, ref fault) : null;
        }
        catch (Exception error) when (error is JsonException or JsonPatchException)
        {
            fault = error.Message;
            return null;
        }
    }

    private static BulkRequest? Fill(BulkRequest bulk, JsonElement request, ref string fault)
    {
        foreach (var field in request.EnumerateObject())
        {
            BulkRequest? filled = field.Name switch
            {
                "filter" => bulk,
                "patch" => bulk with { Patch = JsonPatch.Of(field.Value) },
                "dryRun" when field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False => bulk with { IsDryRun = field.Value.GetBoolean() },
                "limit" when field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var limit) && limit is >= 1 and <= MaxLimit =>
                    bulk with { Limit = limit },
                "cursor" when field.Value.ValueKind == JsonValueKind.String && long.TryParse(field.Value.GetString(), out var after) =>
                    bulk with { After = after },
                "source" when field.Value.ValueKind == JsonValueKind.String && !SourceOptions.IsReserved(field.Value.GetString()!) =>
                    bulk with { Source = field.Value.GetString() },
                _ => null,
            };
            if (filled is null)
            {
                fault = $"'{field.Name}' is not valid here.";
                return null;
            }

            bulk = filled;
        }

        return bulk;
    }
}
