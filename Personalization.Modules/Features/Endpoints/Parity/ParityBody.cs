using System.Text.Json;
using Personalization.Kernel.Json;
using Personalization.Kernel.Replay;

namespace Personalization.Features.Endpoints.Parity;

/// <summary>The body of <c>POST /v1/features/verify</c>: nothing, or <c>{"sample": 1..100000, "seed": 0..2147483647}</c>, each of which may be missing.</summary>
internal static class ParityBody
{
    public const int MaxBytes = 4 * 1024;

    /// <summary>What is to be compared; null for everything. With faults it means nothing.</summary>
    /// <param name="body">As sent, decompressed.</param>
    /// <param name="faults">Takes everything that is wrong.</param>
    public static ParitySample? Read(ReadOnlyMemory<byte> body, List<string> faults)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        try
        {
            return Read(BodyJson.Parse(body.Span), faults);
        }
        catch (JsonException error)
        {
            faults.Add($"The body is not JSON from byte {error.BytePositionInLine} of line {error.LineNumber} on.");
            return null;
        }
    }

    private static ParitySample? Read(JsonElement body, List<string> faults)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add("The body must be an object.");
            return null;
        }

        var members = body.EnumerateObject().ToList();
        var other = members.Where(member => member.Name is not ("sample" or "seed")).Select(member => member.Name).ToList();
        if (other.Count > 0)
        {
            faults.Add($"The body has 'sample' and 'seed', and not {string.Join(", ", other.Select(name => $"'{name}'"))}.");
        }

        faults.AddRange(members.CountBy(member => member.Name).Where(count => count.Value > 1).Select(count => $"'{count.Key}' stands there {count.Value} times."));
        var sample = Number(body, "sample", 1, ParitySample.MaxProfiles, faults);
        var seed = Number(body, "seed", 0, int.MaxValue, faults);
        if (seed is not null && !body.TryGetProperty("sample", out _))
        {
            faults.Add(ParitySample.SeedAlone);
        }

        return sample is { } profiles ? new ParitySample(profiles, seed ?? ParitySample.AnySeed()) : null;
    }

    private static int? Number(JsonElement body, string name, int min, int max, List<string> faults)
    {
        if (!body.TryGetProperty(name, out var member))
        {
            return null;
        }

        if (member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        faults.Add($"'{name}' is a whole number from {min} to {max}.");
        return null;
    }
}
