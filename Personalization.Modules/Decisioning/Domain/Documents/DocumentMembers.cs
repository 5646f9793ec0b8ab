using System.Globalization;
using System.Text.Json;

namespace Personalization.Decisioning.Domain.Documents;

/// <summary>Takes the members of a JSON object one by one, and tells every fault: what is wrong, and what means nothing here.</summary>
internal sealed class DocumentMembers
{
    /// <summary>Faults that are told at once.</summary>
    private const int MaxFaults = 100;

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly List<DocumentFault> _faults;

    public DocumentMembers(JsonElement json, string path, List<DocumentFault> faults)
    {
        (Path, _faults) = (path, faults);
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault("", "It must be an object.");
            return;
        }

        foreach (var member in json.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value))
            {
                Fault(member.Name, "It stands here twice.");
            }
        }
    }

    public string Path { get; }

    /// <summary>Names that are there.</summary>
    public IEnumerable<string> Names => _members.Keys;

    public string PathOf(string name) => name.Length == 0 ? Path : $"{Path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    public void Fault(string name, string detail)
    {
        if (_faults.Count < MaxFaults)
        {
            _faults.Add(new DocumentFault(PathOf(name), detail));
        }
    }

    public bool Has(string name) => _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement? Take(string name)
    {
        _taken.Add(name);
        return Has(name) ? _members[name] : null;
    }

    public string? Text(string name, int most, bool isRequired = false)
    {
        var value = Take(name);
        if (value is null && !isRequired)
        {
            return null;
        }

        if (value is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } found && found.Length <= most)
        {
            return found;
        }

        Fault(name, $"It must be a text of 1 to {most} characters.");
        return null;
    }

    public double? Number(string name, double least, double most, bool isRequired = false)
    {
        var value = Take(name);
        if (value is null && !isRequired)
        {
            return null;
        }

        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var found) && found >= least && found <= most)
        {
            return found;
        }

        Fault(name, string.Create(CultureInfo.InvariantCulture, $"It must be a number from {least} to {most}."));
        return null;
    }

    public int? Whole(string name, int least, int most, bool isRequired = false)
    {
        var value = Take(name);
        if (value is null && !isRequired)
        {
            return null;
        }

        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var found) && found >= least && found <= most)
        {
            return found;
        }

        Fault(name, $"It must be a whole number from {least} to {most}.");
        return null;
    }

    /// <summary>Unix ms.</summary>
    public long? Time(string name)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= 64 } text && text.Contains('T')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time.ToUnixTimeMilliseconds();
        }

        Fault(name, "It must be a time such as \"2026-11-27T00:00:00Z\".");
        return null;
    }

    /// <summary>A length of time in ms: a whole number and s, m, h or d.</summary>
    public long? Duration(string name, bool isRequired = false)
    {
        var value = Take(name);
        if (value is null && !isRequired)
        {
            return null;
        }

        if (value is { ValueKind: JsonValueKind.String } text && Durations.TryParse(text.GetString(), out var ms))
        {
            return ms;
        }

        Fault(name, "It must be a length of time from \"1s\" to \"400d\": a whole number and s, m, h or d.");
        return null;
    }

    public IReadOnlyList<string> Texts(string name, int most, int length)
    {
        if (Take(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is var count && count >= 1 && count <= most
            && value.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String && each.GetString() is { Length: > 0 } text && text.Length <= length))
        {
            return [.. value.EnumerateArray().Select(each => each.GetString()!).Distinct(StringComparer.Ordinal)];
        }

        Fault(name, $"It must be a list of 1 to {most} texts of 1 to {length} characters.");
        return [];
    }

    /// <summary>Whatever was not taken means nothing.</summary>
    public void Finish()
    {
        foreach (var name in _members.Keys.Where(name => !_taken.Contains(name)))
        {
            Fault(name.Length > 64 ? name[..64] : name, $"It means nothing here. Known are: {string.Join(", ", _taken.Order(StringComparer.Ordinal))}.");
        }
    }
}

/// <summary>Lengths of time as people write them: <c>30m</c>, <c>7d</c>.</summary>
internal static class Durations
{
    private const long MaxMs = 400L * 86_400_000;

    public static bool TryParse(string? text, out long ms)
    {
        ms = 0;
        if (text is not { Length: >= 2 and <= 12 } || !long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        long unit = text[^1] switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000, _ => 0 };
        ms = unit == 0 || count > MaxMs / unit ? 0 : count * unit;
        return ms > 0;
    }
}
