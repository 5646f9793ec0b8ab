using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// Equality of JSON values as the standard has it: numbers by value, texts by code points, arrays in order, objects in any order. Of a
/// repeated key the last value counts.
/// </summary>
internal static class JsonEquality
{
    public static bool AreEqual(JsonElement left, JsonElement right, Evaluation run)
    {
        if (!run.Step() || left.ValueKind != right.ValueKind)
        {
            return false;
        }

        return left.ValueKind switch
        {
            JsonValueKind.Number => ExactNumber.Parse(InstanceText.NumberOf(left)).Equals(ExactNumber.Parse(InstanceText.NumberOf(right))),
            JsonValueKind.String => InstanceText.Of(left).SequenceEqual(InstanceText.Of(right)),
            JsonValueKind.Array => AreArraysEqual(left, right, run),
            JsonValueKind.Object => AreObjectsEqual(left, right, run),
            _ => true,
        };
    }

    /// <summary>Equal values have equal hashes. Seeded for each process, so that nobody can prepare values that collide.</summary>
    public static int Hash(JsonElement value, Evaluation run)
    {
        run.Step();
        var hash = new HashCode();
        hash.Add((int)value.ValueKind);
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                hash.Add(ExactNumber.Parse(InstanceText.NumberOf(value)).GetHashCode());
                break;
            case JsonValueKind.String:
                hash.AddBytes(InstanceText.Of(value));
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    hash.Add(Hash(item, run));
                }

                break;
            case JsonValueKind.Object:
                hash.Add(Members(value).Sum(member => (long)HashCode.Combine(member.Key, Hash(member.Value, run))));
                break;
        }

        return hash.ToHashCode();
    }

    private static bool AreArraysEqual(JsonElement left, JsonElement right, Evaluation run)
    {
        if (left.GetArrayLength() != right.GetArrayLength())
        {
            return false;
        }

        foreach (var (one, other) in left.EnumerateArray().Zip(right.EnumerateArray()))
        {
            if (!AreEqual(one, other, run))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreObjectsEqual(JsonElement left, JsonElement right, Evaluation run)
    {
        var (ours, theirs) = (Members(left), Members(right));
        return ours.Count == theirs.Count &&
            ours.All(member => theirs.TryGetValue(member.Key, out var other) && AreEqual(member.Value, other, run));
    }

    private static Dictionary<string, JsonElement> Members(JsonElement value)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            members[InstanceText.Text(InstanceText.NameOf(property))] = property.Value;
        }

        return members;
    }
}
